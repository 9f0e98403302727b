"""The queries that REST and GraphQL share: from a context and arguments to rows.

A row has the attributes of the GraphQL type of its name. What is not found is None.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from gql.database.pagination import Page, Paging, growing_slices
from gql.database.tables import MAX_ID, CCExtractorVersion, Platform, Test
from gql.domain.base_selection import BaseSelection
from gql.domain.comparison import PASSED, ChangeVerdict, Outcome, verdict_of
from gql.domain.failure import Failure, Triage, triage_of
from gql.domain.failure_message import failure_message, skip_message
from gql.domain.github import commit_url, pull_request_url
from gql.domain.status import FAILURES, RUNS, WITH_RESULT, SampleStatus, status_today
from gql.errors import AmbiguousSample
from gql.loaders.base_run import BaseByRunIdLoader
from gql.loaders.category import CATEGORY, CategoryRow
from gql.loaders.failure import FailureBySampleLoader
from gql.loaders.fork import ForkByIdLoader
from gql.loaders.maintenance import IsPausedByPlatformLoader
from gql.loaders.names import sorted_by_name
from gql.loaders.occurrence import Occurrences, OccurrencesBySampleLoader
from gql.loaders.output import DiffersTodayBySampleLoader, OutputRow, OutputsBySampleLoader
from gql.loaders.release import RELEASE, ReleaseRow
from gql.loaders.revision import (
    RevisionRow,
    is_of_commit_of,
    revision_of_row,
    select_number_of_revisions,
    select_revisions,
)
from gql.loaders.run import RUN, RunByIdLoader, RunRow
from gql.loaders.sample import (
    SampleByRunAndRegressionIdLoader,
    SampleRow,
    SamplesByRunAndMediaIdLoader,
)
from gql.loaders.tag import TAG, TagRow, TagsByMediaIdLoader
from gql.loaders.triage import EarlierFailuresBySampleLoader
from gql.pacing import pause
from gql.request.context import Context

RUNS_SCANNED = 200
MAX_RELEASES = 100
FIRST_SCANNED = 25

# On two platforms, and restarted.
RUNS_OF_REVISION = 4


def needs_status(context: Context) -> bool:
    """Whether the operation may read the status of samples, which takes long to compute."""
    return context.needs.attribute("Sample", "status")


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
    is_wanted: Callable[[list[RunRow]], Awaitable[Sequence[bool]]] | None = None,
) -> Page[RunRow]:
    """A page of the runs that meet the conditions.

    With `is_wanted`, only of those that it chooses. Then a page looks at up to RUNS_SCANNED runs,
    and its cursor marks where it stopped.
    """
    if is_wanted is None:
        return paging.page(
            await _runs(context, paging, conditions, is_alone=context.needs.reads_ahead)
        )
    found: list[RunRow] = []
    position = paging
    for size in growing_slices(max(paging.limit, FIRST_SCANNED), RUNS_SCANNED):
        position = replace(position, limit=size)
        runs = await _runs(context, position, conditions)
        wanted = await is_wanted(runs[:size])
        found += [run for run, is_one in zip(runs, wanted, strict=False) if is_one]
        if len(runs) <= size:
            return paging.page(found)
        horizon = runs[size - 1].id
        if len(found) > paging.limit:
            break
        position = position.beyond(horizon)
    return paging.page(found, horizon)


async def _runs(
    context: Context,
    paging: Paging,
    conditions: Sequence[ColumnElement[bool]],
    *,
    is_alone: bool = False,
) -> list[RunRow]:
    snapshot = context.snapshot_for_lists()
    if conditions:
        found = select(Test.id).select_from(RUNS).where(*conditions)
        return await snapshot.rows(paging.select_found(found, RUN))
    return await snapshot.prepared_rows(
        paging.parameters, _pages_of_runs, paging.shape, is_alone=is_alone
    )


def _pages_of_runs(paging: Paging) -> Select[*tuple[Any, ...]]:
    return paging.select(RUN)


async def count_runs(context: Context, conditions: Sequence[ColumnElement[bool]]) -> int:
    """How many runs meet the conditions."""
    return await context.snapshot_for_lists().count(
        select(func.count()).select_from(RUNS).where(*conditions)
    )


async def page_of_revisions(
    context: Context,
    paging: Paging,
    conditions: Sequence[ColumnElement[bool]],
    of_a_run: Sequence[ColumnElement[bool]] = (),
    *,
    of_few_runs: bool = False,
) -> Page[RevisionRow]:
    """A page of the revisions that meet the conditions, and of which a run meets the others.

    `of_few_runs` is whether few runs meet the conditions.
    """
    snapshot = context.snapshot_for_lists()
    if not of_few_runs and not paging.backward and paging.before is None:
        # Grouping all runs takes long, and the newest ones mostly have the page.
        first = _first_of_newest_runs(paging, conditions, of_a_run)
        last = paging.after[0] - 1 if paging.after else MAX_ID
        newest = select_revisions([*conditions, is_of_commit_of(first, last)], of_a_run)
        rows = await snapshot.rows(paging.select(newest.add_columns(first.label("first_run"))))
        is_page = len(rows) > paging.limit and rows[paging.limit].newest_id >= rows[0].first_run
        if is_page or (rows and not rows[0].first_run):
            return paging.page([revision_of_row(row) for row in rows])
    rows = await snapshot.rows(paging.select(select_revisions(conditions, of_a_run)))
    return paging.page([revision_of_row(row) for row in rows])


def _first_of_newest_runs(
    paging: Paging,
    conditions: Sequence[ColumnElement[bool]],
    of_a_run: Sequence[ColumnElement[bool]],
) -> ColumnElement[int]:
    """The oldest of the newest runs that likely have a page of revisions; 0 if they are all."""
    number = (paging.limit + 1) * (RUNS_OF_REVISION if not of_a_run else 4 * RUNS_OF_REVISION)
    runs = select(Test.id).where(*conditions).order_by(Test.id.desc()).offset(number).limit(1)
    if paging.after:
        runs = runs.where(Test.id < paging.after[0])
    return func.coalesce(runs.correlate(None).scalar_subquery(), 0)


async def count_revisions(
    context: Context,
    conditions: Sequence[ColumnElement[bool]],
    of_a_run: Sequence[ColumnElement[bool]] = (),
) -> int:
    """How many revisions meet the conditions."""
    return await context.snapshot_for_lists().count(
        select_number_of_revisions(conditions, of_a_run)
    )


async def run_url(context: Context, run: RunRow) -> str | None:
    """The URL of the pull request or the commit that a run tested."""
    if run.pull_request is not None:
        return pull_request_url(run.pull_request)
    fork = await context.load(ForkByIdLoader, run.fork_id) if run.fork_id is not None else None
    if fork is None or not fork.clone_url or not run.commit:
        return None
    return commit_url(fork.clone_url, run.commit)


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


async def result_messages_of(context: Context, samples: Sequence[SampleRow]) -> list[str | None]:
    """Why each sample failed or was skipped; None for the many that did neither."""
    failed = [each for each in samples if each.status in FAILURES]
    skipped = [each for each in samples if each.status is SampleStatus.SKIPPED]
    keys = [(each.run_id, each.regression_id) for each in failed]
    outputs = await context.load_many(OutputsBySampleLoader, keys)
    runs = await context.load_many(RunByIdLoader, [each.run_id for each in skipped])
    messages: dict[tuple[int, int], str | None] = {}
    for sample, its_outputs in zip(failed, outputs, strict=True):
        await pause()
        messages[sample.run_id, sample.regression_id] = failure_message(sample, its_outputs)
    for sample, run in zip(skipped, runs, strict=True):
        message = None if run is None else skip_message(run)
        messages[sample.run_id, sample.regression_id] = message
    return [messages.get((each.run_id, each.regression_id)) for each in samples]


def failure_fingerprint(context: Context, sample: SampleRow) -> Awaitable[str | None] | None:
    """The fingerprint of a sample's failure; None, not awaitable, unless it failed."""
    return _failure_fingerprint(context, sample) if sample.status in FAILURES else None


