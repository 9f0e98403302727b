"""Everyday runs: what they test, how they end and what fails in them, by chance.

What a run tests and finds depends on its id and the seed only.
"""

from enum import Enum, auto
from random import Random
from typing import Final

from gql.database.tables import Platform
from gql.demo.fixed_failures import STEADY_TESTS
from gql.demo.outcomes import Failure, Failures, Outcome, usual_failure
from gql.demo.people import CONTRIBUTORS
from gql.demo.steps import DUPLICATED, RESTARTED, WHOLE, Course, canceled
from gql.demo.stories import SHARED_FAULT, TESTS_BROKEN_BY_KIND, pair_of, platform_of

FIRST_PULL_REQUEST: Final = 1600
PAIRS_PER_ERA: Final = 20
UNSTEADY_TESTS: Final = STEADY_TESTS[7::40]
"""A few tests that fail by chance, and always leave the same bytes."""


class Kind(Enum):
    MASTER = auto()
    PULL_REQUEST = auto()
    FORK = auto()
    SINGLE_TEST = auto()


_DIED: Final = Course(WHOLE.steps, 60 / 237)
_COURSES: Final = (
    WHOLE,
    RESTARTED,
    _DIED,
    DUPLICATED,
    canceled("Tests canceled", 0.5),
    canceled("Could not complete test, time limit exceeded", 0.9),
)
_WEIGHTS: Final = (900, 12, 12, 6, 20, 12)
# Why a run is canceled before it begins.
_NOT_STARTED: Final = (
    "GCP operation timed out. The test will be retried automatically.",
    "VM creation failed (ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS): the zone lacks resources",
    "No build available: the workflow never ran for commit {commit}",
    "Cancelling tests as Github Action(s) failed",
    "PR closed",
)


def randomness(*parts: object) -> Random:
    """The same numbers for the same parts, whatever else is generated."""
    return Random(":".join(map(str, parts)))  # noqa: S311 - made-up data, no secrets


def kind_of(pair: int, seed: int) -> Kind:
    kinds = (Kind.MASTER, Kind.PULL_REQUEST, Kind.FORK, Kind.SINGLE_TEST)
    return randomness(seed, "kind", pair).choices(kinds, (42, 53, 3, 2))[0]


def pull_request_of(pair: int, seed: int) -> int:
    """The number of the pull request that a pair tests; it may have others before and after."""
    newest = FIRST_PULL_REQUEST + pair // 3
    return newest - randomness(seed, "push", pair).randrange(4)


def contributor_of(pair: int, seed: int) -> str:
    return randomness(seed, "contributor", pair).choice(CONTRIBUTORS)


def chosen_test_of(pair: int, seed: int) -> int:
    """The test that a maintainer runs on its own."""
    return randomness(seed, "chosen", pair).choice(STEADY_TESTS)


def course_of(run_id: int, kind: Kind, commit: str, seed: int) -> Course:
    random = randomness(seed, "course", run_id)
    if random.random() > 0.96:  # noqa: PLR2004
        messages = _NOT_STARTED if kind is Kind.PULL_REQUEST else _NOT_STARTED[:-1]
        return canceled(random.choice(messages).format(commit=commit[:7]), 0)
    return random.choices(_COURSES, _WEIGHTS)[0]


def failures_by_chance(run_id: int, kind: Kind, seed: int) -> Failures:
    """What fails in a run beside what fails on master all the time."""
    pair, platform = pair_of(run_id), platform_of(run_id)
    failures = _failures_of_era(pair, seed)
    if kind is Kind.PULL_REQUEST:
        failures |= _failures_of_pull_request(pull_request_of(pair, seed), pair, platform, seed)
    elif kind is Kind.FORK:
        tests = randomness(seed, "fork", pair).sample(STEADY_TESTS, 2)
        failures |= {test: usual_failure(test, f"fork {pair}") for test in tests}
    random = randomness(seed, "chance", run_id)
    for test in UNSTEADY_TESTS:
        if random.random() < 0.05:  # noqa: PLR2004
            failures[test] = random.choice(
                (Failure(Outcome.DIFFERS, "unsteady"), Failure(Outcome.TIMES_OUT))
            )
    return failures


def _failures_of_era(pair: int, seed: int) -> Failures:
    """What a change of master broke for a while: byte for byte the same in all runs on top."""
    era, age = divmod(pair, PAIRS_PER_ERA)
    random = randomness(seed, "era", era)
    failures: Failures = {}
    for test in random.sample(STEADY_TESTS, 3):
        begins, lasts = random.randrange(PAIRS_PER_ERA), random.randrange(2, 8)
        if begins <= age < begins + lasts:
            failures[test] = usual_failure(test, f"era {era}")
    return failures


def _failures_of_pull_request(number: int, pair: int, platform: Platform, seed: int) -> Failures:
    random = randomness(seed, "pull request", number)
    fault = f"pull request {number}"
    failures: Failures = {}
    for test in random.sample(STEADY_TESTS, random.choice((0, 0, 0, 1, 2, 2, 4))):
        manner = random.random()
        if manner < 0.7:  # noqa: PLR2004
            failures[test] = usual_failure(test, fault)
        elif manner < 0.8:  # noqa: PLR2004
            failures[test] = usual_failure(test, f"{fault} {pair}")
        elif manner < 0.9:  # noqa: PLR2004
            failures[test] = usual_failure(test, f"{fault} {platform}")
        elif platform is Platform.WINDOWS:
            failures[test] = Failure(Outcome.CRASHES)
    chance = random.random()
    if chance < 0.1:  # noqa: PLR2004
        failures[TESTS_BROKEN_BY_KIND[-1]] = Failure(Outcome.DIFFERS, SHARED_FAULT)
    elif chance < 0.2:  # noqa: PLR2004
        failures[20] = Failure(Outcome.DIFFERS, fault)
    return failures
