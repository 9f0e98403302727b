"""Which run another run is compared with: the base, and the previous run."""

from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, exists, func, select
from sqlalchemy.orm import aliased

from gql.database.tables import Fork, RunTrigger, Test, TestProgress, TestResult
from gql.domain.github import MAIN_BRANCH, MAIN_REPOSITORY_NAME, clone_urls


class BaseSelection(StrEnum):
    """Which candidates may be the base of a comparison."""

    BEFORE = "before"
    LATEST = "latest"


_Candidate = aliased(Test, name="candidate")

_is_earlier = _Candidate.id < Test.id


def _newest(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """The id of the newest run on the platform of `Test` that meets the conditions."""
    return (
        select(_Candidate.id)
        .where(_Candidate.platform == Test.platform, *conditions)
        .order_by(_Candidate.id.desc())
        .limit(1)
        .correlate(Test)
        .scalar_subquery()
    )


previous_run_id: ScalarSelect[int] = _newest(
    _Candidate.fork_id == Test.fork_id, _Candidate.branch == Test.branch, _is_earlier
)
"""The id of the run before `Test` of the same fork, branch and platform."""

_main_repository = (
    select(func.min(Fork.id))
    .where(Fork.github.in_(clone_urls(MAIN_REPOSITORY_NAME)))
    .scalar_subquery()
)

_is_pull_request = Test.test_type == RunTrigger.PULL_REQUEST

_is_comparable = and_(
    _Candidate.fork_id == case((_is_pull_request, _main_repository), else_=Test.fork_id),
    _Candidate.branch == case((_is_pull_request, MAIN_BRANCH), else_=Test.branch),
    _Candidate.test_type == RunTrigger.COMMIT,
    _Candidate.id != Test.id,
    select(TestProgress.status)
    .where(TestProgress.test_id == _Candidate.id)
    .order_by(TestProgress.id.desc())
    .limit(1)
    .correlate(_Candidate)
    .scalar_subquery()
    == "completed",
    exists().where(TestResult.test_id == _Candidate.id).correlate(_Candidate),
)

_BASE_RUN_ID = {
    BaseSelection.BEFORE: _newest(_is_comparable, _is_earlier),
    BaseSelection.LATEST: _newest(_is_comparable),
}


def base_run_id(selection: BaseSelection) -> ScalarSelect[int]:
    """The id of the run that `Test` is compared with unless a query names one.

    It is a completed run with results on the same platform: for a pull request of the main
    repository's main branch, else of the same fork and branch. BEFORE selects the last one before
    `Test`, LATEST the newest.
    """
    return _BASE_RUN_ID[selection]
