"""A revision is the runs of one fork, commit and pull request, on all platforms."""

from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from gql.database import tables
from tests.domain.worlds import World, worlds, write
from tests.support import rows
from tests.support.gateway import Client
from tests.support.platform import Platform

pytestmark = pytest.mark.quick

REVISIONS = """
query ($first: Int!, $after: String, $filter: RevisionFilter) {
  revisions(first: $first, after: $after, filter: $filter) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { ...all }
  }
}
fragment all on Revision {
  commit branch pullRequest status fork { id }
  runs { id }
  linux: run(platform: LINUX) { id }
  platformDifferences { regressionTest { id } samples { runId } }
}
"""
RUNS = """
{ runs(first: 100) { nodes {
  id revision { runs { id } }
  linux: sibling(platform: LINUX) { id } windows: sibling(platform: WINDOWS) { id }
} } }
"""


def ids(nodes: Any) -> list[int]:
    return [node["id"] for node in nodes]


def expected_revision(world: World, newest: int) -> Any:
    run = world.runs[newest]
    linux = world.latest_of_revision(newest).get("linux")
    return {
        "commit": run.commit,
        "branch": run.branch,
        "pullRequest": run.pull_request or None,
        "status": world.revision_status(newest),
        "fork": {"id": run.fork} if run.fork else None,
        "runs": [{"id": each} for each in world.revision(newest)],
        "linux": {"id": linux} if linux else None,
        "platformDifferences": [
            {"regressionTest": {"id": test}, "samples": [{"runId": each} for each in runs]}
            for test, runs in world.platform_differences(newest).items()
        ],
    }


@hypothesis.settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    world=worlds, size=st.integers(1, 4), branch=st.sampled_from([None, "master", "fix", "MASTER"])
)
async def test_every_revision_follows_the_rules(
    world: World, size: int, branch: str | None, platform: Platform, gateway: Client
) -> None:
    await write(platform, world)
    newest = sorted({world.revision(each)[0] for each in world.runs}, reverse=True)
    newest = [
        each
        for each in newest
        if branch is None
        or any(world.runs[other].branch == branch for other in world.revision(each))
    ]

    nodes: list[Any] = []
    after = None
    while True:
        variables = {"first": size, "after": after, "filter": {"branch": branch}}
        page = (await gateway.ask(REVISIONS, **variables))["revisions"]
        assert page["totalCount"] == len(newest)
        nodes += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert nodes == [expected_revision(world, each) for each in newest]
    for run in (await gateway.ask(RUNS))["runs"]["nodes"]:
        revision = world.revision(run["id"])
        assert ids(run["revision"]["runs"]) == revision
        for name in ("linux", "windows"):
            others = (o for o in revision if o != run["id"] and world.runs[o].platform == name)
            sibling = next(others, None)
            assert run[name] == ({"id": sibling} if sibling else None)


COMMIT = """
query ($commit: String!, $pr: Int) { revision(commit: $commit, pullRequest: $pr) { runs { id } } }
"""


async def test_revision_of_a_commit_is_the_main_repositorys_first(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(
        tables.Fork(id=1, github="https://github.com/CCExtractor/ccextractor"),
        tables.Fork(id=2, github="https://github.com/somebody/ccextractor"),
        rows.run(1, fork_id=1, commit="a" * 40),
        rows.run(2, fork_id=2, commit="a" * 40),
        rows.run(3, fork_id=2, commit="b" * 40),
        rows.run(4, fork_id=1, commit="a" * 40, test_type="pr", pr_nr=7),
    )

    async def runs_of(commit: str, pr: int | None = None) -> list[int] | None:
        revision = (await gateway.ask(COMMIT, commit=commit, pr=pr))["revision"]
        return None if revision is None else ids(revision["runs"])

    assert await runs_of("a" * 40) == [1]
    assert await runs_of("b" * 40) == [3]
    assert await runs_of("a" * 40, 7) == [4]
    assert await runs_of("a" * 39) is None
    assert await runs_of("A" * 40) is None
    assert await runs_of("b" * 40, 7) is None


async def test_pull_request_has_its_revisions(platform: Platform, gateway: Client) -> None:
    of_it = {"test_type": "pr", "pr_nr": 7, "branch": "pull_request"}
    await platform.add(
        rows.run(1, commit="a" * 40, **of_it),
        rows.run(2, commit="a" * 40, platform="windows", **of_it),
        rows.run(3, commit="b" * 40, **of_it),
        rows.run(4, commit="b" * 40, test_type="pr", pr_nr=8),
        # Started again a year later.
        rows.run(5, commit="a" * 40, **of_it),
    )

    data = await gateway.ask(
        """{ pullRequest(number: 7) {
          number url latest { runs { id } } revisions { totalCount nodes { runs { id } } }
        } none: pullRequest(number: 9) { number } }"""
    )

    assert data == {
        "pullRequest": {
            "number": 7,
            "url": "https://github.com/CCExtractor/ccextractor/pull/7",
            "latest": {"runs": [{"id": 5}, {"id": 2}, {"id": 1}]},
            "revisions": {
                "totalCount": 2,
                "nodes": [
                    {"runs": [{"id": 5}, {"id": 2}, {"id": 1}]},
                    {"runs": [{"id": 3}]},
                ],
            },
        },
        "none": None,
    }


PAGE = """
query ($first: Int!, $after: String, $filter: RevisionFilter) {
  revisions(first: $first, after: $after, filter: $filter) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { commit runs { id } }
  }
}
"""


@pytest.mark.parametrize(
    ("filter", "is_listed"),
    [
        ({}, bool),
        # Of a commit that both branches have, the newest run is not of this one.
        ({"branch": "fix"}, lambda runs: any(run % 7 == 0 for run in runs)),
        ({"branch": "rare"}, lambda runs: 1 in runs),
    ],
)
@pytest.mark.parametrize("size", [1, 3])
async def test_revisions_are_listed_whole_however_far_apart_their_runs_are(
    filter: dict[str, str], is_listed: Any, size: int, platform: Platform, gateway: Client
) -> None:
    revisions: dict[int, list[int]] = {}
    for run in range(60, 0, -1):
        # Neighbours belong together; every tenth run repeats the commit of an old one.
        revisions.setdefault(run // 30 if run % 10 == 0 else 10 + run // 2, []).append(run)
    for commit, of_commit in revisions.items():
        for run in of_commit:
            branch = "fix" if run % 7 == 0 else "rare" if run == 1 else "master"
            await platform.add(rows.run(run, "completed", branch=branch, commit=f"{commit:040}"))

    listed: list[Any] = []
    after = None
    while True:
        variables = {"first": size, "after": after, "filter": filter}
        page = (await gateway.ask(PAGE, **variables))["revisions"]
        listed += [[run["id"] for run in node["runs"]] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert listed == [runs for runs in revisions.values() if is_listed(runs)]
    assert page["totalCount"] == len(listed)


async def test_page_of_revisions_takes_a_limited_number_of_statements(
    platform: Platform, gateway: Client, statements: Any
) -> None:
    await platform.add(
        rows.regression_test(1),
        *(rows.run(run, "completed", commit=f"{run // 2:040}") for run in range(1, 41)),
        *(rows.result(run, 1) for run in range(1, 41)),
    )

    with statements() as executed:
        await gateway.ask(
            """{ revisions { nodes {
              status runs { id } platformDifferences { samples { status } }
            } } }"""
        )

    # The revisions, their runs, the catalogue and the lists of their statuses, all samples.
    assert len(executed) == 5