async def _failure_fingerprint(context: Context, sample: SampleRow) -> str | None:
    failure = await context.load(FailureBySampleLoader, (sample.run_id, sample.regression_id))
    return _fingerprint(failure)


def _fingerprint(failure: Failure | None) -> str | None:
    return None if failure is None else failure.fingerprint


async def verdict_of_sample(
    context: Context, sample: SampleRow, against: BaseSelection
) -> ChangeVerdict | None:
    """The verdict of a sample against the base that is picked for its run."""
    base = await context.load(BaseByRunIdLoader, (sample.run_id, against))
    other = None
    if base is not None:
        key = (base.run.id, sample.regression_id)
        other = await context.load(SampleByRunAndRegressionIdLoader, key)
    if other is None or other.status not in FAILURES or sample.status not in FAILURES:
        return verdict_of(_outcome(sample), _outcome(other))
    keys = [(each.run_id, each.regression_id) for each in (sample, other)]
    head, before = await context.load_many(FailureBySampleLoader, keys)
    return verdict_of(_fingerprint(head), _fingerprint(before))


async def triage_of_sample(context: Context, sample: SampleRow, last: int) -> Triage | None:
    """What the last results before a sample say of its failure; None unless it fails."""
    if sample.status not in FAILURES:
        return None
    key = (sample.run_id, sample.regression_id, last)
    return triage_of(await context.load(EarlierFailuresBySampleLoader, key))


