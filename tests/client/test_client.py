"""The Python client is generated, loads no server, and is typed."""

import filecmp
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import URL

from gql import demo
from tests.client.generate import PACKAGE, generate
from tests.support.databases import only_on
from tests.support.paths import ROOT
from tests.support.server import address, serving

SERVER = {"fastapi", "starlette", "strawberry", "sqlalchemy", "graphql", "uvicorn", "gql"}


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (f"import {PACKAGE}.client", set()),
        ("from gql.cli.main import main; main(['ask', '--help'], standalone_mode=False)", {"gql"}),
        ("import gql.cli.wait, gql.cli.gate", {"gql"}),
    ],
)
def test_client_loads_nothing_of_the_server(statement: str, allowed: set[str]) -> None:
    script = f"import sys; {statement}; print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert loaded & SERVER == allowed


def test_client_is_up_to_date(tmp_path: Path) -> None:
    subprocess.run(["make", ".venv/codegen"], cwd=ROOT, check=True, capture_output=True)

    generate(tmp_path)

    made, committed = tmp_path / PACKAGE, ROOT / PACKAGE
    names = {file.name for file in made.iterdir()}
    kept = {file.name for file in committed.iterdir()} - {"__pycache__", "py.typed"}
    assert names == kept, "run `make client`"
    _, different, errors = filecmp.cmpfiles(made, committed, names, shallow=False)
    assert (different, errors) == ([], []), "run `make client`"


USE = """
import asyncio, sys
from sample_gateway_client import Client
from sample_gateway_client.enums import ChangeVerdict

async def main() -> None:
    headers = {"Authorization": f"Bearer {sys.argv[2]}"}
    origin = sys.argv[1]
    async with Client(
        url=f"{origin}/graphql",
        headers=headers,
        ws_url=f"{origin}/graphql".replace("http", "ws"),
        ws_headers=headers,
    ) as client:
        runs = (await client.pull_request(pull_request=1556)).runs
        assert runs
        print([run.id for run in runs.nodes])
        comparison = (await client.verdicts(11, [ChangeVerdict.BROKEN_HERE])).run.comparison
        print([change.regression_test.id for change in comparison.changes])
        async for event in client.run_progress(11):
            print(event.run_progress.run.status)

asyncio.run(main())
"""


@only_on("sqlite")
def test_client_asks_and_watches_a_gateway(demo_url: URL, tmp_path: Path) -> None:
    with serving(tmp_path, database_url=address(demo_url)) as server:
        done = subprocess.run(
            [sys.executable, "-c", USE, server.origin, demo.DEMO_TOKEN],
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "[12, 11]",
        str(list(demo.TESTS_BROKEN_BY_PR)),
        "FAIL",
    ]
