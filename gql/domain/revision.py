"""One commit on all its platforms: its status, and what differs between them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from gql.domain.failure import FailureKind, failure_kind_of
from gql.domain.status import FAILURES, WITH_RESULT, RunStatus, SampleStatus

_WORST_FIRST = (
    RunStatus.FAIL,
    RunStatus.ERROR,
    RunStatus.INCOMPLETE,
    RunStatus.CANCELED,
    RunStatus.RUNNING,
    RunStatus.QUEUED,
    RunStatus.PASS,
)


def worst_status(statuses: Iterable[RunStatus]) -> RunStatus:
    """The status of a revision whose latest runs on its platforms have these statuses."""
    return min(statuses, key=_WORST_FIRST.index)


class _Sample(Protocol):
    @property
    def regression_id(self) -> int: ...

    @property
    def status(self) -> SampleStatus: ...

    @property
    def exit_code(self) -> int | None: ...

    @property
    def expected_exit_code(self) -> int | None: ...


S = TypeVar("S", bound=_Sample)


def platform_differences(samples: Iterable[Iterable[S]]) -> Mapping[int, list[S]]:
    """The samples of each test that passes in one run and fails in another, or fails otherwise.

    `samples` are those of one run for each platform; they keep this order, and only those with a
    result count. The tests are in the order of their ids.
    """
    by_test: dict[int, list[S]] = defaultdict(list)
    for of_run in samples:
        for sample in of_run:
            if sample.status in WITH_RESULT:
                by_test[sample.regression_id].append(sample)
    return {
        test: of_test
        for test, of_test in sorted(by_test.items())
        if len({_outcome(sample) for sample in of_test}) > 1
    }


def _outcome(sample: _Sample) -> FailureKind | None:
    return failure_kind_of(sample) if sample.status in FAILURES else None