async def occurrences_of_sample(
    context: Context, sample: SampleRow, last: int
) -> Occurrences | None:
    """Where else the failure of a sample occurs in the last runs; None unless it fails."""
    if sample.status not in FAILURES:
        return None
    key = (sample.run_id, sample.regression_id, last)
    return await context.load(OccurrencesBySampleLoader, key)


def status_today_of(context: Context, sample: SampleRow) -> Awaitable[SampleStatus] | SampleStatus:
    """The status of a sample by today's baselines; not awaitable if it has no result."""
    return _status_today_of(context, sample) if sample.status in WITH_RESULT else sample.status


async def _status_today_of(context: Context, sample: SampleRow) -> SampleStatus:
    key = (sample.run_id, sample.regression_id)
    differs = await context.load(DiffersTodayBySampleLoader, key)
    return status_today(sample, output_differs=differs)


def _outcome(sample: SampleRow | None) -> Outcome | None:
    """The outcome of a sample; any text of one that failed."""
    if sample is None or sample.status not in WITH_RESULT:
        return None
    return PASSED if sample.status is SampleStatus.PASS else str(sample.status)


async def all_categories(context: Context) -> list[CategoryRow]:
    """All categories, by name."""
    return sorted_by_name(await context.snapshot_for_lists().rows(CATEGORY))


async def newest_releases(context: Context) -> list[ReleaseRow]:
    """The newest releases, the latest first."""
    newest = RELEASE.order_by(CCExtractorVersion.id.desc()).limit(MAX_RELEASES)
    releases = await context.snapshot_for_lists().rows(newest)
    return sorted(
        releases, key=lambda release: (release.released_at or date.min, release.id), reverse=True
    )


async def is_paused(context: Context, platform: Platform | None) -> bool | None:
    """Whether the queue of a platform, or of all, is paused; None if the platform does not say."""
    platforms = list(Platform) if platform is None else [platform]
    paused = await context.load_many(IsPausedByPlatformLoader, map(str, platforms))
    return None if None in paused else all(paused)


async def all_tags(context: Context) -> list[TagRow]:
    """All tags, by name."""
    return sorted_by_name(await context.snapshot_for_lists().rows(TAG))
