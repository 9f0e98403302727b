"""The process that runs the queued runs of the built-in demo, and of nothing else."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo
from gql.demo import live
from gql.demo.live import take_a_step
from tests.demo.conftest import RUNS, Built, column, count, states
from tests.demo.test_files import NAMED
from tests.support.databases import only_on
from tests.support.server import serving
from tests.support.until import until

MOVING = demo.moving_runs(RUNS)
FIRST = MOVING[0]
BEGIN = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
TABLES = ("test_result", "test_result_file", "test_progress")


@pytest.fixture
def file(built: Built, tmp_path: Path) -> Path:
    """A demo of its own, whose files are those of the one that is shared."""
    file = tmp_path / "demo.sqlite"
    shutil.copy(built.file, file)
    shutil.copytree(built.files / "LogFiles", tmp_path / "demo-files" / "LogFiles")
    return file


@pytest.fixture
def database(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file)) as connection:
        yield connection


class Clock:
    """Takes steps so far apart that nothing is waited for."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.now = BEGIN

    def step(self) -> None:
        self.now += timedelta(seconds=live.PAUSE_SECONDS)
        take_a_step(self.file, self.now)

    def step_until(self, is_reached: Callable[[], bool]) -> None:
        for _ in range(1000):
            if is_reached():
                return
            self.step()
        pytest.fail("never reached")


