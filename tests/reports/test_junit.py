"""A run as JUnit's XML: valid, read by a parser of it, and whatever the database contains."""

from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped
from sqlalchemy import URL
from xmlschema import XMLSchema

from gql import demo
from gql.database import tables
from gql.reports import documents
from gql.reports.junit import junit
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

pytestmark = [pytest.mark.quick, only_on("sqlite"), pytest.mark.usefixtures("engine")]

SCHEMA = XMLSchema(Path(__file__).with_name("junit.xsd"))


async def report(client: Client, run: int) -> bytes:
    response = await client.get(f"/reports/{run}/junit.xml")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/xml; charset=utf-8"
    return response.content


def results(xml: bytes) -> dict[str, Any]:
    """The result of each case by its name; None for one that passed."""
    return {
        case.name: case.result[0] if case.result else None
        for suite in JUnitXml.fromstring(xml)
        for case in suite
    }


async def test_report_of_a_run_is_valid(client: Client) -> None:
    for run in (demo.BREAKING_PR_LINUX, demo.BREAKING_PR_WINDOWS, 58, 19):
        SCHEMA.validate((await report(client, run)).decode())


async def test_report_counts_what_the_summary_counts(client: Client) -> None:
    query = "{ run(id: 11) { summary { total pass fail missingOutput } } }"
    summary = (await client.ask(query))["run"]["summary"]

    parsed = JUnitXml.fromstring(await report(client, 11))

    assert parsed.tests == sum(suite.tests for suite in parsed) == summary["total"]
    assert parsed.failures == summary["fail"] + summary["missingOutput"]
    assert sum(len(list(suite)) for suite in parsed) == summary["total"]


async def test_suites_are_categories_in_order(client: Client) -> None:
    query = "{ run(id: 11) { summary { byCategory { category { name } total } } } }"
    counts = (await client.ask(query))["run"]["summary"]["byCategory"]

    suites = {suite.name: suite.tests for suite in JUnitXml.fromstring(await report(client, 11))}

    assert suites == {each["category"]["name"]: each["total"] for each in counts}
    assert list(suites) == sorted(suites)


async def test_failure_has_message_kind_and_verdict(client: Client) -> None:
    by_test = {name.partition(":")[0]: r for name, r in results(await report(client, 11)).items()}

    failure = by_test["152"]
    assert isinstance(failure, Failure)
    assert failure.message == "Exit code 139, expected 0. 1 of 1 expected outputs missing: 209."
    assert failure.type == "SEGFAULT"
    assert "Verdict: BROKEN_HERE\nKind: SEGFAULT\nExit code: 139" in failure.text
    assert "Verdict: FAILING_IDENTICALLY" in by_test["16"].text


async def test_test_that_a_completed_run_never_reported_is_an_error(platform: Platform) -> None:
    await platform.add(
        rows.run(1, "testing", "completed"),
        rows.regression_test(1),
        rows.regression_test(2),
        rows.result(1, 1),
        tables.CustomizedTest(test_id=1, regression_id=1),
        tables.CustomizedTest(test_id=1, regression_id=2),
    )
    async with running_app(settings(platform.url), platform.token) as client:
        parsed = JUnitXml.fromstring(await report(client, 1))

    [suite] = parsed
    assert suite.name == "No category"
    [passed, missing] = suite
    assert not passed.result
    [error] = missing.result
    assert isinstance(error, Error)
    assert error.message == "The run completed without a result of this test."


@pytest.mark.parametrize("states", [(), ("testing",), ("testing", "canceled")])
async def test_test_without_a_result_in_another_run_is_skipped(
    platform: Platform, states: tuple[str, ...]
) -> None:
    await platform.add(
        rows.run(1, *states),
        rows.regression_test(1),
        tables.CustomizedTest(test_id=1, regression_id=1),
    )
    async with running_app(settings(platform.url), platform.token) as client:
        [result] = results(await report(client, 1)).values()

    assert isinstance(result, Skipped)


async def test_report_of_a_run_without_tests_is_valid(platform: Platform) -> None:
    await platform.add(rows.run(1, "testing", "completed"))
    async with running_app(settings(platform.url), platform.token) as client:
        xml = await report(client, 1)

    SCHEMA.validate(xml.decode())
    assert JUnitXml.fromstring(xml).tests == 0


async def test_report_has_the_tests_of_all_pages(
    client: Client, demo_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await report(client, 11)
    pages = documents.TESTS.replace("first: 500", "first: 50")
    monkeypatch.setitem(documents.DOCUMENTS, "ReportTests", pages)
    async with running_app(settings(demo_url)) as paging:
        assert await report(paging, 11) == whole


async def test_report_of_a_completed_pull_request_has_an_etag(client: Client) -> None:
    first = await client.get("/reports/11/junit.xml")
    again = await client.get(
        "/reports/11/junit.xml", headers={"If-None-Match": first.headers["etag"]}
    )

    assert again.status_code == 304
    assert first.headers["x-cost-requested"] == "2"


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/reports/9317/junit.xml", 404, "Run 9317 not found."),
        (
            "/reports/11/junit",
            404,
            'There is no report named "junit". A run has junit.xml and summary.md.',
        ),
        (
            "/reports/11/junit.xml?first=1",
            400,
            "first is not a variable of junit.xml, which takes runId.",
        ),
    ],
)
async def test_report_that_is_not_there_is_an_error_of_three_fields(
    client: Client, path: str, status: int, message: str
) -> None:
    response = await client.get(path)

    assert (response.status_code, response.json()["message"]) == (status, message)


async def test_report_needs_a_token(client: Client) -> None:
    response = await client.get("/reports/11/junit.xml", headers={"Authorization": ""})

    assert (response.status_code, response.json()["code"]) == (401, "unauthorized")


async def test_report_ignores_that_a_client_accepts_tables(client: Client) -> None:
    response = await client.get("/reports/11/junit.xml", headers={"Accept": "text/csv"})

    assert response.headers["content-type"] == "application/xml; charset=utf-8"


RUN = {
    "id": 1,
    "platform": "LINUX",
    "commit": None,
    "branch": "",
    "pullRequest": None,
    "status": "FAIL",
    "startedAt": None,
    "pageUrl": None,
}

anything = st.text(st.characters(exclude_categories=["Cs"])) | st.just("]]>\x00\x1b<&\"'\ufffe\r\n")


@given(anything, anything, anything)
def test_report_holds_any_text(category: str, command: str, message: str) -> None:
    sample = {
        "regressionId": 7,
        "category": category,
        "command": command,
        "status": "FAIL",
        "runtimeMs": None,
        "exitCode": -11,
        "expectedExitCode": 0,
        "resultMessage": message,
        "failureKind": "SEGFAULT",
        "verdict": None,
    }

    xml = junit(RUN | {"branch": command}, [sample])

    SCHEMA.validate(xml.decode())
    [failure] = ElementTree.fromstring(xml.decode().encode()).iter("failure")
    assert failure.text is not None
