"""The latest completed run of a branch of the main repository."""

from typing import Any

from sqlalchemy import Select, bindparam, select

from gql.database.tables import Platform, Test
from gql.domain.base_selection import is_commit_of_main_repository
from gql.domain.status import RUNS, LatestProgress
from gql.loaders.run_summary import RunSummaryByRunIdLoader, RunSummaryRow
from gql.request.context import Context


async def summary_of_latest_run(
    context: Context, platform: Platform, branch: str
) -> RunSummaryRow | None:
    """The summary of that run, or None if there is no such run."""
    snapshot = context.snapshot_for_lists()
    parameters = {"platform": platform, "branch": branch}
    runs = await snapshot.prepared_rows(parameters, _latest_completed_run)
    return await context.load(RunSummaryByRunIdLoader, runs[0].id) if runs else None


def _latest_completed_run() -> Select[*tuple[Any, ...]]:
    return (
        select(Test.id)
        .select_from(RUNS)
        .where(
            is_commit_of_main_repository,
            Test.platform == bindparam("platform", required=False, type_=Test.platform.type),
            Test.branch == bindparam("branch", required=False, type_=Test.branch.type),
            LatestProgress.status == "completed",
        )
        .order_by(Test.id.desc())
        .limit(1)
    )
