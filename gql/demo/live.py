"""A process that takes up the queued runs of the demo, as the platform's workers would.

It runs beside the gateway, on the demo's own file only: an SQLite file with the mark of `build`.
The queued windows runs are taken up one after the other, oldest first. When all have ended they
are restarted, which deletes their results and their progress: the ids stay, and the file does not
grow. Nothing else is written, not even that a test passed last in such a run.
"""

import fcntl
import os
import select
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from gql.demo.catalogue import TESTS
from gql.demo.files import DemoFiles, files_folder
from gql.demo.history import Run, run_of
from gql.demo.mark import APPLICATION_ID
from gql.demo.outputs import OutputFiles
from gql.demo.results import file_rows, progress_row, result_rows, run_rows
from gql.demo.steps import COMPLETED, PREPARATION, TESTING, Step
from gql.demo.stories import moving_runs

STEP_SECONDS: Final = 1.0
TESTS_PER_STEP: Final = 2
PAUSE_SECONDS: Final = 5
"""How long a run is prepared, and how long nothing happens after it has ended."""

_BUSY_SECONDS: Final = 5.0
_STOP_SECONDS: Final = 5.0
_FILES: Final = OutputFiles(None)

_NEWEST_REPORT: Final = (
    "SELECT status, timestamp FROM test_progress WHERE test_id = ? ORDER BY id DESC LIMIT 1"
)
_ADD_PROGRESS: Final = (
    "INSERT INTO test_progress (test_id, status, timestamp, message) "
    "VALUES (:test_id, :status, :timestamp, :message)"
)
_ADD_RESULT: Final = (
    "INSERT INTO test_result VALUES "
    "(:test_id, :regression_test_id, :runtime, :exit_code, :expected_rc)"
)
# Those of the last test of the step before are there.
_ADD_OUTPUT: Final = (
    "INSERT OR IGNORE INTO test_result_file VALUES "
    "(:test_id, :regression_test_id, :regression_test_output_id, :expected, :got)"
)
_RESTART: Final = (
    "DELETE FROM test_result_file WHERE test_id = ?",
    "DELETE FROM test_result WHERE test_id = ?",
    "DELETE FROM test_progress WHERE test_id = ? AND id < (SELECT max(id) FROM test_progress)",
)


@contextmanager
def live_demo(file: Path) -> Iterator[None]:
    """Have the runs of a demo file move during the block; do nothing for any other file."""
    if not is_demo(file):
        yield
        return
    command = [sys.executable, "-P", "-m", __name__, str(file.absolute())]
    # Its input ends with this process, however that ends; Ctrl-C is for this process alone.
    with subprocess.Popen(  # noqa: S603 - this program itself
        command, stdin=subprocess.PIPE, start_new_session=True
    ) as writer:
        try:
            yield
        finally:
            writer.communicate(timeout=_STOP_SECONDS)


def is_demo(file: Path) -> bool:
    """Whether a file is a database that `build` made."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
            return _has_mark(database)
    except sqlite3.DatabaseError:
        return False


def _has_mark(database: sqlite3.Connection) -> bool:
    (mark,) = database.execute("PRAGMA application_id").fetchone()
    return bool(mark == APPLICATION_ID)


def take_a_step(file: Path, now: datetime) -> None:
    """Write what happens next: a run is taken up, tests report, or the run ends.

    What that is follows from what is in the file, so that any process can continue. Raises
    sqlite3.Error if nothing could be written.
    """
    uri = f"{file.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS)) as database:
        if not _has_mark(database):
            raise sqlite3.DatabaseError(f"{file} is not the demo's own file")
        # Readers are not in the way of a writer then, nor in that of a reader one that was killed.
        database.execute("PRAGMA journal_mode = WAL")
        database.isolation_level = None
        database.execute("BEGIN IMMEDIATE")
        with database:
            _write_next(database, file, now)


def _write_next(database: sqlite3.Connection, file: Path, now: datetime) -> None:
    ((runs,),) = database.execute("SELECT max(id) FROM test")
    ((seed,),) = database.execute("PRAGMA user_version")
    newest = {run_id: _newest_report(database, run_id) for run_id in moving_runs(runs)}
    states = {run_id: report and report.status for run_id, report in newest.items()}
    under_way = [each for each in states if states[each] in {PREPARATION.status, TESTING.status}]
    if not under_way:
        if not any(_is_young(report, now) for report in newest.values()):
            _take_up_next(database, states, now)
        return
    run = run_of(under_way[0], runs, seed).whole
    if states[run.id] == PREPARATION.status:
        if not _is_young(newest[run.id], now):
            _report(database, run.id, TESTING, now)
        return
    ((done,),) = database.execute("SELECT count(*) FROM test_result WHERE test_id = ?", (run.id,))
    if done < len(run.tests):
        _report_tests(database, run, seed, done)
        return
    _report(database, run.id, COMPLETED, now)
    with suppress(OSError):
        rows = run_rows(run, seed, _FILES)
        DemoFiles(files_folder(file)).write_log(run, rows, runs)


class _Report(NamedTuple):
    status: str
    time: datetime


def _newest_report(database: sqlite3.Connection, run_id: int) -> _Report | None:
    row = database.execute(_NEWEST_REPORT, (run_id,)).fetchone()
    return row and _Report(row[0], datetime.fromisoformat(row[1]).replace(tzinfo=UTC))


def _is_young(report: _Report | None, now: datetime) -> bool:
    return report is not None and abs((now - report.time).total_seconds()) < PAUSE_SECONDS


def _take_up_next(
    database: sqlite3.Connection, states: dict[int, str | None], now: datetime
) -> None:
    queued = [run_id for run_id, state in states.items() if state is None]
    # Before others are restarted: an id of progress that was once given is not given again.
    _report(database, queued[0] if queued else min(states), PREPARATION, now)
    if not queued:
        for statement in _RESTART:
            database.executemany(statement, [(run_id,) for run_id in states])


def _report(database: sqlite3.Connection, run_id: int, step: Step, now: datetime) -> None:
    row = progress_row(run_id, *step, now)
    time = f"{row['timestamp']:%Y-%m-%d %H:%M:%S.%f}"  # as SQLAlchemy stores it
    database.execute(_ADD_PROGRESS, row | {"timestamp": time})


def _report_tests(database: sqlite3.Connection, run: Run, seed: int, done: int) -> None:
    """Add the results of the next tests and the outputs of one test more, as a worker does."""
    end = done + TESTS_PER_STEP
    for test_id in run.tests[done : end + 1]:
        database.executemany(_ADD_OUTPUT, file_rows(run, TESTS[test_id], _FILES))
    database.executemany(_ADD_RESULT, list(result_rows(run, seed))[done:end])


def main(file: Path) -> None:
    """Take a step a second until the input ends; of several processes only one does."""
    with Path(f"{file}-writer").open("w") as lock:
        is_alone = False
        while not _has_ended(sys.stdin.fileno(), STEP_SECONDS):
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                is_alone = True
            if is_alone:
                # The file may be gone, full or busy; the next step may find it as it should be.
                with suppress(sqlite3.Error):
                    take_a_step(file, datetime.now(UTC))


def _has_ended(input_: int, seconds: float) -> bool:
    """Wait for some seconds, or less if the process at the other end of the input ends."""
    readable, _, _ = select.select([input_], [], [], seconds)
    return bool(readable) and not os.read(input_, 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
