"""Which runs there were, and how each test ended in them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from gql.database.tables import Platform
from gql.demo import everyday, stories
from gql.demo.catalogue import digest
from gql.demo.everyday import Kind
from gql.demo.fixed_failures import ALL_FAILURES, FAILURES_OF_PAIR, FAILURES_OF_RUN
from gql.demo.fixed_runs import (
    CHOSEN,
    COURSES,
    DATES,
    FORKS,
    PULL_REQUESTS,
    WITH_RESULT,
    suite_of,
)
from gql.demo.outcomes import Failure, Failures, Outcome, known_failures
from gql.demo.outputs import CORRECT
from gql.demo.people import MAIN_FORK
from gql.demo.steps import (
    COMPLETED,
    PREPARATION,
    PREPARING,
    QUEUED,
    TESTING,
    WHOLE,
    Course,
    Step,
)
from gql.demo.stories import (
    FAILING_SINCE_TEST,
    FLAKY_TEST,
    LAST_FIXED_PAIR,
    is_recent,
    pair_of,
    platform_of,
)


class Change(NamedTuple):
    """What a run tests."""

    owner: str
    branch: str
    commit: str
    pr_nr: int = 0

    @property
    def is_of_master(self) -> bool:
        return self.owner == MAIN_FORK and not self.pr_nr


@dataclass(frozen=True, slots=True)
class Run:
    id: int
    platform: Platform
    change: Change
    began_at: datetime
    steps: tuple[Step, ...]
    tests: list[int]
    """Those that have a result."""
    failures: Failures
    """Of the tests, those that fail."""
    chosen: tuple[int, ...] | None
    """The tests that a user chose, in place of the whole suite."""
    is_recent: bool

    @property
    def suite(self) -> list[int]:
        """The tests that it covers, with a result or without."""
        return sorted(set(self.chosen or suite_of(self.id)))

    @property
    def whole(self) -> "Run":
        """The run as it is when all of its tests have run."""
        return replace(self, steps=WHOLE.steps, tests=self.suite)

    @property
    def is_completed(self) -> bool:
        return COMPLETED in self.steps

    @property
    def is_queued_by_user(self) -> bool:
        """Whether a user chose its tests or its fork, where a webhook would have queued it."""
        return self.chosen is not None or self.change.owner != MAIN_FORK

    @property
    def unfinished(self) -> int | None:
        """The test that has reported its outputs but not yet its result."""
        is_testing = self.steps and self.steps[-1] is TESTING
        return self.tests[-1] + 1 if is_testing else None


_EVERYDAY_FROM: Final = datetime(2026, 7, 12, 9, 30, tzinfo=UTC)
_EVERYDAY_TO: Final = datetime(2026, 7, 31, 17, 0, tzinfo=UTC)
_HALFWAY: Final = Course((PREPARATION, TESTING), 118 / 237)


def history(runs: int, seed: int) -> Iterator[Run]:
    """All runs, oldest first.

    What a run tests and finds depends on its id and the seed only, but for those that the last
    runs differ by (`live_runs` and `is_recent` of the stories).
    """
    is_flaky_failing = False
    for run_id in range(1, runs + 1):
        run = run_of(run_id, runs, seed)
        if run.platform is Platform.LINUX and run.change.is_of_master and FLAKY_TEST in run.tests:
            is_flaky_failing = not is_flaky_failing
            if is_flaky_failing:
                run.failures[FLAKY_TEST] = Failure(Outcome.DIFFERS, stories.FLAKY_FAULT)
        yield run


def run_of(run_id: int, runs: int, seed: int) -> Run:
    """A run but for the flaky test, which fails in every other run of master."""
    kind = _kind_of(run_id, runs, seed)
    change = _change(run_id, kind, seed)
    chosen = CHOSEN.get(run_id)
    if kind is Kind.SINGLE_TEST and not _is_fixed(run_id):
        chosen = (everyday.chosen_test_of(pair_of(run_id), seed),)
    course = _course(run_id, runs, kind, change.commit, seed)
    tests = sorted(set(chosen or suite_of(run_id)))
    tests = list(WITH_RESULT.get(run_id, tests[: round(len(tests) * course.share)]))
    return Run(
        id=run_id,
        platform=platform_of(run_id),
        change=change,
        began_at=_began_at(run_id, runs, course),
        steps=course.steps,
        tests=tests,
        failures=_failures(run_id, runs, kind, seed),
        chosen=chosen,
        is_recent=is_recent(run_id, runs),
    )


def _is_fixed(run_id: int) -> bool:
    return run_id <= stories.LAST_FIXED_RUN


def _kind_of(run_id: int, runs: int, seed: int) -> Kind:
    pair = pair_of(run_id)
    if pair >= pair_of(stories.live_runs(runs).testing):
        return Kind.PULL_REQUEST if pair % 3 else Kind.MASTER
    if not _is_fixed(run_id):
        return everyday.kind_of(pair, seed)
    if run_id in FORKS:
        return Kind.FORK
    return Kind.PULL_REQUEST if pair in PULL_REQUESTS else Kind.MASTER


def _change(run_id: int, kind: Kind, seed: int) -> Change:
    pair = pair_of(run_id)
    if kind is Kind.FORK:
        owner = FORKS.get(run_id) or everyday.contributor_of(pair, seed)
        return Change(owner, "master", digest("commit", seed, pair, owner)[:40])
    commit = digest("commit", seed, pair)[:40]
    if kind is Kind.PULL_REQUEST:
        number = PULL_REQUESTS.get(pair) or everyday.pull_request_of(pair, seed)
        return Change(MAIN_FORK, "pull_request", commit, number)
    return Change(MAIN_FORK, "master", commit)


def _course(run_id: int, runs: int, kind: Kind, commit: str, seed: int) -> Course:
    live = stories.live_runs(runs)
    if run_id in live.queued:
        return QUEUED
    if run_id == live.preparing:
        return PREPARING
    if run_id == live.testing:
        return _HALFWAY
    if _is_fixed(run_id):
        return COURSES.get(run_id, WHOLE)
    return everyday.course_of(run_id, kind, commit, seed)


def _began_at(run_id: int, runs: int, course: Course) -> datetime:
    """The fixed runs fill the years up to July 2026, all further ones the rest of that month."""
    live = stories.live_runs(runs)
    if run_id >= live.testing:
        return _EVERYDAY_TO + timedelta(minutes=10) * (run_id - live.testing + 1)
    pair = pair_of(run_id)
    if _is_fixed(run_id):
        began_at = DATES[pair]
    else:
        share = (pair - LAST_FIXED_PAIR) / (pair_of(live.testing) - LAST_FIXED_PAIR)
        began_at = _EVERYDAY_FROM + (_EVERYDAY_TO - _EVERYDAY_FROM) * share
    if course.is_restarted:
        began_at = min(began_at + timedelta(days=3), _EVERYDAY_TO)
    delay = timedelta(seconds=0 if platform_of(run_id) is Platform.LINUX else 20)
    return began_at.replace(microsecond=0) + delay


def _era_of(pair: int) -> int:
    """How often a change of master had changed outputs that are wrong all the same."""
    if pair > LAST_FIXED_PAIR:
        return 2 + pair // everyday.PAIRS_PER_ERA
    return int(pair >= pair_of(stories.CHANGED_MASTER_LINUX))


def _failures(run_id: int, runs: int, kind: Kind, seed: int) -> Failures:
    if run_id in ALL_FAILURES:
        return dict(ALL_FAILURES[run_id])
    pair = pair_of(run_id)
    failures = known_failures(platform_of(run_id), _era_of(pair))
    if stories.CHANGED_MASTER_LINUX <= run_id < stories.CORRECTED_MASTER_LINUX:
        failures[stories.CORRECTED_BASELINE_TEST] = Failure(Outcome.DIFFERS, CORRECT)
    if is_recent(run_id, runs):
        failures[FAILING_SINCE_TEST] = Failure(Outcome.DIFFERS, "since")
    if _is_fixed(run_id):
        return failures | FAILURES_OF_PAIR.get(pair, {}) | FAILURES_OF_RUN.get(run_id, {})
    return failures | everyday.failures_by_chance(run_id, kind, seed)
