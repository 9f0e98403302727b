"""The log of a run, as its worker uploads it at the end."""

from collections import defaultdict
from collections.abc import Iterator

from gql.demo.catalogue import TESTS, digest
from gql.demo.catalogue_rows import Row, Rows
from gql.demo.history import Run
from gql.demo.steps import TESTING


def has_log(run: Run) -> bool:
    """Whether the worker came to upload its log."""
    return TESTING in run.steps and run.steps[-1] is not TESTING


def log_of(run: Run, rows: Rows) -> str:
    """The lines of the log of a run that left these rows."""
    progress = iter(rows["test_progress"])
    outputs: dict[int, list[Row]] = defaultdict(list)
    for row in rows["test_result_file"]:
        outputs[row["regression_test_id"]].append(row)
    lines = [
        *_reported(next(progress)),
        "=== CCExtractor Binary Version ===",
        "CCExtractor detailed version info",
        "\tVersion: 0.94",
        f"\tGit commit: {run.change.commit}",
        f"\tCompilation date: {run.began_at:%Y-%m-%d}",
        f"\tFile SHA256: {digest('binary', run.change.commit)}",
        "=== End Version Info ===",
        *_reported(next(progress)),
    ]
    results = rows["test_result"]
    for number, result in enumerate(results, 1):
        test_id = result["regression_test_id"]
        lines += _tested(f"{number}/{len(results)}", result, outputs[test_id])
    for row in progress:
        lines += _reported(row)
    return "\n".join(lines) + "\n"


def _reported(row: Row) -> Iterator[str]:
    yield f"Posting {row['status']} - {row['message']} to the server:"
    yield f"{row['timestamp']:%Y-%m-%d %H:%M:%S} Status posted successfully (HTTP 200)"


def _tested(number: str, result: Row, outputs: list[Row]) -> Iterator[str]:
    test = TESTS[result["regression_test_id"]]
    yield f"[INFO] {number} Running regression test {test.id} ({test.category})"
    yield f"[DEBUG] ccextractor {test.command}"
    yield (
        f"[DEBUG] Finished with exit code {result['exit_code']} after {result['runtime']} ms, "
        f"expected {result['expected_rc']}"
    )
    if result["exit_code"] != result["expected_rc"]:
        yield f"[ERROR] Regression test {test.id} exited with {result['exit_code']}"
    produced = {row["regression_test_output_id"]: row for row in outputs}
    for output in test.reported:
        row = produced.get(output.id)
        if row is None:
            yield f"[ERROR] Output {output.id} ({output.suffix}) was not produced"
        elif row["got"]:
            yield f"[WARN] Output {output.id} differs from {row['expected']}: {row['got']}"
