"""What failed in runs: everything that is wrong with each result, and nothing of the others."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import CompoundSelect, case, exists, null, or_, select, true, union_all

from gql.database.prepared_statements import Statement
from gql.database.tables import RegressionTestOutput, TestResult, TestResultFile
from gql.domain.failure import Failure
from gql.domain.status import differs, exit_differs, is_dummy, is_reported_output, is_unreported
from gql.loaders.base import KeyedLoader, KeyPredicate, Row, Scope
from gql.loaders.output import produced_hash


class FailureRow(Row):
    """One thing that is wrong with a result: its exit code, or an output."""

    output_id: int | None
    hash: str | None
    exit_code: int | None
    regression_id: int
    has_result: bool


def select_failures(has_key: KeyPredicate, width: int) -> CompoundSelect[*tuple[Any, ...]]:
    """What is wrong with results, by the first `width` columns of their run's and test's id."""
    files = (TestResultFile.test_id, TestResultFile.regression_test_id)
    results = (TestResult.test_id, TestResult.regression_test_id)
    has_result_key = has_key(*results[:width])
    return union_all(
        select(
            case((is_reported_output, TestResultFile.regression_test_output_id), else_=-1).label(
                "output_id"
            ),
            case((is_reported_output, produced_hash)).label("hash"),
            null().label("exit_code"),
            TestResultFile.regression_test_id.label("regression_id"),
            # Selected and not a condition: only of the few files that differ it is looked up.
            exists()
            .where(*(one == other for one, other in zip(files, results, strict=True)))
            .correlate(TestResultFile)
            .label("has_result"),
            *files[:width],
        ).where(or_(differs, is_dummy), has_key(*files[:width])),
        select(
            null(),
            null(),
            TestResult.exit_code,
            TestResult.regression_test_id,
            true(),
            *results[:width],
        ).where(exit_differs, has_result_key),
        select(
            RegressionTestOutput.id,
            null(),
            null(),
            TestResult.regression_test_id,
            true(),
            *results[:width],
        )
        .join_from(
            TestResult,
            RegressionTestOutput,
            RegressionTestOutput.regression_id == TestResult.regression_test_id,
        )
        .where(is_unreported(TestResult.test_id), has_result_key),
    )


def failure_of_rows(rows: Iterable[FailureRow]) -> Failure | None:
    """The failure of a result from its rows; None without any."""
    exit_codes: tuple[int | None, ...] = ()
    defects: dict[int, str | None] = {}
    for row in rows:
        if not row.has_result:
            return None
        if row.output_id is None:
            exit_codes = (row.exit_code,)
        else:
            defects[row.output_id] = row.hash
    return Failure(exit_codes, defects) if exit_codes or defects else None


class FailureBySampleLoader(KeyedLoader[tuple[int, int], Failure | None]):
    """Loads the failure of a run's and a regression test's id; None unless it has one."""

    scope = Scope.RUN
    key = (None, None)

    @classmethod
    def build(cls, has_key: KeyPredicate) -> Statement:
        return select_failures(has_key, 2)

    async def read(self, keys: list[tuple[int, int]]) -> dict[tuple[int, int], Failure | None]:
        rows_by_key = await self.rows_by_key(keys)
        return {key: failure_of_rows(rows) for key, rows in rows_by_key.items()}


class FailuresByRunIdLoader(KeyedLoader[int, Mapping[int, Failure]]):
    """Loads all failures of a run, by regression id."""

    scope = Scope.RUN
    key = (None,)

    @classmethod
    def build(cls, has_key: KeyPredicate) -> Statement:
        return select_failures(has_key, 1)

    async def read(self, keys: list[int]) -> dict[int, Mapping[int, Failure]]:
        return {
            run_id: failures_by(rows, lambda row: row.regression_id)
            for run_id, rows in (await self.rows_by_key(keys)).items()
        }


def failures_by(rows: Iterable[Any], key_of: Any) -> dict[Any, Failure]:
    """The failures of many results from their rows, by the key of each."""
    rows_by_key: dict[Any, list[FailureRow]] = defaultdict(list)
    for row in rows:
        rows_by_key[key_of(row)].append(row)
    failures = ((key, failure_of_rows(its_rows)) for key, its_rows in rows_by_key.items())
    return {key: failure for key, failure in failures if failure is not None}
