"""`sample-gateway demo`."""

import os
import re
import signal
import subprocess
import time
from asyncio import to_thread
from pathlib import Path

import pytest
from sqlalchemy import URL

from gql import demo
from tests.cli.commands import FEWEST, read_to_the_end, run
from tests.support.databases import only_on
from tests.support.platform import Platform
from tests.support.server import COMMAND, DEADLINE_SECONDS, address

pytestmark = pytest.mark.usefixtures("no_settings")


async def test_demo_command_fills_an_empty_database(empty_url: URL) -> None:
    built = await to_thread(run, "demo", "--runs", FEWEST, database_url=address(empty_url))
    assert built.exit_code == 0, built.output
    assert f"Built {FEWEST} runs in {empty_url}\n" in built.output
    assert built.output.endswith(f"Token: {demo.DEMO_TOKEN}\n")
    checked = await to_thread(
        run, "token", "check", "--token", demo.DEMO_TOKEN, database_url=address(empty_url)
    )
    assert checked.output.startswith("The token is valid until ")


async def test_demo_command_rejects_a_database_of_a_platform(platform: Platform) -> None:
    result = await to_thread(run, "demo", database_url=address(platform.url))
    assert result.exit_code == 1
    assert "Error: The database has tables of the platform already (api_token," in result.output


def test_demo_command_builds_other_rows_with_another_seed(demo_file: Path) -> None:
    assert run("demo", "--runs", FEWEST, "--seed", "2").exit_code == 0
    assert Path("demo.sqlite").read_bytes() != demo_file.read_bytes()


def test_demo_command_rejects_too_few_runs() -> None:
    result = run("demo", "--runs", str(demo.MINIMUM_RUNS - 1))
    assert result.exit_code == 2
    assert f"{demo.MINIMUM_RUNS - 1} is not in the range x>={FEWEST}" in result.output


def test_demo_command_writes_its_files_beside_an_sqlite_file() -> None:
    result = run("demo", "--runs", FEWEST, database_url="sqlite:///mine.sqlite")
    assert "\nFiles: mine-files\n" in result.output
    assert {path.name for path in Path("mine-files").iterdir()} == {
        *("TestResults", "LogFiles", "TestFiles")
    }


def test_demo_command_writes_its_files_into_a_given_folder() -> None:
    Path("files/TestResults").mkdir(parents=True)
    Path("files/TestResults/mine.srt").touch()
    assert run("demo", "--runs", FEWEST, "--files", "files").exit_code == 0
    assert Path("files/TestResults/mine.srt").exists()
    assert len(list(Path("files/TestResults").iterdir())) > 300
    assert not Path("demo-files").exists()


@only_on("mariadb", "postgresql")
async def test_demo_command_on_a_server_writes_no_files_by_default(empty_url: URL) -> None:
    built = await to_thread(run, "demo", "--runs", FEWEST, database_url=address(empty_url))
    assert "Files:" not in built.output
    assert list(Path.cwd().iterdir()) == []


def test_demo_command_rejects_migration_tables_on_other_engines() -> None:
    result = run("demo", "--tables", "migrations")
    assert result.exit_code == 1
    assert "Error: Tables can be made by migrations on MariaDB and MySQL only" in result.output
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///nowhere/demo.sqlite", "No such file or directory"),
        ("mysql://user:secret@127.0.0.1:1/demo", "Can't connect"),
        ("postgresql://user:secret@127.0.0.1:1/demo", "Connect call failed"),
    ],
)
def test_demo_command_reports_why_a_database_cannot_be_written(url: str, reason: str) -> None:
    result = run("demo", database_url=url)
    assert result.exit_code == 1
    assert re.search(rf"Error: The database \S+ cannot be written: .*{reason}", result.output)
    assert "Set DATABASE_URL to one that you may write" in result.output
    assert "secret" not in result.output


def test_demo_command_leaves_no_file_when_interrupted() -> None:
    command = subprocess.Popen([COMMAND, "demo", "--runs", "10000"], stderr=subprocess.PIPE)
    while command.poll() is None and not list(Path.cwd().glob("*/demo.sqlite")):
        time.sleep(0.01)
    command.send_signal(signal.SIGINT)
    _, errors = command.communicate(timeout=DEADLINE_SECONDS)
    assert (command.returncode, errors) == (1, b"\nAborted!\n")
    assert list(Path.cwd().iterdir()) == []


def test_demo_command_shows_progress_on_a_terminal() -> None:
    terminal, end = os.openpty()
    command = subprocess.Popen([COMMAND, "demo", "--runs", FEWEST], stdout=end, stderr=end)
    os.close(end)
    shown = read_to_the_end(terminal)
    assert command.wait(DEADLINE_SECONDS) == 0
    assert re.search(rb"Building demo runs  \[#+\]  100%", shown)
