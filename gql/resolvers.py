"""The questions that both faces ask: given a context and arguments, they give rows.

A row's attributes are those of the GraphQL type of its name; what is not found is None.
"""

from typing import Any

from sqlalchemy import func, select

from gql.code_host import commit_page, pull_request_page
from gql.context import Context
from gql.errors import AmbiguousSample
from gql.loaders.media import TAG, TagsByMediaIdLoader
from gql.loaders.regression_test import CATEGORY
from gql.loaders.run import RUN, ForkByIdLoader, RunByIdLoader
from gql.loaders.sample import (
    OutputsBySampleLoader,
    SampleByIdsLoader,
    SamplesByRunAndMediaIdLoader,
)
from gql.pagination import Page, Paging
from gql.result_message import result_message
from gql.status import FAILURES, SampleStatus
from gql.tables import Test


async def page_of_runs(context: Context, paging: Paging) -> Page:
    return paging.page(await context.snapshot.rows(paging.select(RUN)))


async def count_runs(context: Context) -> int:
    return await context.snapshot.count(select(func.count()).select_from(Test))


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


async def message_of(context: Context, sample: Any) -> str | None:
    """Why a sample failed or was skipped."""
    failed = sample.status in FAILURES
    skipped = sample.status is SampleStatus.SKIPPED
    return result_message(
        sample,
        outputs=await outputs_of(context, sample) if failed else [],
        run=await context.load(RunByIdLoader, sample.run_id) if skipped else None,
    )


async def all_categories(context: Context) -> list[Any]:
    return await context.snapshot.rows(CATEGORY)


async def all_tags(context: Context) -> list[Any]:
    return await context.snapshot.rows(TAG)
