"""The queries that REST and GraphQL share: from a context and arguments to rows.

A row has the attributes of the GraphQL type of its name. What is not found is None.
"""

from collections.abc import Awaitable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from gql.database.pagination import Page, Paging
from gql.database.tables import Test
from gql.domain.failure import failure_message, fingerprint, skip_message
from gql.domain.github import commit_url, pull_request_url
from gql.domain.status import FAILURES, RUNS, SampleStatus
from gql.errors import AmbiguousSample
from gql.loaders.category import CATEGORY, CategoryRow
from gql.loaders.fork import ForkByIdLoader
from gql.loaders.output import (
    OutputRow,
    OutputsBySampleLoader,
    ReportedOutputsBySampleLoader,
    defects_of,
)
from gql.loaders.run import RUN, RunByIdLoader, RunRow
from gql.loaders.sample import (
    SampleByRunAndRegressionIdLoader,
    SampleRow,
    SamplesByRunAndMediaIdLoader,
)
from gql.loaders.tag import TAG, TagRow, TagsByMediaIdLoader
from gql.request.context import Context

RUNS_SCANNED = 200


async def page_of(
    context: Context, statement: Select[*tuple[Any, ...]], paging: Paging
) -> Page[Any]:
    """A page of a statement's rows."""
    return paging.page(await context.snapshot_for_lists().rows(paging.select(statement)))


async def count_of(context: Context, statement: Select[*tuple[Any, ...]]) -> int:
    """How many rows the statement has, without reading them."""
    return await context.snapshot_for_lists().count(
        statement.with_only_columns(func.count(), maintain_column_froms=True)
    )


async def page_of_runs(
    context: Context,
    paging: Paging,
    conditions: Sequence[ColumnElement[bool]],
    derived_conditions: Sequence[ColumnElement[bool]],
) -> Page[RunRow]:
    """A page of the runs that meet the conditions.

    Derived conditions read a run's progress or all its results. With derived conditions a page
    scans up to RUNS_SCANNED runs, and its cursor marks where the scan stopped.
    """
    if not conditions and not derived_conditions:
        statement = _pages_of_runs(paging.shape)
        return paging.page(
            await context.snapshot_for_lists().prepared_rows(statement, paging.parameters)
        )
    horizon = None
    if derived_conditions:
        runs = select(Test.id).select_from(RUNS).where(*conditions)
        ends = await context.snapshot_for_lists().rows(paging.select_horizon(runs, RUNS_SCANNED))
        horizon = ends[0].id if len(ends) > 1 else None
    statement = RUN.where(*conditions, *derived_conditions)
    rows = await context.snapshot_for_lists().rows(paging.select(statement, horizon))
    return paging.page(rows, horizon)


@cache
def _pages_of_runs(paging: Paging) -> Select[*tuple[Any, ...]]:
    return paging.select(RUN)


async def count_runs(context: Context, conditions: Sequence[ColumnElement[bool]]) -> int:
    """How many runs meet the conditions."""
    return await context.snapshot_for_lists().count(
        select(func.count()).select_from(RUNS).where(*conditions)
    )


async def run_url(context: Context, run: RunRow) -> str | None:
    """The URL of the pull request or the commit that a run tested."""
    if run.pull_request is not None:
        return pull_request_url(run.pull_request)
    fork = await context.load(ForkByIdLoader, run.fork_id) if run.fork_id is not None else None
    return commit_url(fork.clone_url, run.commit) if fork and fork.clone_url else None


async def sample_by_media(context: Context, run_id: int, media_id: int) -> SampleRow | None:
    """The one sample of a run that reads a media file.

    Raises AmbiguousSample if several samples do.
    """
    samples = await context.load(SamplesByRunAndMediaIdLoader, (run_id, media_id))
    if len(samples) > 1:
        raise AmbiguousSample(
            run_id=run_id,
            media_id=media_id,
            regression_ids=[sample.regression_id for sample in samples],
        )
    return samples[0] if samples else None


async def sample_by_either_id(context: Context, run_id: int, sample_id: int) -> SampleRow | None:
    """The sample of a run with that regression id, else the one that reads that media file.

    Raises AmbiguousSample if several samples read the file.
    """
    sample = await context.load(SampleByRunAndRegressionIdLoader, (run_id, sample_id))
    return sample or await sample_by_media(context, run_id, sample_id)


async def outputs_of(context: Context, sample: SampleRow) -> list[OutputRow]:
    """The outputs of a sample, by id."""
    return await context.load(OutputsBySampleLoader, (sample.run_id, sample.regression_id))


async def tags_of(context: Context, sample: SampleRow) -> list[TagRow]:
    """The tags of the media file that a sample's test reads, by name."""
    if sample.sample_id is None:
        return []
    return await context.load(TagsByMediaIdLoader, sample.sample_id)


def result_message_of(context: Context, sample: SampleRow) -> Awaitable[str | None] | None:
    """Why a sample failed or was skipped; None, not awaitable, for the many that did neither."""
    if sample.status in FAILURES or sample.status is SampleStatus.SKIPPED:
        return _result_message_of(context, sample)
    return None


async def _result_message_of(context: Context, sample: SampleRow) -> str | None:
    if sample.status is SampleStatus.SKIPPED:
        run = await context.load(RunByIdLoader, sample.run_id)
        return None if run is None else skip_message(run)
    return failure_message(sample, await outputs_of(context, sample))


def failure_fingerprint(context: Context, sample: SampleRow) -> Awaitable[str | None] | None:
    """The fingerprint of a sample's failure; None, not awaitable, unless it failed."""
    return _failure_fingerprint(context, sample) if sample.status in FAILURES else None


async def _failure_fingerprint(context: Context, sample: SampleRow) -> str | None:
    key = (sample.run_id, sample.regression_id)
    outputs = await context.load(ReportedOutputsBySampleLoader, key)
    return fingerprint(sample, defects_of(outputs))


async def all_categories(context: Context) -> list[CategoryRow]:
    """All categories, by name."""
    return await context.snapshot_for_lists().rows(CATEGORY)


async def all_tags(context: Context) -> list[TagRow]:
    """All tags, by name."""
    return await context.snapshot_for_lists().rows(TAG)
