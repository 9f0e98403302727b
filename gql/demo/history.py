"""Which runs there were, and how each test ended in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from random import Random
from typing import Final, NamedTuple

from gql.database.tables import Platform
from gql.demo import stories
from gql.demo.catalogue import digest
from gql.demo.people import CONTRIBUTIONS, MAIN_FORK
from gql.demo.stories import FAILURE_OF, Failures, Outcome, pair_of, platform_of


class State(Enum):
    """How far a run has come: the statuses that its worker reported, in words."""

    QUEUED = ""
    PREPARING = "preparation"
    TESTING = "preparation testing"
    COMPLETED = "preparation testing completed"
    CANCELED = "preparation testing canceled"


class Change(NamedTuple):
    """What a run tests."""

    owner: str
    branch: str
    commit: str
    pr_nr: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    id: int
    platform: Platform
    change: Change
    queued_at: datetime
    state: State
    outcomes: dict[int, Outcome]
    """By regression test, of those that have a result."""
    customized: tuple[int, ...]

    @property
    def unfinished(self) -> int | None:
        """The test that has reported its outputs but not yet its result."""
        return max(self.outcomes) + 1 if self.state is State.TESTING else None


_LAST_FIXED_PAIR: Final = stories.LAST_FIXED_RUN // 2

_FIRST: Final = datetime(2023, 8, 14, 9, 30, tzinfo=UTC)
_JULY_2026: Final = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
_LAST: Final = datetime(2026, 7, 31, 17, 0, tzinfo=UTC)

_CANCELED_SHARE: Final = 0.04


def randomness(*parts: object) -> Random:
    """The same numbers for the same parts, whatever else is generated."""
    return Random(":".join(map(str, parts)))  # noqa: S311 - made-up data, no secrets


def history(runs: int, seed: int) -> Iterator[Run]:
    """All runs, oldest first: what a run tests and finds depends on its id and the seed only."""
    testing, preparing, queued = stories.live_runs(runs)
    known_states = {
        stories.CANCELED_RUN: State.CANCELED,
        testing: State.TESTING,
        preparing: State.PREPARING,
        queued: State.QUEUED,
    }
    for run_id in range(1, runs + 1):
        state = known_states.get(run_id) or _state(run_id, seed)
        failures = _failures(run_id, seed)
        yield Run(
            id=run_id,
            platform=platform_of(run_id),
            change=_change(pair_of(run_id), seed),
            queued_at=_queued_at(run_id, runs),
            state=state,
            outcomes={
                test_id: failures.get(test_id, Outcome.PASSES)
                for test_id in _finished_tests(run_id, state)
            },
            customized=stories.CUSTOMIZED.get(run_id, ()),
        )


def _is_fixed(pair: int) -> bool:
    return pair <= _LAST_FIXED_PAIR


def _is_pull_request(pair: int) -> bool:
    return pair in stories.PAIRS_OF_PULL_REQUESTS if _is_fixed(pair) else pair % 3 == 0


def _is_flaky_test_failing(pair: int) -> bool:
    return pair in stories.PAIRS_WITH_FLAKY_FAILURE if _is_fixed(pair) else pair % 3 > 1


def _change(pair: int, seed: int) -> Change:
    commit = digest("commit", seed, pair)[:40]
    if _is_pull_request(pair):
        owner, branch = CONTRIBUTIONS[pair % len(CONTRIBUTIONS)]
        return Change(owner, branch, commit, pr_nr=1550 + pair)
    return Change(MAIN_FORK, "master", commit)


def _queued_at(run_id: int, runs: int) -> datetime:
    """The fixed runs fill the years up to July 2026, all further ones that month."""
    finished = runs - len(stories.live_runs(runs))
    if run_id > finished:
        return _LAST + timedelta(minutes=10) * (run_id - finished)
    pair = pair_of(run_id)
    if _is_fixed(pair):
        moment = _FIRST + (_JULY_2026 - _FIRST) * (pair - 1) / (_LAST_FIXED_PAIR - 1)
    else:
        share = (pair - _LAST_FIXED_PAIR) / (pair_of(runs) - _LAST_FIXED_PAIR)
        moment = _JULY_2026 + (_LAST - _JULY_2026) * share
    delay = timedelta(seconds=0 if platform_of(run_id) is Platform.LINUX else 20)
    return moment.replace(microsecond=0) + delay


def _state(run_id: int, seed: int) -> State:
    chance = randomness(seed, "state", run_id).random()
    is_canceled = not _is_fixed(pair_of(run_id)) and chance < _CANCELED_SHARE
    return State.CANCELED if is_canceled else State.COMPLETED


def _finished_tests(run_id: int, state: State) -> list[int]:
    if state in (State.QUEUED, State.PREPARING):
        return []
    if run_id in stories.CUT_SHORT:
        return list(stories.CUT_SHORT[run_id])
    tests = sorted(set(stories.CUSTOMIZED.get(run_id) or stories.suite_of(run_id)))
    return tests if state is State.COMPLETED else tests[: len(tests) // 2]


def _failures(run_id: int, seed: int) -> Failures:
    if run_id in stories.FAILURES:
        return stories.FAILURES[run_id]
    pair = pair_of(run_id)
    platform = platform_of(run_id)
    failures = stories.known_failures(platform)
    if platform is Platform.LINUX and _is_flaky_test_failing(pair):
        failures[stories.FLAKY_TEST] = Outcome.DIFFERS
    if _is_fixed(pair):
        return failures | stories.FAILURES_OF_PAIR.get(pair, {})
    if _is_pull_request(pair):
        failures |= _some_failures(randomness(seed, "pull request", pair), at_most=4)
    return failures | _some_failures(randomness(seed, "noise", run_id), at_most=2)


def _some_failures(random: Random, *, at_most: int) -> Failures:
    tests = random.sample(stories.STEADY_TESTS, k=random.randint(0, at_most))
    return {test_id: FAILURE_OF[test_id] for test_id in tests}
