"""Comparisons of two runs, test by test."""

from collections import defaultdict

from gql.database import Snapshot
from gql.domain.comparison import PASSED, Comparison, RunResults
from gql.domain.failure import failure_of
from gql.domain.status import WITH_RESULT, SampleStatus
from gql.loaders.base import Loader, Scope
from gql.loaders.output import (
    ReportedOutputRow,
    ReportedOutputsByRunIdLoader,
    defects_of,
    produced_hashes_of,
)
from gql.loaders.sample import SampleRow, SamplesByRunIdLoader
from gql.pacing import pause


class ComparisonByRunIdsLoader(Loader[tuple[int, int | None], Comparison[SampleRow]]):
    """Loads the comparison of two runs by the ids of head and base; the base may be None.

    Two statements, however many comparisons: one for samples, and one for outputs.
    """

    scope = Scope.RUN

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot)
        self._samples = SamplesByRunIdLoader(snapshot)
        self._outputs = ReportedOutputsByRunIdLoader(snapshot)
        self._results: dict[int, RunResults[SampleRow]] = {}

    async def read(
        self, keys: list[tuple[int, int | None]]
    ) -> dict[tuple[int, int | None], Comparison[SampleRow]]:
        ids = {run_id for key in keys for run_id in key if run_id is not None}
        new = sorted(ids - self._results.keys())
        samples = await self._samples.load_many(new)
        outputs = await self._outputs.load_many(new)
        for run_id, its_samples, its_outputs in zip(new, samples, outputs, strict=True):
            await pause()
            self._results[run_id] = _run_results(its_samples, its_outputs)
        comparisons = {}
        for head, base in keys:
            await pause()
            comparisons[head, base] = Comparison(
                self._results[head], None if base is None else self._results[base]
            )
        return comparisons


def _run_results(
    samples: list[SampleRow], outputs: list[ReportedOutputRow]
) -> RunResults[SampleRow]:
    outputs_of: dict[int, list[ReportedOutputRow]] = defaultdict(list)
    for output in outputs:
        outputs_of[output.regression_id].append(output)
    return RunResults(
        samples={sample.regression_id: sample for sample in samples},
        outcomes={
            sample.regression_id: PASSED
            if sample.status is SampleStatus.PASS
            else failure_of(sample, defects_of(outputs_of[sample.regression_id])).fingerprint
            for sample in samples
            if sample.status in WITH_RESULT
        },
        produced={test: produced_hashes_of(each) for test, each in outputs_of.items()},
    )
