"""The questions that `make scale` asks: those of the cookbook, and a list for each filter."""

from dataclasses import dataclass

from sqlalchemy import URL, select
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import aliased

from gql.database.tables import Test, TestProgress
from gql.demo import FLAKY_TEST
from gql.domain.github import MAIN_REPOSITORY_NAME
from gql.domain.status import RUNS, LatestProgress
from tests.docs.test_cookbook import COOKBOOK


@dataclass(frozen=True, slots=True)
class Newest:
    """What filters ask for: the newest completed run of a pull request has it."""

    run_id: int
    pull_request: int
    commit: str
    begun: str


async def newest_of(url: URL) -> Newest:
    engine = create_async_engine(url)
    report = aliased(TestProgress)
    async with engine.connect() as connection:
        run = (
            await connection.execute(
                select(Test.id, Test.pr_nr, Test.commit, report.timestamp)
                .select_from(RUNS)
                .join(report, report.test_id == Test.id)
                .where(Test.pr_nr > 0, LatestProgress.status == "completed")
                .order_by(Test.id.desc(), report.id)
                .limit(1)
            )
        ).one()
    await engine.dispose()
    return Newest(run.id, run.pr_nr, run.commit, run.timestamp.isoformat())


def filters(newest: Newest) -> dict[str, dict[str, str]]:
    """For each filter type of the schema, a value of each of its fields."""
    runs = {
        "platform": "WINDOWS",
        "trigger": "PULL_REQUEST",
        "branch": '"master"',
        "commit": f'"{newest.commit}"',
        "fork": f'"{MAIN_REPOSITORY_NAME}"',
        "pullRequest": str(newest.pull_request),
        "startedAfter": f'"{newest.begun}"',
        "startedBefore": f'"{newest.begun}"',
    }
    tests = {
        "categories": '["General"]',
        "tags": '["teletext"]',
        "search": '"srt"',
        "mediaIds": "[1, 2, 3]",
    }
    return {
        "RunFilter": runs | {"states": "[QUEUED]", "statuses": "[ERROR]"},
        "HistoryFilter": runs | {"statuses": "[FAIL]"},
        "SampleFilter": tests
        | {
            "statuses": "[FAIL]",
            "regressionIds": "[1, 2, 3]",
            "failureKinds": "[SEGFAULT]",
            "exitCodes": "[139]",
            "verdicts": "[BROKEN_HERE]",
        },
        "RevisionFilter": {
            name: runs[name] for name in ("trigger", "branch", "commit", "fork", "pullRequest")
        },
        "InsightFilter": {"platform": runs["platform"]}
        | {
            name: f"{runs[name]}, platform: LINUX"
            for name in ("trigger", "branch", "fork", "startedAfter", "startedBefore")
        },
        "InsightTestFilter": {
            "categories": tests["categories"],
            "search": tests["search"],
            "regressionIds": "[1, 2, 3]",
            "failsNow": "true",
            "isFlaky": "true",
        },
        "RegressionTestFilter": tests
        | {
            "active": "false",
            "inputTypes": '["stdin"]',
            "outputTypes": '["report"]',
            "neverPassedOn": "WINDOWS",
        },
        "MediaFilter": {
            "tags": tests["tags"],
            "extensions": '["ts"]',
            "search": '"mpg"',
            "hasActiveTests": "true",
        },
    }


def _lists(newest: Newest) -> dict[str, str]:
    """For each filter type a query, with %s for the filter."""
    return {
        "RunFilter": "{ runs(first: 50, filter: {%s}) { totalCount nodes { id status } } }",
        "HistoryFilter": f"{{ regressionTest(id: {FLAKY_TEST}) "
        "{ history(first: 50, filter: {%s}) { nodes { runId status } } } }",
        "SampleFilter": f"{{ run(id: {newest.run_id}) "
        "{ samples(first: 50, filter: {%s}) { totalCount nodes { regressionId status } } } }",
        "RevisionFilter": "{ revisions(first: 50, filter: {%s}) "
        "{ totalCount nodes { commit status } } }",
        "InsightFilter": "{ insights(filter: {%s}, last: 100) "
        "{ tests(first: 500) { nodes { statuses failures } } } }",
        "InsightTestFilter": "{ insights(filter: {platform: LINUX}, last: 100) "
        "{ tests(first: 500, filter: {%s}) { totalCount nodes { statuses failures } } } }",
        "RegressionTestFilter": "{ regressionTests(first: 50, filter: {%s}) "
        "{ totalCount nodes { id } } }",
        "MediaFilter": "{ mediaFiles(first: 50, filter: {%s}) { totalCount nodes { id } } }",
    }


async def questions(url: URL) -> dict[str, str]:
    """The queries by a short name."""
    newest = await newest_of(url)
    lists = _lists(newest)
    return COOKBOOK | {
        f"{kind} {name}": lists[kind] % f"{name}: {value}"
        for kind, values in filters(newest).items()
        for name, value in values.items()
    }
