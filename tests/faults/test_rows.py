"""Rows that break every assumption that a database lets them break."""

from collections.abc import AsyncIterator
from itertools import count, takewhile
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_required_argument,
)
from sqlalchemy import text

from gql.database import tables
from gql.database.tables import MAX_ID
from rest_compat.models import SampleResult
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.rows import BASELINE, DIFFERENT
from tests.support.schema import schema

MAX_CHARACTERS = 20_000
LONG = "ü" * 10_000
LEAST = -MAX_ID - 1
RUNS = range(1, 8)
TESTS = range(1, 6)


SCHEMA = build_schema(schema.as_str())


def fields_of(type_: Any, depth: int) -> str:
    """All fields of a type that need no argument, and all of theirs down to a depth."""
    fields = []
    for name, field in type_.fields.items():
        needs_arguments = any(is_required_argument(argument) for argument in field.args.values())
        if needs_arguments or (type_.name, name) == ("Query", "media"):
            continue
        named = get_named_type(field.type)
        if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            fields.append(name)
        elif depth:
            fields.append(name + fields_of(named, depth - 1))
    return f"{{ __typename {' '.join(fields)} }}"


def everything_of(name: str) -> str:
    """The fields of a type, as deep as an operation may be long."""
    by_depth = (fields_of(SCHEMA.get_type(name), depth) for depth in count())
    *_, deepest = takewhile(lambda fields: len(fields) < MAX_CHARACTERS - 100, by_depth)
    return deepest


LISTS = f"query {everything_of('Query')}"
RUN = f"query ($run: Int!) {{ run(id: $run) {everything_of('Run')} }}"
COMPARISON = f"query ($run: Int!) {{ compareRuns(head: $run) {everything_of('RunComparison')} }}"
TEST = f"query ($test: Int!) {{ regressionTest(id: $test) {everything_of('RegressionTest')} }}"
MEDIA = f"query ($media: Int!) {{ media(id: $media) {everything_of('Media')} }}"
SAMPLE = f"""
query ($run: Int!, $test: Int!) {{
  sample(runId: $run, regressionId: $test) {everything_of("Sample")}
}}
"""
QUESTIONS: list[tuple[str, dict[str, int]]] = [
    (LISTS, {}),
    *((query, {"run": run}) for run in RUNS for query in (RUN, COMPARISON)),
    *((TEST, {"test": test}) for test in TESTS),
    *((MEDIA, {"media": media}) for media in (1, 2)),
    *((SAMPLE, {"run": run, "test": test}) for run in RUNS for test in TESTS),
]


CURIOUS = "spci_" + "c" * 43


@pytest.fixture
async def curious(platform: Platform) -> AsyncIterator[Client]:
    """A client that may ask for everything at once."""
    unbounded = settings(
        platform.url,
        graphql_max_cost=1_000_000,
        graphql_max_depth=100,
        graphql_max_tokens=1_000_000,
        graphql_max_response_bytes=1_000_000_000,
        max_body_bytes=10_000_000,
        rate_limit_requests=1_000_000_000,
        work_seconds_per_minute=0,
    )
    await platform.add(rows.token(CURIOUS, scopes_json='["runs:read", "results:read"]'))
    async with running_app(unbounded, CURIOUS) as client:
        yield client


async def add_strange_rows(platform: Platform) -> None:
    await platform.add(
        tables.Fork(id=1, github=None),
        tables.Fork(id=2, github=""),
        tables.Fork(id=3, github="git@example.org:no slash"),
        tables.Category(id=1, name=None, description=LONG),
        tables.Category(id=2, name="", description=""),
        tables.User(id=2, name=None, email=None, role="emperor"),
        tables.CCExtractorVersion(id=1, version=None, released=None, commit=None),
        *(tables.Tag(id=tag, name=f"{tag:ü>64}", description=None) for tag in range(1, 101)),
        rows.media(1, sha=None, extension="", original_name=""),
        rows.media(2, sha="no hash", extension="." * 64, original_name=LONG),
        tables.MediaFileExtra(id=1, sample_id=None, original_name="", extension=""),
        tables.MediaFileExtra(id=2, sample_id=1, original_name=LONG, extension="." * 64),
        *(tables.MediaFileTag(sample_id=1, tag_id=tag) for tag in range(1, 101)),
        rows.run(1, "completed"),
        rows.run(2, platform="beos", test_type="nightly", branch="", commit="", pr_nr=-1),
        rows.run(3, "", fork_id=1, branch=LONG, pr_nr=MAX_ID),
        rows.run(4, "unheard-of", "completed", "testing", "", message=LONG, fork_id=2),
        rows.run(5, "canceled", "preparation", pr_nr=LEAST, fork_id=3),
        rows.run(6, *["testing"] * 100, "completed"),
        rows.run(7),
        rows.progress(None, "x", id=1000),
    )


