"""The results of a test before one of its failures."""

from collections import defaultdict
from typing import Any

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Integer,
    Select,
    and_,
    bindparam,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from gql.database.tables import RegressionTest, Test, TestResult
from gql.domain.base_selection import is_main_run, is_of_pull_request
from gql.domain.status import result_fails
from gql.loaders.base import Loader, Scope

_Head = aliased(Test, name="head")


class EarlierFailuresBySampleLoader(Loader[tuple[int, int, int], list[bool]]):
    """Loads whether each of the newest results before a sample failed, the newest first.

    The key is a run's and a regression test's id, and a number of results. They are results on the
    run's platform: of the main branch's commits, and of the run's own pull request.
    """

    scope = Scope.ALL_RUNS

    # Each sample has its own limit in the statement, so none reads more results than it returns.
    max_batch_size = 128

    async def read(
        self, keys: list[tuple[int, int, int]]
    ) -> dict[tuple[int, int, int], list[bool]]:
        size = 1 << (len(keys) - 1).bit_length()
        parameters = {
            f"{name}_{number}": value
            for number, key in enumerate(keys + keys[-1:] * (size - len(keys)))
            for name, value in zip(("run", "test", "last"), key, strict=True)
        }
        results: dict[int, list[Any]] = defaultdict(list)
        for row in await self.snapshot.prepared_rows(parameters, _earlier_results, size):
            results[row.number].append((row.test_id, bool(row.fails)))
        return {
            key: [fails for _, fails in sorted(results[number], reverse=True)]
            for number, key in enumerate(keys)
        }


def _earlier_results(samples: int) -> CompoundSelect[*tuple[Any, ...]]:
    return union_all(*map(_earlier_results_of, range(samples)))


def _earlier_results_of(number: int) -> Select[*tuple[Any, ...]]:
    def parameter(name: str) -> BindParameter[int]:
        return bindparam(f"{name}_{number}", type_=Integer, required=False)

    is_of_same_pull_request = and_(
        is_of_pull_request, Test.pr_nr == _Head.pr_nr, Test.test_type == _Head.test_type
    )
    newest = (
        select(TestResult.test_id, TestResult.regression_test_id)
        .join(Test, Test.id == TestResult.test_id)
        .join(_Head, _Head.id == parameter("run"))
        .where(
            TestResult.regression_test_id == parameter("test"),
            TestResult.test_id < parameter("run"),
            Test.platform == _Head.platform,
            or_(is_main_run, is_of_same_pull_request),
        )
        .order_by(TestResult.test_id.desc())
        .limit(parameter("last"))
        .subquery()
    )
    # Only of these few the outputs are looked up.
    return (
        select(newest.c.test_id, result_fails.label("fails"), literal(number).label("number"))
        .join(Test, Test.id == newest.c.test_id)
        .join(RegressionTest, RegressionTest.id == newest.c.regression_test_id)
        .join(
            TestResult,
            and_(
                TestResult.test_id == newest.c.test_id,
                TestResult.regression_test_id == newest.c.regression_test_id,
            ),
        )
    )
