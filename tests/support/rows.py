"""Rows of the platform's tables, one function for each thing that a test is about.

Each returns what `Platform.add` inserts; what a test does not say has a plain default.
"""

from datetime import UTC, datetime
from typing import Any

from gql.database import tables
from gql.security import tokens

BASELINE = "a" * 64
VARIANT = "b" * 64
DIFFERENT = "c" * 64

TIMESTAMP = datetime(2026, 7, 14, 9, 30, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)

Rows = list[tables.Base]


def token(token: str, **columns: Any) -> Rows:
    """A token of the platform's one user, with the scope that the gateway takes."""
    defaults = {
        "user_id": 1,
        "token_name": "test",
        "token_hash": tokens.hash_of(token),
        "token_prefix": token[: tokens.PREFIX_LENGTH],
        "scopes_json": '["runs:read"]',
        "created_at": TIMESTAMP,
        "expires_at": FAR_AHEAD,
    }
    return [tables.ApiToken(**defaults | columns)]


def regression_test(id: int, *, outputs: tuple[int, ...] = (), **columns: Any) -> Rows:
    """A regression test that expects exit code 0 and the outputs, each with a baseline."""
    defaults = {"command": f"--test {id}", "active": True, "expected_rc": 0}
    expected = [row for each in outputs for row in output(each, test=id)]
    return [tables.RegressionTest(id=id, **defaults | columns), *expected]


def media(id: int, **columns: Any) -> Rows:
    defaults = {"sha": f"{id:064x}", "extension": "ts", "original_name": f"media {id}"}
    return [tables.MediaFile(id=id, **defaults | columns)]


def output(id: int, *, test: int | None, **columns: Any) -> Rows:
    defaults = {"correct": BASELINE, "correct_extension": ".srt"}
    return [tables.RegressionTestOutput(id=id, regression_id=test, **defaults | columns)]


def variant(output: int, hash: str = VARIANT) -> Rows:
    return [tables.RegressionTestOutputFiles(regression_test_output_id=output, file_hashes=hash)]


def run(id: int, *states: str, message: str = "", **columns: Any) -> Rows:
    """A run that reported the states, in their order."""
    defaults = {
        "platform": "linux",
        "test_type": "commit",
        "branch": "master",
        "commit": "f" * 40,
        "pr_nr": 0,
    }
    reports = [row for state in states for row in progress(id, state, message=message)]
    return [tables.Test(id=id, **defaults | columns), *reports]


def progress(run: int | None, state: str, **columns: Any) -> Rows:
    """A report of a run's state."""
    defaults = {"timestamp": TIMESTAMP, "message": ""}
    return [tables.TestProgress(test_id=run, status=state, **defaults | columns)]


def result(run: int, test: int, **columns: Any) -> Rows:
    """A result with the exit code that was expected."""
    defaults = {"exit_code": 0, "expected_rc": 0, "runtime": 1500}
    return [tables.TestResult(test_id=run, regression_test_id=test, **defaults | columns)]


def file(run: int, test: int, output: int, **columns: Any) -> Rows:
    """An output file as expected; `got` makes it differ."""
    keys = {"test_id": run, "regression_test_id": test, "regression_test_output_id": output}
    return [tables.TestResultFile(**keys, **{"expected": BASELINE, "got": None} | columns)]
