"""Comparisons of two runs, test by test."""

from collections.abc import Mapping

from gql.database import Snapshot
from gql.domain.comparison import PASSED, Comparison, RunResults
from gql.domain.failure import Failure
from gql.domain.status import WITH_RESULT
from gql.loaders.base import Loader, Scope
from gql.loaders.failure import FailuresByRunIdLoader
from gql.loaders.sample import SampleRow, SamplesByRunIdLoader
from gql.pacing import pause


class ComparisonByRunIdsLoader(Loader[tuple[int, int | None], Comparison[SampleRow]]):
    """Loads the comparison of two runs by the ids of head and base; the base may be None.

    Two statements, however many comparisons: one for samples, and one for failures.
    """

    scope = Scope.RUN

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot)
        self._samples = SamplesByRunIdLoader(snapshot)
        self._failures = FailuresByRunIdLoader(snapshot)
        self._results: dict[int, RunResults[SampleRow]] = {}

    async def read(
        self, keys: list[tuple[int, int | None]]
    ) -> dict[tuple[int, int | None], Comparison[SampleRow]]:
        ids = {run_id for key in keys for run_id in key if run_id is not None}
        new = sorted(ids - self._results.keys())
        samples = await self._samples.load_many(new)
        failures = await self._failures.load_many(new)
        for run_id, its_samples, its_failures in zip(new, samples, failures, strict=True):
            await pause()
            self._results[run_id] = _run_results(its_samples, its_failures)
        comparisons = {}
        for head, base in keys:
            await pause()
            comparisons[head, base] = Comparison(
                self._results[head], None if base is None else self._results[base]
            )
        return comparisons


def _run_results(
    samples: list[SampleRow], failures: Mapping[int, Failure]
) -> RunResults[SampleRow]:
    fingerprints = {test: failure.fingerprint for test, failure in failures.items()}
    return RunResults(
        samples={sample.regression_id: sample for sample in samples},
        outcomes={
            sample.regression_id: fingerprints.get(sample.regression_id, PASSED)
            for sample in samples
            if sample.status in WITH_RESULT
        },
    )