async def add_strange_tests(platform: Platform) -> None:
    await platform.add(
        rows.regression_test(1, command=LONG, sample_id=1, description=LONG[:1024]),
        rows.regression_test(
            2,
            command="",
            expected_rc=None,
            active=None,
            input_type="?",
            output_type="",
            sample_id=2,
        ),
        rows.regression_test(
            3, expected_rc=LEAST, last_passed_on_linux=7, last_passed_on_windows=2
        ),
        *(rows.regression_test(test, active=test % 2 == 0, sample_id=1) for test in range(4, 6)),
        *(tables.RegressionTestCategory(regression_id=test, category_id=1) for test in (1, 2)),
        tables.RegressionTestCategory(regression_id=1, category_id=2),
        tables.CustomizedTest(id=1, test_id=None, regression_id=None),
        tables.CustomizedTest(id=2, test_id=5, regression_id=None),
        tables.CustomizedTest(id=3, test_id=None, regression_id=1),
        rows.output(1, test=None, correct=None),
        rows.output(2, test=1, correct="no hash", correct_extension="", ignore=None),
        rows.output(3, test=2, correct="", correct_extension="/" * 64),
        *(rows.output(output, test=4, expected_filename=LONG) for output in range(100, 130)),
        rows.output(-1, test=5),
        tables.RegressionTestOutputFiles(id=1, regression_test_output_id=2, file_hashes=None),
        tables.RegressionTestOutputFiles(id=2, regression_test_output_id=None, file_hashes="x"),
        tables.RegressionTestOutputFiles(id=3, regression_test_output_id=2, file_hashes="x"),
    )


async def add_strange_results(platform: Platform) -> None:
    nothing = {"runtime": None, "exit_code": None, "expected_rc": None}
    await platform.add(
        *(
            row
            for run in RUNS
            for row in (
                rows.result(run, 1, **nothing),
                rows.result(run, 2, runtime=LEAST, exit_code=LEAST, expected_rc=MAX_ID),
                rows.result(run, 4, runtime=MAX_ID, exit_code=MAX_ID),
                rows.result(run, 5, exit_code=None),
                rows.file(run, 1, 2, expected=None, got=""),
                rows.file(run, 1, 3, expected="", got=None),  # of another test
                rows.file(run, 2, 3, expected="no hash", got="no hash"),
                rows.file(run, 3, 2, got=DIFFERENT),  # of a test without a result
                rows.file(run, 4, 1, expected=BASELINE, got="z" * 64),
                rows.file(run, 5, -1, expected="", got="error"),
            )
        )
    )


@pytest.fixture
async def strange(platform: Platform) -> Platform:
    await add_strange_rows(platform)
    await add_strange_tests(platform)
    await add_strange_results(platform)
    return platform


async def ask_everything(client: Client) -> list[Any]:
    """The errors of everything that can be asked; each REST body keeps to its document."""
    errors = []
    for query, variables in QUESTIONS:
        response = await client.post("/graphql", json={"query": query, "variables": variables})
        assert response.status_code == 200, response.text[:1000]
        errors += response.json().get("errors", [])
    for run in RUNS:
        for test in TESTS:
            response = await client.sample(run, test)
            assert response.status_code in {200, 404, 409}, response.text[:1000]
            if response.status_code == 200:
                SampleResult.model_validate(response.json())
    return errors


@pytest.mark.usefixtures("strange")
async def test_strange_rows_give_valid_answers(curious: Client) -> None:
    assert await ask_everything(curious) == []


@only_on("sqlite")  # which does not check foreign keys by default
async def test_orphaned_rows_give_valid_answers(strange: Platform, curious: Client) -> None:
    await strange.add(
        rows.file(1, 4, 99_999, got=DIFFERENT),
        rows.file(99_999, 1, 1),
        rows.result(99_999, 1),
        rows.result(1, 99_999),
        rows.run(8, "completed", fork_id=99_999),
        rows.regression_test(8, sample_id=99_999, last_passed_on_linux=99_999),
        rows.result(1, 8),
        tables.RegressionTestCategory(regression_id=8, category_id=99_999),
        tables.MediaFileTag(sample_id=1, tag_id=99_999),
        tables.CustomizedTest(id=4, test_id=7, regression_id=99_999),
        rows.progress(99_999, "completed", id=2000),
    )

    assert await ask_everything(curious) == []
    assert (await curious.sample(1, 8)).status_code == 200


@only_on("mariadb")  # whose zero dates are no dates
async def test_zero_date_is_null_in_its_own_row(strange: Platform, curious: Client) -> None:
    async with strange.writer.begin() as connection:
        await connection.execute(
            text("UPDATE test_progress SET timestamp = '0000-00-00 00:00:00' WHERE test_id = 1")
        )

    data = await curious.ask("{ run(id: 1) { startedAt status } other: run(id: 6) { startedAt } }")
    assert data["run"] == {"startedAt": None, "status": "FAIL"}
    assert data["other"]["startedAt"] is not None
    assert (await curious.sample(1, 1)).status_code == 200

    query = "{ run(id: 1) { progress { at } } other: run(id: 6) { progress { at } } }"
    data = await curious.ask(query)
    assert data["run"]["progress"] == [{"at": None}]
    assert data["other"]["progress"][0]["at"] is not None
