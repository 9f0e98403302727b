"""Fields of tables that a platform may lack are null while it lacks them."""

import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text

from gql.database import tables
from gql.database.tables import Base
from tests.support import rows
from tests.support.databases import only_on
from tests.support.doctor import administered, examined, of, wrong
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

pytestmark = pytest.mark.quick

OPTIONAL = ("general_data", "maintenance_mode", "sample_issue", "upload")
MEDIA = """{
  mediaFiles {
    nodes {
      id
      upload { platform parameters notes release { version releasedAt } }
      issues { number title status url openedAt }
    }
  }
}"""
EVERYTHING = """{
  mediaFiles { nodes { upload { platform } issues { number } } }
  queue { isPaused }
  runs { nodes { id estimatedFinish } totalCount }
}"""


@pytest.fixture
async def two_files(platform: Platform) -> None:
    """A media file with two uploads and two issues, and one without any."""
    await platform.add(
        *(rows.media(id) for id in (1, 2)),
        tables.CCExtractorVersion(id=1, version="0.94", released=date(2021, 12, 14)),
        tables.Upload(
            id=1, sample_id=1, user_id=1, version_id=1, platform="mac", parameters="-1", notes="N"
        ),
        tables.Upload(id=2, sample_id=1, platform="bsd", parameters="", notes=""),
        *(
            tables.SampleIssue(
                id=id,
                sample_id=1,
                issue_id=1700 + id,
                title=f"title {id}",
                user="somebody",
                created_at=datetime(2024, 5, id, tzinfo=UTC),
                status="open",
            )
            for id in (1, 2)
        ),
    )


@pytest.fixture
async def without_tables(platform: Platform) -> AsyncIterator[None]:
    async with platform.writer.begin() as connection:
        await connection.run_sync(drop)
    yield
    await platform.create_tables()


def drop(connection: Any) -> None:
    Base.metadata.drop_all(connection, tables=[Base.metadata.tables[name] for name in OPTIONAL])


@pytest.mark.usefixtures("two_files")
async def test_media_has_its_first_upload_and_all_issues(
    gateway: Client, statements: Callable[[], Any]
) -> None:
    with statements() as executed:
        files = (await gateway.ask(MEDIA))["mediaFiles"]["nodes"]

    assert files == [
        {
            "id": 1,
            "upload": {
                "platform": "mac",
                "parameters": "-1",
                "notes": "N",
                "release": {"version": "0.94", "releasedAt": "2021-12-14"},
            },
            "issues": [
                {
                    "number": 1700 + id,
                    "title": f"title {id}",
                    "status": "open",
                    "url": f"https://github.com/CCExtractor/ccextractor/issues/{1700 + id}",
                    "openedAt": f"2024-05-0{id}T00:00:00Z",
                }
                for id in (1, 2)
            ],
        },
        {"id": 2, "upload": None, "issues": []},
    ]
    assert len(executed) == 4  # files, uploads, releases, issues


@pytest.fixture
async def date_of_issues(platform: Platform) -> AsyncIterator[None]:
    rename = "ALTER TABLE sample_issue RENAME COLUMN {} TO {}"
    async with platform.writer.begin() as connection:
        await connection.execute(text(rename.format("created_at", "date")))
    yield
    async with platform.writer.begin() as connection:
        await connection.execute(text(rename.format("date", "created_at")))


@pytest.mark.usefixtures("two_files", "date_of_issues")
async def test_time_of_an_issue_may_be_in_a_column_date(gateway: Client) -> None:
    file = (await gateway.ask(MEDIA))["mediaFiles"]["nodes"][0]

    assert [each["openedAt"][:10] for each in file["issues"]] == ["2024-05-01", "2024-05-02"]


@pytest.mark.usefixtures("without_tables")
async def test_fields_of_absent_tables_are_null(platform: Platform, gateway: Client) -> None:
    await platform.add(
        rows.media(1), rows.regression_test(1), rows.run(1, "preparation"), rows.run(2)
    )

    data = await gateway.ask(EVERYTHING)

    assert data["mediaFiles"]["nodes"] == [{"upload": None, "issues": None}]
    assert data["queue"] == {"isPaused": None}
    assert data["runs"]["totalCount"] == 2