@pytest.fixture
def clock(file: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(live, "TESTS_PER_STEP", 60)
    return Clock(file)


def of_other_runs(database: sqlite3.Connection) -> list[Any]:
    listed = ", ".join(map(str, MOVING))
    rows = [
        database.execute(f"SELECT * FROM {table} WHERE test_id NOT IN ({listed})").fetchall()
        for table in TABLES
    ]
    unwritten = [
        name
        for name in column(database, "SELECT name FROM sqlite_master WHERE type = 'table'")
        if name not in TABLES
    ]
    return rows + [database.execute(f'SELECT * FROM "{name}"').fetchall() for name in unwritten]


def results(database: sqlite3.Connection, run_id: int) -> int:
    return count(database, "test_result WHERE test_id = ?", run_id)


# What is written


def test_oldest_queued_windows_run_is_taken_up(clock: Clock, database: sqlite3.Connection) -> None:
    clock.step()
    assert states(database, FIRST) == ["preparation"]
    assert [states(database, run_id) for run_id in MOVING[1:]] == [[]] * (len(MOVING) - 1)
    clock.step()
    assert states(database, FIRST) == ["preparation", "testing"]
    assert results(database, FIRST) == 0


def test_tests_report_their_outputs_before_their_results(
    file: Path, database: sqlite3.Connection
) -> None:
    clock = Clock(file)
    for _ in range(3):
        clock.step()
    assert results(database, FIRST) == live.TESTS_PER_STEP
    outputs = "SELECT DISTINCT regression_test_id FROM test_result_file WHERE test_id = ?"
    assert column(database, outputs, FIRST) == [1, 2, 3]


def test_run_ends_when_all_its_tests_have_reported(
    clock: Clock, database: sqlite3.Connection
) -> None:
    clock.step_until(lambda: "completed" in states(database, FIRST))
    assert states(database, FIRST) == ["preparation", "testing", "completed"]
    assert results(database, FIRST) == 237
    clock.step()
    assert states(database, MOVING[1]) == ["preparation"]


def test_run_is_prepared_for_some_seconds(file: Path, database: sqlite3.Connection) -> None:
    take_a_step(file, BEGIN)
    take_a_step(file, BEGIN + timedelta(seconds=1))
    assert states(database, FIRST) == ["preparation"]


def test_run_that_has_ended_has_a_log(clock: Clock, database: sqlite3.Connection) -> None:
    log = clock.file.parent / "demo-files" / "LogFiles" / f"{FIRST}.txt"
    assert not log.exists()
    clock.step_until(lambda: "completed" in states(database, FIRST))
    assert log.read_text().count("Running regression test") == 237


def test_every_output_that_a_run_reports_has_a_file(
    built: Built, clock: Clock, database: sqlite3.Connection
) -> None:
    clock.step_until(lambda: "completed" in states(database, MOVING[-1]))
    files = {file.name for file in (built.files / "TestResults").iterdir()}
    assert set(column(database, NAMED)) <= files


def test_runs_are_restarted_when_all_have_ended(clock: Clock, database: sqlite3.Connection) -> None:
    clock.step_until(lambda: "completed" in states(database, MOVING[-1]))
    [newest] = column(database, "SELECT max(id) FROM test_progress")
    clock.step()
    assert [states(database, run_id) for run_id in MOVING] == [
        ["preparation"],
        *[[]] * (len(MOVING) - 1),
    ]
    assert [results(database, run_id) for run_id in MOVING] == [0] * len(MOVING)
    assert column(database, "SELECT max(id) FROM test_progress") == [newest + 1]


def test_replay_changes_nothing_but_its_run(clock: Clock, database: sqlite3.Connection) -> None:
    before = of_other_runs(database)
    replays = []
    for _ in range(2):
        clock.step_until(lambda: "completed" in states(database, MOVING[-1]))
        rows = "SELECT * FROM test_result WHERE test_id >= ? ORDER BY 1, 2"
        replays.append(database.execute(rows, (FIRST,)).fetchall())
        replays.append(column(database, "PRAGMA page_count"))
        clock.step()
    assert replays[:2] == replays[2:]
    assert of_other_runs(database) == before
    assert column(database, "PRAGMA integrity_check") == ["ok"]


# What it refuses


@pytest.mark.parametrize("mark", [0, 1])
def test_file_without_the_mark_of_the_demo_is_not_changed(file: Path, mark: int) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute(f"PRAGMA application_id = {mark}")
    before = file.read_bytes()
    with pytest.raises(sqlite3.DatabaseError, match="is not the demo's own file"):
        take_a_step(file, BEGIN)
    assert file.read_bytes() == before
    assert not live.is_demo(file)


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 100])
def test_file_that_is_not_a_database_is_not_a_demo(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "demo.sqlite"
    if content is not None:
        file.write_bytes(content)
    assert not live.is_demo(file)
    with pytest.raises(sqlite3.DatabaseError):
        take_a_step(file, BEGIN)
    assert file.exists() == (content is not None)


# The process


def writers(file: Path) -> list[int]:
    """The processes that would write to a demo."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"gql.demo.live" in arguments and str(file).encode() in arguments:
            found.append(int(process.name))
    return found


def reports(file: Path) -> int:
    with closing(sqlite3.connect(file)) as database:
        return count(database, "test_progress")


async def test_built_in_demo_moves_while_it_is_served(file: Path) -> None:
    before = reports(file)
    with serving(file.parent) as server:
        await until(lambda: reports(file) > before)
        assert len(writers(file)) == 1
        out, errors = server.stop()
    assert "Traceback" not in out + errors
    assert writers(file) == []


@pytest.mark.parametrize(
    "settings",
    [{"demo_live": False}, {"database_url": "sqlite:///demo.sqlite"}],
    ids=["switched off", "a database that is named"],
)
def test_other_database_does_not_move(file: Path, settings: dict[str, Any]) -> None:
    with serving(file.parent, "--demo", **settings) as server:
        server.wait_for("/readyz", 200)
        assert writers(file) == []


async def test_writer_ends_with_a_gateway_that_is_killed(file: Path) -> None:
    with serving(file.parent) as server:
        await until(lambda: len(writers(file)) == 1)
        server.stop(signal.SIGKILL)
        await until(lambda: writers(file) == [])


async def test_one_of_two_gateways_writes_and_the_other_takes_over(file: Path) -> None:
    before = reports(file)
    with serving(file.parent) as first:
        await until(lambda: reports(file) > before)
        with serving(file.parent):
            await until(lambda: len(writers(file)) == 2)
            taken_up = "SELECT DISTINCT test_id FROM test_progress WHERE test_id >= ?"
            with closing(sqlite3.connect(file)) as database:
                assert column(database, taken_up, FIRST) == [FIRST]
                first.stop(signal.SIGKILL)
                so_far = results(database, FIRST)
                await until(lambda: results(database, FIRST) > so_far)


@contextmanager
def stepping_fast(file: Path) -> Iterator[subprocess.Popen[bytes]]:
    code = (
        "import sys; from pathlib import Path; from datetime import UTC, datetime, timedelta\n"
        "from gql.demo import live\n"
        "live.PAUSE_SECONDS = 0\n"
        "while True: live.take_a_step(Path(sys.argv[1]), datetime.now(UTC))"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(file)]) as process:
        try:
            yield process
        finally:
            process.kill()


async def test_killed_writer_leaves_the_file_sound_and_another_continues(file: Path) -> None:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as reader:
        for enough in (1, 40, 80, 120, 160):
            with stepping_fast(file) as process:
                await until(lambda enough=enough: results(reader, FIRST) > enough)
                os.kill(process.pid, signal.SIGKILL)
            assert column(reader, "PRAGMA integrity_check") == ["ok"]
            assert column(reader, "PRAGMA foreign_key_check") == []


# Any other database


@only_on("mariadb")
async def test_server_that_may_be_written_gets_only_reads(demo_url: URL, tmp_path: Path) -> None:
    """As the server's own log has them, of all statements after the user's connection."""
    administrator = create_async_engine(demo_url, isolation_level="AUTOCOMMIT")
    address = demo_url.render_as_string(hide_password=False)
    async with administrator.connect() as connection:

        async def run(statement: str) -> Any:
            return await connection.execute(text(statement))

        await run("SET GLOBAL log_output = 'TABLE'")
        await run("TRUNCATE mysql.general_log")
        await run("SET GLOBAL general_log = 1")
        try:
            with serving(tmp_path, "--demo", database_url=address) as server:
                server.wait_for("/readyz", 200)
                token = {"Authorization": f"Bearer {demo.DEMO_TOKEN}"}
                assert server.get("/api/v1/runs/11/samples/118", headers=token).status_code == 200
        finally:
            await run("SET GLOBAL general_log = 0")
        logged = await run(
            "SELECT DISTINCT upper(substring_index(trim(argument), ' ', 1)) FROM mysql.general_log "
            "WHERE command_type IN ('Query', 'Execute') AND argument NOT LIKE '%general_log%' "
            f"AND thread_id IN (SELECT thread_id FROM mysql.general_log WHERE command_type = "
            f"'Connect' AND argument LIKE '%{demo_url.database}%')"
        )
        verbs = {verb for (verb,) in logged}
    await administrator.dispose()

    assert "SELECT" in verbs
    assert verbs <= {"SELECT", "SET", "BEGIN", "ROLLBACK", "COMMIT", "SHOW"}
