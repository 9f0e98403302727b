"""The statuses of samples and runs, counted in Python from sets of ids.

A statement would look up every output of every sample; sets of what a run has take a tenth of the
time. The rules are those of `gql.domain.status`.
"""

from collections import Counter
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any, TypeVar

from gql.domain.status import (
    FAILURES,
    RunStatus,
    SampleStatus,
    first_branch,
    run_branches,
    sample_branches,
)

T = TypeVar("T")


def tests_of_run(
    results: AbstractSet[Any],
    customized: AbstractSet[Any],
    *,
    tests: AbstractSet[Any],
    active: AbstractSet[Any],
    is_finished: bool,
) -> AbstractSet[Any]:
    """The tests that have a sample in a run, of those that exist: the rule of `is_in_run`."""
    chosen = customized or (set() if is_finished else active)
    return (chosen | results) & tests


class StatusCounts(Counter[SampleStatus]):
    """How many samples have each status, from the ids of those for which something holds.

    What takes a statement a lookup for every output of every sample, sets of what a run has
    give in a tenth of the time.
    """

    def __init__(
        self,
        state: str | None,
        *,
        results: AbstractSet[Any],
        without_result: AbstractSet[Any],
        lacking_output: AbstractSet[Any],
        exit_differing: AbstractSet[Any],
        output_differing: AbstractSet[Any],
    ) -> None:
        super().__init__()
        self.results = len(results)

        wrong = results & (lacking_output | exit_differing | output_differing)
        facts = Counter(
            (test in lacking_output, test in exit_differing, test in output_differing)
            for test in wrong
        )
        facts[False, False, False] += len(results) - len(wrong)
        for (lacks_output, exit_differs, output_differs), number in facts.items():
            status = _status_of_facts(
                state,
                has_no_result=False,
                lacks_output=lacks_output,
                exit_differs=exit_differs,
                output_differs=output_differs,
            )
            self[status] += number
        self[_status_of_facts(state, has_no_result=True)] += len(without_result)


def statuses_of_tests(
    state: str | None,
    *,
    results: AbstractSet[T],
    without_result: AbstractSet[T],
    lacking_output: AbstractSet[T],
    exit_differing: AbstractSet[T],
    output_differing: AbstractSet[T],
) -> dict[T, SampleStatus]:
    """The status of each test in a run, from the same sets."""
    statuses = dict.fromkeys(without_result, _status_of_facts(state, has_no_result=True))
    statuses |= dict.fromkeys(results, _status_of_facts(state, has_no_result=False))
    for test in results & (lacking_output | exit_differing | output_differing):
        statuses[test] = _status_of_facts(
            state,
            has_no_result=False,
            lacks_output=test in lacking_output,
            exit_differs=test in exit_differing,
            output_differs=test in output_differing,
        )
    return statuses


@lru_cache
def _status_of_facts(
    state: str | None,
    *,
    has_no_result: bool,
    lacks_output: bool = False,
    exit_differs: bool = False,
    output_differs: bool = False,
) -> SampleStatus:
    branches = sample_branches(
        state,
        has_no_result=has_no_result,
        lacks_output=lacks_output,
        exit_differs=exit_differs,
        output_differs=output_differs,
    )
    return first_branch(branches, SampleStatus.PASS)


def status_of_counts(state: str | None, counts: StatusCounts) -> RunStatus:
    """The status of a run in a state whose samples have these statuses."""
    branches = run_branches(
        state,
        has_no_results=not counts.results,
        has_failures=any(counts[status] for status in FAILURES),
        has_skipped=counts[SampleStatus.SKIPPED] > 0,
    )
    return first_branch(branches, RunStatus.PASS)