@pytest.mark.usefixtures("two_files")
async def test_table_that_vanishes_and_comes_back_is_null_meanwhile(
    platform: Platform, gateway: Client
) -> None:
    uploads = []
    for change in (None, drop, Base.metadata.create_all):
        if change:
            async with platform.writer.begin() as connection:
                await connection.run_sync(change)
        files = (await gateway.ask(MEDIA))["mediaFiles"]["nodes"]
        uploads.append((files[0]["upload"] is None, files[0]["issues"]))

    assert uploads[0][0] is False
    assert uploads[1:] == [(True, None), (True, [])]


@pytest.mark.parametrize(
    ("maintenance", "paused"),
    [
        ([], [False, False, False]),
        ([("linux", True)], [True, False, False]),
        ([("linux", True), ("windows", True)], [True, True, True]),
        ([("linux", False), ("linux", True)], [False, False, False]),
    ],
)
async def test_queue_is_paused_while_a_platform_is_maintained(
    platform: Platform, gateway: Client, maintenance: list[tuple[str, bool]], paused: list[bool]
) -> None:
    await platform.add(
        *(
            tables.MaintenanceMode(id=id, platform=system, disabled=disabled)
            for id, (system, disabled) in enumerate(maintenance, 1)
        )
    )

    data = await gateway.ask(
        """{
          linux: queue(platform: LINUX) { isPaused }
          windows: queue(platform: WINDOWS) { isPaused }
          all: queue { isPaused }
        }"""
    )

    assert [data[name]["isPaused"] for name in ("linux", "windows", "all")] == paused


@pytest.mark.usefixtures("without_tables")
async def test_doctor_names_absent_tables_and_finds_nothing_wrong(platform: Platform) -> None:
    findings = await examined(platform.url)

    notes = [each.message for each in of(wrong(findings, notes=True), "schema")]
    assert [message.partition(",")[0] for message in notes] == [
        f"the database lacks the optional table {name}" for name in OPTIONAL
    ]
    assert of(wrong(findings), "schema") == []


@only_on("mariadb", "postgresql")
@pytest.mark.usefixtures("two_files")
async def test_fields_of_tables_that_the_user_may_not_read_are_null(
    engine: str, platform: Platform
) -> None:
    name = f"gateway_optional_{os.getpid()}"
    async with administered(platform.url) as run:
        await run(*CREATE[engine](name))
        for table in Base.metadata.tables:
            if table not in OPTIONAL:
                quote = platform.writer.dialect.identifier_preparer.quote
                await run(f"GRANT SELECT ON {quote(table)} TO {GRANTEE[engine](name)}")
        url = platform.url.set(username=name, password="hush-hush")
        try:
            async with running_app(settings(url), platform.token) as gateway:
                data = await gateway.ask(EVERYTHING)
            findings = await examined(url)
        finally:
            await run(*DROP[engine](name))

    assert data["mediaFiles"]["nodes"] == [{"upload": None, "issues": None}] * 2
    assert data["queue"] == {"isPaused": None}
    notes = of(wrong(findings, notes=True), "rights")
    assert [each.message.partition(",")[0] for each in notes] == [
        f"the user cannot read {table}" for table in OPTIONAL
    ]
    assert all(str(each.remedy).startswith("GRANT SELECT (") for each in notes)


CREATE: dict[str, Callable[[str], list[str]]] = {
    "mariadb": lambda name: [f"CREATE USER {name}@'%' IDENTIFIED BY 'hush-hush'"],
    "postgresql": lambda name: [f"CREATE ROLE {name} LOGIN PASSWORD 'hush-hush'"],
}
GRANTEE: dict[str, Callable[[str], str]] = {
    "mariadb": lambda name: f"{name}@'%'",
    "postgresql": str,
}
DROP: dict[str, Callable[[str], list[str]]] = {
    "mariadb": lambda name: [f"DROP USER {name}"],
    "postgresql": lambda name: [f"DROP OWNED BY {name}", f"DROP ROLE {name}"],
}
