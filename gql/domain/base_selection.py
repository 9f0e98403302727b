"""Which run another run is compared with: the base, and the previous run."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar

from sqlalchemy import Case, ColumnElement, and_, case, exists, select
from sqlalchemy.orm import aliased

from gql.database.tables import Fork, RunTrigger, Test, TestResult
from gql.domain.github import MAIN_BRANCH, MAIN_REPOSITORY_NAME, clone_urls
from gql.domain.status import LatestProgress

MAX_CANDIDATES = 50
"""So many of the newest candidates are considered for the base of a comparison."""

ENOUGH_PERCENT = 90
"""A base covers enough if it has results of this share of the head's samples."""


class BaseSelection(StrEnum):
    """Which candidates may be the base of a comparison."""

    BEFORE = "before"
    LATEST = "latest"


# The base

is_main_repository = Fork.github.in_(clone_urls(MAIN_REPOSITORY_NAME))

is_candidate = and_(
    Test.test_type == RunTrigger.COMMIT,
    LatestProgress.status == "completed",
    exists().where(TestResult.test_id == Test.id).correlate(Test),
)
"""Whether a run of `RUNS` can be a base, where its platform, fork and branch are the right ones."""


class Origin(NamedTuple):
    """Whose runs are candidates for the base of a run."""

    platform: str
    fork_ids: tuple[int, ...]
    branch: str


def origin_of_base(
    *,
    platform: str,
    trigger: str,
    fork_id: int | None,
    branch: str,
    main_repository: tuple[int, ...],
) -> Origin:
    """Whose commit runs are candidates for the base of a run.

    For a pull request these are the runs of the main repository's main branch, for a commit those
    of its own fork and branch.
    """
    if trigger == RunTrigger.PULL_REQUEST:
        return Origin(platform, main_repository, MAIN_BRANCH)
    is_commit = trigger == RunTrigger.COMMIT
    return Origin(platform, (fork_id,) if is_commit and fork_id is not None else (), branch)


class _Candidate(Protocol):
    @property
    def id(self) -> int: ...


C = TypeVar("C", bound=_Candidate)


def candidates_of(head_id: int, selection: BaseSelection, runs: Sequence[C]) -> Sequence[C]:
    """The candidates for the base of a run, of runs that are listed newest first."""
    if selection is BaseSelection.BEFORE:
        candidates = [run for run in runs if run.id < head_id]
    else:
        candidates = [run for run in runs if run.id != head_id]
    return candidates[:MAX_CANDIDATES]


def covers_enough(covered: int, samples: int) -> bool:
    """Whether a base covers enough that has results of so many of the head's samples."""
    return covered * 100 >= samples * ENOUGH_PERCENT


def position_of_base(samples: AbstractSet[str], results: Sequence[AbstractSet[str]]) -> int | None:
    """Which candidate is the base, by the results of each, newest first; None without any.

    It is the newest one that covers enough of the head's samples. If there is none, it is the one
    that covers most, the newest of several.
    """
    if not results:
        return None
    best, most = 0, -1
    for position, of_candidate in enumerate(results):
        covered = len(samples & of_candidate)
        if covers_enough(covered, len(samples)):
            return position
        if covered > most:
            best, most = position, covered
    return best


is_commit_of_main_repository = and_(
    Test.test_type == RunTrigger.COMMIT,
    Test.fork_id.in_(select(Fork.id).where(is_main_repository)),
)
"""Whether `Test` is a run of a commit of the main repository."""

is_main_run = and_(is_commit_of_main_repository, Test.branch == MAIN_BRANCH)
"""Whether `Test` is a run of a commit of the main repository's main branch."""


# The previous run

_Earlier = aliased(Test, name="earlier")

previous_commit_run_id: Case[int | None] = case(
    (
        Test.test_type == RunTrigger.COMMIT,
        select(_Earlier.id)
        .where(
            _Earlier.test_type == RunTrigger.COMMIT,
            _Earlier.fork_id == Test.fork_id,
            _Earlier.branch == Test.branch,
            _Earlier.platform == Test.platform,
            _Earlier.id < Test.id,
        )
        .order_by(_Earlier.id.desc())
        .limit(1)
        .correlate(Test)
        .scalar_subquery(),
    )
)
"""The id of the commit run before `Test` of the same fork, branch and platform, if it is one."""

is_of_pull_request: ColumnElement[bool] = and_(
    Test.test_type == RunTrigger.PULL_REQUEST, Test.pr_nr > 0
)
"""Whether the run before `Test` is the one before it of the same pull request and platform."""
