"""The questions that both faces ask: given a context and arguments, they give rows.

A row's attributes are those of the GraphQL type of its name; what is not found is None.
"""

from collections.abc import Awaitable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from gql.database.pagination import Page, Paging
from gql.database.tables import Test
from gql.domain.failure import failure_of, result_message
from gql.domain.github import commit_page, pull_request_page
from gql.domain.status import FAILURES, RUNS, SampleStatus
from gql.errors import AmbiguousSample
from gql.loaders.media import TAG, TagsByMediaIdLoader
from gql.loaders.regression_test import CATEGORY
from gql.loaders.run import RUN, ForkByIdLoader, RunByIdLoader
from gql.loaders.sample import (
    OutputsBySampleLoader,
    SampleByIdsLoader,
    SamplesByRunAndMediaIdLoader,
)
from gql.request.context import Context

RUNS_SCANNED = 200


async def page_of(context: Context, statement: Select[*tuple[Any, ...]], paging: Paging) -> Page:
    return paging.page(await context.lists().rows(paging.select(statement)))


async def count_of(context: Context, statement: Select[*tuple[Any, ...]]) -> int:
    """How many rows the statement has, without reading them."""
    return await context.lists().count(
        statement.with_only_columns(func.count(), maintain_column_froms=True)
    )


async def page_of_runs(
    context: Context,
    paging: Paging,
    conditions: Sequence[ColumnElement[bool]],
    derived_conditions: Sequence[ColumnElement[bool]],
) -> Page:
    """A page of the runs that meet the conditions.

    Derived conditions take reading a run's progress or all its results: with any, a page
    looks at RUNS_SCANNED runs at most, and its cursor tells how far it came.
    """
    if not conditions and not derived_conditions:
        statement = _pages_of_runs(paging.shape)
        return paging.page(await context.lists().prepared_rows(statement, paging.parameters))
    horizon = None
    if derived_conditions:
        runs = select(Test.id).select_from(RUNS).where(*conditions)
        ends = await context.lists().rows(paging.select_horizon(runs, RUNS_SCANNED))
        horizon = ends[0].id if len(ends) > 1 else None
    statement = RUN.where(*conditions, *derived_conditions)
    rows = await context.lists().rows(paging.select(statement, horizon))
    return paging.page(rows, horizon)


@cache
def _pages_of_runs(paging: Paging) -> Select[*tuple[Any, ...]]:
    return paging.select(RUN)


async def count_runs(context: Context, conditions: Sequence[ColumnElement[bool]]) -> int:
    return await context.lists().count(select(func.count()).select_from(RUNS).where(*conditions))


async def run_page_url(context: Context, run: Any) -> str | None:
    """The pull request or the commit that a run tested, on the code host."""
    if run.pull_request is not None:
        return pull_request_page(run.pull_request)
    fork = await context.load(ForkByIdLoader, run.fork_id) if run.fork_id is not None else None
    return commit_page(fork.clone_url, run.commit) if fork and fork.clone_url else None


async def sample_by_media(context: Context, run_id: int, media_id: int) -> Any:
    """The one sample of a run that reads a media file.

    Raises AmbiguousSample where several do.
    """
    samples = await context.load(SamplesByRunAndMediaIdLoader, (run_id, media_id))
    if len(samples) > 1:
        raise AmbiguousSample(
            run_id=run_id,
            media_id=media_id,
            regression_ids=[sample.regression_id for sample in samples],
        )
    return samples[0] if samples else None


async def sample_by_either_id(context: Context, run_id: int, sample_id: int) -> Any:
    """The sample of a run with that regression id, else the one that reads that media file.

    Raises AmbiguousSample where several samples read the file.
    """
    sample = await context.load(SampleByIdsLoader, (run_id, sample_id))
    return sample or await sample_by_media(context, run_id, sample_id)


async def outputs_of(context: Context, sample: Any) -> list[Any]:
    return await context.load(OutputsBySampleLoader, (sample.run_id, sample.regression_id))


async def tags_of(context: Context, sample: Any) -> list[Any]:
    """The tags of the media file that a sample's test reads, by name."""
    if sample.sample_id is None:
        return []
    return await context.load(TagsByMediaIdLoader, sample.sample_id)


def message_of(context: Context, sample: Any) -> Awaitable[str | None] | None:
    """Why a sample failed or was skipped; None at once for the many that did neither."""
    if sample.status in FAILURES or sample.status is SampleStatus.SKIPPED:
        return _message_of(context, sample)
    return None


async def _message_of(context: Context, sample: Any) -> str | None:
    skipped = sample.status is SampleStatus.SKIPPED
    return result_message(
        sample,
        outputs=[] if skipped else await outputs_of(context, sample),
        run=await context.load(RunByIdLoader, sample.run_id) if skipped else None,
    )


def failure_signature_of(context: Context, sample: Any) -> Awaitable[str | None] | None:
    """What a sample fails by, alike in every run that fails so; None at once if it does not."""
    return _signature_of(context, sample) if sample.status in FAILURES else None


async def _signature_of(context: Context, sample: Any) -> str | None:
    failure = failure_of(sample, await outputs_of(context, sample))
    return failure.signature if failure else None


async def all_categories(context: Context) -> list[Any]:
    return await context.lists().rows(CATEGORY)


async def all_tags(context: Context) -> list[Any]:
    return await context.lists().rows(TAG)
