"""Which run to compare with, and what two runs produced."""

from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, exists, func, select
from sqlalchemy.orm import aliased

from gql.database.tables import (
    Fork,
    RegressionTest,
    RunTrigger,
    Test,
    TestProgress,
    TestResult,
    TestResultFile,
)
from gql.domain.github import MAIN_BRANCH, MAIN_REPOSITORY_NAME, clone_urls
from gql.domain.status import is_reported_output
from gql.loaders.base import Loader, ManyLoader, keys_by_kind
from gql.loaders.sample import SAMPLE


class Baseline(StrEnum):
    BEFORE = "before"
    LATEST = "latest"


_Earlier = aliased(Test, name="earlier")


def _newest(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """The id of the newest run on the platform of `Test` for which the conditions hold."""
    return (
        select(_Earlier.id)
        .where(_Earlier.platform == Test.platform, *conditions)
        .order_by(_Earlier.id.desc())
        .limit(1)
        .correlate(Test)
        .scalar_subquery()
    )


_is_of_same_branch = and_(_Earlier.fork_id == Test.fork_id, _Earlier.branch == Test.branch)


class PreviousRunIdByRunIdLoader(Loader[int, int | None]):
    """Gives the id of the run before a run, of the same fork, branch and platform."""

    async def read(self, keys: list[int]) -> dict[int, int | None]:
        previous = _newest(_is_of_same_branch, _Earlier.id < Test.id)
        rows = await self.snapshot.rows(select(Test.id, previous).where(Test.id.in_(keys)))
        return dict.fromkeys(keys) | dict(tuple(row) for row in rows)


_main_repository = (
    select(func.min(Fork.id))
    .where(Fork.github.in_(clone_urls(MAIN_REPOSITORY_NAME)))
    .scalar_subquery()
)

_is_pull_request = Test.test_type == RunTrigger.PULL_REQUEST

_is_comparable = and_(
    _Earlier.fork_id == case((_is_pull_request, _main_repository), else_=Test.fork_id),
    _Earlier.branch == case((_is_pull_request, MAIN_BRANCH), else_=Test.branch),
    _Earlier.test_type == RunTrigger.COMMIT,
    _Earlier.id != Test.id,
    select(TestProgress.status)
    .where(TestProgress.test_id == _Earlier.id)
    .order_by(TestProgress.id.desc())
    .limit(1)
    .correlate(_Earlier)
    .scalar_subquery()
    == "completed",
    exists().where(TestResult.test_id == _Earlier.id).correlate(_Earlier),
)


class BaselineRunIdLoader(Loader[tuple[int, Baseline], int | None]):
    """Gives the id of the run to compare a run with, by its id and which is wanted.

    That is a completed run of the same platform: of the main repository's main branch for a
    pull request, else of the same fork and branch. BEFORE gives the last one before the run.
    """

    async def read(
        self, keys: list[tuple[int, Baseline]]
    ) -> dict[tuple[int, Baseline], int | None]:
        found: dict[tuple[int, Baseline], int | None] = dict.fromkeys(keys)
        for (baseline,), run_ids in keys_by_kind(keys).items():
            is_before = [_Earlier.id < Test.id] if baseline is Baseline.BEFORE else []
            statement = select(Test.id, _newest(_is_comparable, *is_before))
            for run_id, base_id in await self.snapshot.rows(statement.where(Test.id.in_(run_ids))):
                found[run_id, baseline] = base_id
        return found


class SamplesByRunIdLoader(ManyLoader[int]):
    """Gives all samples of a run, by regression id."""

    statement = SAMPLE.order_by(RegressionTest.id)
    key = (Test.id,)


class ProducedHashesByRunIdLoader(ManyLoader[int]):
    """Gives the hash of every file that a run produced."""

    statement = select(
        TestResultFile.regression_test_id.label("regression_id"),
        TestResultFile.regression_test_output_id.label("output_id"),
        func.coalesce(func.nullif(TestResultFile.got, ""), TestResultFile.expected).label("hash"),
    ).where(is_reported_output)
    key = (TestResultFile.test_id,)
