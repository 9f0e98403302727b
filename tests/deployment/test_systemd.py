"""The unit of docs/deploy, examined by systemd's own tools, and what it runs, run without them."""

import math
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gql.cli.serve import STOP_SECONDS
from gql.settings import Settings
from gql.telemetry import opentelemetry
from tests.deployment.proxies import FILES
from tests.support import rows
from tests.support.database_servers import children
from tests.support.files import READER, Folder
from tests.support.platform import Platform
from tests.support.programs import require
from tests.support.server import COMMAND, DEADLINE_SECONDS, free_port
from tests.support.until import until

UNIT = (FILES / "sample-gateway@.service").read_text()
MAX_EXPOSURE = 1.2
PROGRAM = "/opt/sample-gateway/bin/sample-gateway"


def option(name: str) -> str:
    [value] = re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)
    return str(value)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit of one instance, where its program is."""
    require("systemd-analyze")
    unit = tmp_path / "sample-gateway@8000.service"
    unit.write_text(UNIT.replace(PROGRAM, str(COMMAND)))
    return unit


def analyze(*arguments: str | Path) -> str:
    done = subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout


def test_systemd_unit_is_valid(unit: Path) -> None:
    assert analyze("verify", unit) == ""


def test_systemd_unit_is_exposed_as_little_as_when_it_was_written(unit: Path) -> None:
    shown = analyze("security", "--offline=true", unit)

    [exposure] = re.findall(r"Overall exposure level for .*: ([\d.]+) OK", shown)
    assert float(exposure) <= MAX_EXPOSURE


def test_systemd_stop_timeout_exceeds_that_of_the_gateway() -> None:
    timeout = Settings.model_fields["database_statement_timeout_seconds"].default

    stop = math.ceil(timeout) + STOP_SECONDS + opentelemetry.STOP_SECONDS
    assert int(option("TimeoutStopSec")) > stop


@pytest.fixture
async def differing(small_platform: Platform, folder: Folder) -> None:
    """A sample of run 1 with an output that differs."""
    expected, actual = folder.output(b"a caption"), folder.output(b"another")
    await small_platform.add(
        rows.regression_test(9),
        rows.output(9, test=9, correct=expected),
        rows.result(1, 9),
        rows.file(1, 9, 9, expected=expected, got=actual),
    )


@pytest.fixture
def traced(
    tmp_path: Path, small_platform: Platform, folder: Folder
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """What the unit runs, with the environment that it gives and no other, under strace."""
    require("strace")
    port = free_port()
    environment = option("Environment").replace("%i", str(port)).split("=")
    command = shlex.split(option("ExecStart").replace(PROGRAM, str(COMMAND)))
    process = subprocess.Popen(
        ["strace", "-f", "-qq", "-o", tmp_path / "calls", *command],
        cwd=tmp_path,
        env=dict(
            [environment],
            DATABASE_URL=f"sqlite:///{small_platform.url.database}",
            FILES_URL=folder.url,
        ),
        stdout=subprocess.DEVNULL,
    )
    yield process, f"http://127.0.0.1:{port}"
    for pid in children(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.wait()


@pytest.mark.usefixtures("differing")
async def test_systemd_unit_allows_every_system_call_of_the_gateway(
    traced: tuple[subprocess.Popen[bytes], str], small_platform: Platform, tmp_path: Path
) -> None:
    process, origin = traced
    headers = {"Authorization": f"Bearer {small_platform.token}"}
    async with httpx.AsyncClient(base_url=origin, headers=headers, timeout=30) as client:

        async def is_ready() -> bool:
            try:
                return (await client.get("/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        await until(is_ready)
        assert (await client.get("/api/v1/runs/1/samples/1")).status_code == 200
        assert (
            await client.get("/graphql", params={"query": "{ tags { id } }"})
        ).status_code == 200
        query = "{ sample(runId: 1, regressionId: 9) { outputs { diff { status } } } }"
        response = await client.get(
            "/graphql",
            params={"query": query},
            headers={"Authorization": f"Bearer {READER}"},
        )
        assert "DIFFERENT" in response.text
    [gateway] = children(process.pid)
    os.kill(gateway, getattr(signal, option("KillSignal")))
    process.wait(DEADLINE_SECONDS)

    calls = (tmp_path / "calls").read_text()
    assert {*re.findall(r"^\d+ +(\w+)\(", calls, re.MULTILINE)} - allowed_calls() == set()
    assert re.findall(r".*PROT_WRITE\|PROT_EXEC.*", calls) == []  # MemoryDenyWriteExecute


def allowed_calls() -> set[str]:
    """The system calls that the unit's filters let through."""
    members: dict[str, list[str]] = {}
    for line in analyze("syscall-filter").splitlines():
        if line.startswith("@"):
            members[line] = []
        elif line and "#" not in line:
            members[[*members][-1]].append(line.strip())

    def calls(group: str) -> set[str]:
        found = members[group]
        return set().union(*(calls(each) if each in members else {each} for each in found))

    allowed = calls("@default")
    for filter in re.findall(r"^SystemCallFilter=(.*)$", UNIT, re.MULTILINE):
        named = set().union(*map(calls, filter.lstrip("~").split()))
        allowed = allowed - named if filter.startswith("~") else allowed | named
    return allowed
