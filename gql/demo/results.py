"""The rows that a run leaves in the tables."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Final

from gql.database.tables import Platform, RunTrigger
from gql.demo import stories
from gql.demo.catalogue import TESTS, Output, RegressionTest, Row, digest
from gql.demo.history import Run, randomness
from gql.demo.people import fork_id
from gql.demo.stories import Outcome

_SEGMENTATION_FAULT: Final = {Platform.LINUX: 139, Platform.WINDOWS: -1073741819}
_SLOWNESS: Final = {Platform.LINUX: 1.0, Platform.WINDOWS: 1.3}
_BOOT_SECONDS: Final = {Platform.LINUX: 95, Platform.WINDOWS: 260}
_USUAL_RUNTIME: Final = {
    test_id: 200 + 3 * int(digest("runtime", test_id)[:3], 16) for test_id in TESTS
}
_UNMEASURED_SHARE: Final = 0.003


def run_rows(run: Run, seed: int) -> dict[str, list[Row]]:
    """All rows of a run by table, in an order that foreign keys allow."""
    random = randomness(seed, "runtimes", run.id)
    results = [_result_row(run, TESTS[test_id], random) for test_id in run.outcomes]
    with_files = [*run.outcomes, run.unfinished] if run.unfinished else run.outcomes
    return {
        "test": [_run_row(run)],
        "test_progress": list(_progress_rows(run, results)),
        "customized_test": [
            {"test_id": run.id, "regression_id": test_id} for test_id in run.customized
        ],
        "test_result": results,
        "test_result_file": [
            _file_row(run, TESTS[test_id], output)
            for test_id in with_files
            for output in _produced(run, TESTS[test_id])
        ],
    }


def _run_row(run: Run) -> Row:
    change = run.change
    return {
        "id": run.id,
        "platform": run.platform,
        "test_type": RunTrigger.PULL_REQUEST if change.pr_nr else RunTrigger.COMMIT,
        "fork_id": fork_id(change.owner),
        "branch": change.branch,
        "commit": change.commit,
        "pr_nr": change.pr_nr,
    }


def _progress_rows(run: Run, results: list[Row]) -> Iterator[Row]:
    booted = timedelta(seconds=_BOOT_SECONDS[run.platform])
    ended = booted + timedelta(milliseconds=sum(row["runtime"] or 0 for row in results))
    steps = {
        "preparation": (timedelta(), "Loaded variables, checking for the build artifact"),
        "testing": (booted, "Running tests"),
        "completed": (ended, "Ran all tests"),
        "canceled": (ended, "The virtual machine was reclaimed before all tests had run"),
    }
    for status in run.state.value.split():
        after, message = steps[status]
        yield {
            "test_id": run.id,
            "status": status,
            "timestamp": (run.queued_at + after).replace(microsecond=0),
            "message": message,
        }


def _result_row(run: Run, test: RegressionTest, random: Random) -> Row:
    is_crash = run.outcomes[test.id] is Outcome.CRASHES
    slowness = _SLOWNESS[run.platform] * random.uniform(0.9, 1.2) * (0.1 if is_crash else 1)
    is_measured = random.random() > _UNMEASURED_SHARE
    return {
        "test_id": run.id,
        "regression_test_id": test.id,
        "runtime": int(_USUAL_RUNTIME[test.id] * slowness) if is_measured else None,
        "exit_code": _exit_code(run, test),
        "expected_rc": test.expected_rc,
    }


def _exit_code(run: Run, test: RegressionTest) -> int | None:
    match run.outcomes[test.id]:
        case Outcome.CRASHES:
            return _SEGMENTATION_FAULT[run.platform]
        case Outcome.EXITS_WRONGLY:
            return 0 if test.expected_rc else 1
        case _:
            return test.expected_rc


def _produced(run: Run, test: RegressionTest) -> tuple[Output, ...]:
    match run.outcomes.get(test.id):
        case Outcome.CRASHES:
            return ()
        case Outcome.LACKS_OUTPUT:
            lacking = [output for output in test.reported if not output.is_ignored][-1]
            return tuple(output for output in test.reported if output is not lacking)
        case _:
            return test.reported


def _file_row(run: Run, test: RegressionTest, output: Output) -> Row:
    is_former = test.id == stories.MOVED_BASELINE_TEST and run.id < stories.REPAIRED_MASTER_LINUX
    return {
        "test_id": run.id,
        "regression_test_id": test.id,
        "regression_test_output_id": output.id,
        "expected": digest("former baseline", output.id) if is_former else output.correct,
        "got": _got(run, test, output),
    }


def _got(run: Run, test: RegressionTest, output: Output) -> str | None:
    if run.outcomes.get(test.id) is Outcome.DIFFERS and output is _differing(test):
        is_known = test.id in stories.known_failures(run.platform)
        return digest("wrong", output.id, "always" if is_known else run.change.commit)
    return output.variant if run.platform is Platform.WINDOWS else None


def _differing(test: RegressionTest) -> Output:
    return [output for output in test.reported if output.correct][-1]
