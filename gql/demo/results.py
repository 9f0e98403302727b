"""The rows that a run leaves in the tables."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from gql.database.tables import Platform, RunTrigger
from gql.demo import stories
from gql.demo.catalogue import TESTS, Output, RegressionTest, digest
from gql.demo.catalogue_rows import Row, Rows
from gql.demo.everyday import randomness
from gql.demo.history import Run
from gql.demo.outcomes import Failure, Outcome
from gql.demo.outputs import CORRECT, CUT_SHORT, FORMER, VARIANT, OutputFiles
from gql.demo.people import fork_id, user_id_of
from gql.demo.steps import DUPLICATE, TESTING

_EXIT_CODES: Final = {
    Platform.LINUX: {Outcome.CRASHES: 139, Outcome.ABORTS: 134, Outcome.TIMES_OUT: 124},
    Platform.WINDOWS: {Outcome.CRASHES: -1073741819, Outcome.ABORTS: 134, Outcome.TIMES_OUT: 124},
}
_NO_CAPTIONS: Final = 10
_TIME_LIMIT_MS: Final = 600_000
_SLOWNESS: Final = {Platform.LINUX: 1.0, Platform.WINDOWS: 1.3}
_BOOT_SECONDS: Final = {Platform.LINUX: 95, Platform.WINDOWS: 260}
_USUAL_RUNTIME: Final = {
    test_id: 200 + 3 * int(digest("runtime", test_id)[:3], 16) for test_id in TESTS
}
_UNMEASURED_SHARE: Final = 0.003
_FORMER_BASELINE_BEFORE: Final = {
    stories.MOVED_BASELINE_TEST: stories.REPAIRED_MASTER_LINUX,
    stories.CORRECTED_BASELINE_TEST: stories.CORRECTED_MASTER_LINUX,
}


def run_rows(run: Run, seed: int, files: OutputFiles) -> Rows:
    """All rows of a run but for those of `customized_test` where it covers the whole suite."""
    results = list(result_rows(run, seed))
    with_files = [*run.tests, run.unfinished] if run.unfinished else run.tests
    return {
        "test": [_run_row(run)],
        "test_progress": list(_progress_rows(run, results)),
        "customized_test": [
            {"test_id": run.id, "regression_id": test_id} for test_id in run.chosen or ()
        ],
        "test_fork": [
            {"user_id": user_id_of(run.id), "test_id": run.id} for _ in range(run.is_queued_by_user)
        ],
        "test_result": results,
        "test_result_file": [
            row for test_id in with_files for row in file_rows(run, TESTS[test_id], files)
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
    time = run.began_at
    for step in run.steps:
        if step is TESTING:
            time += timedelta(seconds=_BOOT_SECONDS[run.platform])
        elif step is DUPLICATE:
            time += timedelta(minutes=3)
        elif step is not run.steps[0]:
            time += timedelta(milliseconds=sum(row["runtime"] or 0 for row in results))
        yield progress_row(run.id, *step, time)


def progress_row(run_id: int, status: str, message: str, time: datetime) -> Row:
    return {
        "test_id": run_id,
        "status": status,
        "timestamp": time.replace(microsecond=0),
        "message": message,
    }


def result_rows(run: Run, seed: int) -> Iterator[Row]:
    random = randomness(seed, "runtimes", run.id)
    for test_id in run.tests:
        test = TESTS[test_id]
        failure = run.failures.get(test_id)
        slowness = _SLOWNESS[run.platform] * random.uniform(0.9, 1.2)
        runtime = int(_USUAL_RUNTIME[test_id] * slowness)
        if run.is_recent and test_id == stories.SLOWER_TEST:
            runtime *= 3
        if failure is not None:
            runtime = _runtime_of(failure, runtime)
        yield {
            "test_id": run.id,
            "regression_test_id": test_id,
            "runtime": runtime if random.random() > _UNMEASURED_SHARE else None,
            "exit_code": test.expected_rc if failure is None else _exit_code(run, test, failure),
            "expected_rc": test.expected_rc,
        }


def _runtime_of(failure: Failure, runtime: int) -> int:
    if failure.outcome is Outcome.TIMES_OUT:
        return _TIME_LIMIT_MS
    return runtime // 10 if failure.outcome in (Outcome.CRASHES, Outcome.ABORTS) else runtime


def _exit_code(run: Run, test: RegressionTest, failure: Failure) -> int | None:
    if failure.outcome is Outcome.EXITS_WRONGLY:
        return 0 if test.expected_rc else _NO_CAPTIONS
    return _EXIT_CODES[run.platform].get(failure.outcome, test.expected_rc)


def file_rows(run: Run, test: RegressionTest, files: OutputFiles) -> Iterator[Row]:
    """A row for each output that the test produced in the run."""
    failure = run.failures.get(test.id)
    if failure is None or failure.outcome is Outcome.EXITS_WRONGLY:
        produced, differing = test.reported, None
    elif failure.outcome in (Outcome.CRASHES, Outcome.ABORTS):
        return
    elif failure.outcome is Outcome.LACKS_OUTPUT:
        lacking = [output for output in test.reported if not output.is_ignored][-1]
        produced = tuple(output for output in test.reported if output is not lacking)
        differing = None
    else:
        produced = test.reported
        differing = [output for output in test.reported if output.has_baseline][-1]
    is_former = run.id < _FORMER_BASELINE_BEFORE.get(test.id, 0)
    baseline = FORMER if is_former else CORRECT
    for output in produced:
        version: str | None = None
        if failure is not None and output is differing:
            is_cut = failure.outcome is Outcome.TIMES_OUT
            version = CUT_SHORT if is_cut else failure.fault
        elif _is_variant(run, test, output):
            version = VARIANT
        yield {
            "test_id": run.id,
            "regression_test_id": test.id,
            "regression_test_output_id": output.id,
            # The platform's column is NOT NULL.
            "expected": files.hash_of(output, baseline) if output.has_baseline else "",
            "got": files.hash_of(output, version) if version else None,
        }


def _is_variant(run: Run, test: RegressionTest, output: Output) -> bool:
    """Whether a test that passes produced what is accepted beside the baseline."""
    if not output.has_variant:
        return False
    is_early = test.id == stories.LATE_VARIANT_TEST and run.id < stories.BREAKING_PR_LINUX
    return is_early or run.platform is Platform.WINDOWS
