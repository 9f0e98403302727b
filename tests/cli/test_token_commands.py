"""`sample-gateway token create` and `token check`."""

import os
import re
import subprocess
from asyncio import to_thread
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from gql import demo
from gql.cli import main as cli
from gql.database.tables import ApiToken
from tests.cli.commands import read_to_the_end, run
from tests.support.platform import Platform
from tests.support.server import COMMAND, DEADLINE_SECONDS, address

pytestmark = pytest.mark.usefixtures("no_settings")


async def test_created_token_is_valid_after_its_statement_was_run(platform: Platform) -> None:
    name = "it's 100% \\ ours: really"
    database_url = address(platform.url)
    created = await to_thread(
        run, "token", "create", "--user-id", "1", "--name", name, database_url=database_url
    )
    shown = re.fullmatch(
        r"Token, shown only now: (spci_[\w-]{43})\n\n(INSERT .+);\n", created.output
    )
    assert shown
    check = "token", "check", "--token", shown[1]
    assert (await to_thread(run, *check, database_url=database_url)).exit_code == 1

    async with platform.writer.begin() as connection:
        await connection.execute(text(shown[2].replace(":", "\\:")))

    assert (await to_thread(run, *check, database_url=database_url)).exit_code == 0
    async with platform.writer.connect() as connection:
        names = await connection.scalars(select(ApiToken.token_name))
        assert name in names.all()


def test_created_token_expires_after_the_given_days() -> None:
    output = run("token", "create", "--user-id", "1", "--days", "7").output
    created, expires = re.findall(r"'(\d{4}-\d\d-\d\d) \d\d:\d\d:\d\d\.0+'", output)
    assert (date.fromisoformat(expires) - date.fromisoformat(created)).days == 7


@pytest.mark.parametrize(
    ("options", "scopes"),
    [([], '["runs:read"]'), (["--results"], '["runs:read", "results:read"]')],
)
def test_created_token_reads_files_only_if_it_is_to(options: list[str], scopes: str) -> None:
    output = run("token", "create", "--user-id", "1", *options).output
    assert f"'{scopes}'" in output


def test_token_create_requires_a_user_id() -> None:
    result = run("token", "create")
    assert result.exit_code == 2
    assert "Missing option '--user-id'" in result.output


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ("unknown", "This is not a token of the platform: they are spci_ and 43 more characters."),
        (
            "spci_" + "u" * 43,
            "The platform has no such token: it was never issued here, or was deleted.",
        ),
        (demo.EXPIRED_TOKEN, "The token expired at 2024-01-01 00:00:00 UTC."),
        (demo.REVOKED_TOKEN, "The token was revoked at 2024-01-01 00:00:00 UTC."),
        (demo.UNSCOPED_TOKEN, "The token lacks the scope runs:read."),
    ],
)
def test_token_check_reports_why_a_token_is_invalid(
    token: str, problem: str, demo_file: Path
) -> None:
    result = run("token", "check", "--token", token, database_url=f"sqlite:///{demo_file}")
    assert (result.exit_code, result.output) == (1, f"Error: {problem}\n")


def test_token_check_prompts_for_the_token_without_echo(demo_file: Path) -> None:
    terminal, end = os.openpty()
    command = subprocess.Popen(
        [COMMAND, "token", "check"],
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
        env=os.environ | {"DATABASE_URL": f"sqlite:///{demo_file}"},
    )
    os.close(end)
    assert os.read(terminal, 1024) == b"Token: "
    os.write(terminal, f"{demo.DEMO_TOKEN}\n".encode())
    shown = read_to_the_end(terminal)
    assert command.wait(DEADLINE_SECONDS) == 0
    assert b"The token is valid until " in shown


def test_token_check_reads_the_token_from_a_pipe(demo_file: Path) -> None:
    result = CliRunner(env={"DATABASE_URL": f"sqlite:///{demo_file}"}).invoke(
        cli.main, ["token", "check"], input=f"{demo.DEMO_TOKEN}\n"
    )
    assert result.output == (
        "The token is valid until 2100-01-01 00:00:00 UTC. Its scopes: results:read, runs:read.\n"
    )


def test_token_check_fails_without_a_database() -> None:
    result = run("token", "check", "--token", "x", database_url="sqlite:///nowhere.sqlite")
    assert result.exit_code == 1
    assert "nowhere.sqlite: No such file or directory" in result.output
