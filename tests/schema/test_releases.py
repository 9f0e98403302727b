"""Releases, and the commits that became one."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from gql.database import tables
from tests.database.test_unreadable_values import execute
from tests.support import rows
from tests.support.gateway import Client
from tests.support.platform import Platform

pytestmark = pytest.mark.quick

RELEASES = """{
  releases { version commit releasedAt revision { branch runs { id release: revision { release {
    version
  } } } } }
}"""
OLD, NEW, UNTESTED = "a" * 40, "b" * 40, "c" * 40


def release(id: int, version: str | None, **columns: Any) -> tables.CCExtractorVersion:
    return tables.CCExtractorVersion(id=id, version=version, **columns)


@pytest.fixture
async def released(platform: Platform) -> None:
    await platform.add(
        tables.Fork(id=1, github="https://github.com/CCExtractor/ccextractor.git"),
        tables.Fork(id=2, github="https://github.com/somebody/ccextractor.git"),
        rows.run(1, fork_id=1, commit=OLD),
        rows.run(2, fork_id=1, commit=NEW),
        rows.run(3, fork_id=1, commit=NEW, platform="windows"),
        rows.run(4, fork_id=2, commit=NEW, branch="mine"),
        rows.run(5, fork_id=1, commit=NEW, pr_nr=7, test_type="pr", branch="pull_request"),
        release(1, "0.94", released=date(2021, 12, 14), commit=OLD),
        release(2, "0.93", released=date(2021, 8, 16), commit=UNTESTED),
        release(3, "0.95", released=date(2024, 1, 2), commit=NEW),
        release(4, None),
    )


@pytest.mark.usefixtures("released")
async def test_releases_are_listed_with_the_runs_of_their_commits_in_one_statement_each(
    gateway: Client, statements: Callable[[], Any]
) -> None:
    with statements() as executed:
        releases = (await gateway.ask(RELEASES))["releases"]

    def run(id: int, version: str) -> Any:
        return {"id": id, "release": {"release": {"version": version}}}

    assert releases == [
        {
            "version": "0.95",
            "commit": NEW,
            "releasedAt": "2024-01-02",
            "revision": {"branch": "master", "runs": [run(3, "0.95"), run(2, "0.95")]},
        },
        {
            "version": "0.94",
            "commit": OLD,
            "releasedAt": "2021-12-14",
            "revision": {"branch": "master", "runs": [run(1, "0.94")]},
        },
        {"version": "0.93", "commit": UNTESTED, "releasedAt": "2021-08-16", "revision": None},
        {"version": None, "commit": None, "releasedAt": None, "revision": None},
    ]
    # Releases, revisions, runs, the revisions of the runs, their releases.
    assert len(executed) == 5


@pytest.mark.usefixtures("released")
async def test_revision_of_a_pull_request_has_the_release_of_its_commit(gateway: Client) -> None:
    data = await gateway.ask(
        "query ($commit: String!) { revision(commit: $commit, pullRequest: 7) { release {"
        " version } runs { id } } }",
        commit=NEW,
    )

    assert data["revision"] == {"release": {"version": "0.95"}, "runs": [{"id": 5}]}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_newest_release_of_the_demo_was_tested_on_both_platforms(client: Client) -> None:
    releases = (await client.ask(RELEASES))["releases"]

    runs = [release["revision"] and len(release["revision"]["runs"]) for release in releases]
    assert runs == [2, None, None, None, None]


IMPOSSIBLE = {
    "sqlite": ["0000-00-00", "no date", "2026-02-30"],
    "mariadb": ["0000-00-00", "2026-00-10", "2026-02-31"],
    "postgresql": ["infinity", "0044-03-15 BC", "12026-01-01"],
}


@pytest.mark.parametrize("number", range(3))
async def test_impossible_day_of_a_release_is_null(
    platform: Platform, gateway: Client, engine: str, number: int
) -> None:
    await platform.add(release(1, "0.94"), release(2, "0.93", released=date(2021, 8, 16)))
    day = IMPOSSIBLE[engine][number]
    await execute(platform, f"UPDATE ccextractor_version SET released = '{day}' WHERE id = 1")

    releases = (await gateway.ask("{ releases { version releasedAt } }"))["releases"]

    assert releases == [
        {"version": "0.93", "releasedAt": "2021-08-16"},
        {"version": "0.94", "releasedAt": None},
    ]
