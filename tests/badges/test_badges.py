"""`/badges/{platform}/{branch}.svg`: whether the latest completed run of a branch passed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gql.badges import view
from gql.database import Snapshot, tables
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

pytestmark = pytest.mark.quick

MASTER = "/badges/linux/master.svg"


@pytest.fixture
async def public(platform: Platform) -> AsyncIterator[Client]:
    """A client without a token, of a gateway that serves badges."""
    async with running_app(settings(platform.url, public_badges=True), token=None) as client:
        yield client


def texts(svg: str) -> list[str]:
    """What the picture says, without the shadows."""
    found = [
        each.text or "" for each in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    ]
    return found[1::2]


async def badge(client: Client, path: str = MASTER) -> list[str]:
    response = await client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (200, "image/svg+xml")
    return texts(response.text)


def commit_run(id: int, *states: str, **columns: Any) -> rows.Rows:
    return rows.run(id, *states, **{"fork_id": 1, **columns})


def fork() -> tables.Fork:
    return tables.Fork(id=1, github="https://github.com/CCExtractor/ccextractor.git")


async def test_badge_of_a_run_that_passed_counts_its_tests(
    platform: Platform, public: Client
) -> None:
    await platform.add(
        fork(),
        rows.regression_test(1),
        rows.regression_test(2),
        commit_run(1, "testing", "completed"),
        rows.result(1, 1),
        rows.result(1, 2),
    )

    assert await badge(public) == ["Linux", "pass: 2 of 2"]


async def test_badge_of_a_run_that_failed_counts_what_passed(
    platform: Platform, public: Client
) -> None:
    await platform.add(
        fork(),
        rows.regression_test(1),
        rows.regression_test(2),
        commit_run(1, "testing", "completed"),
        rows.result(1, 1),
        rows.result(1, 2, exit_code=1),
    )

    assert await badge(public) == ["Linux", "fail: 1 of 2 pass"]


async def test_run_in_which_a_test_never_reported_does_not_pass(
    platform: Platform, public: Client
) -> None:
    await platform.add(
        fork(),
        rows.regression_test(1),
        rows.regression_test(2),
        commit_run(1, "testing", "completed"),
        tables.CustomizedTest(test_id=1, regression_id=1),
        tables.CustomizedTest(test_id=1, regression_id=2),
        rows.result(1, 1),
    )

    assert await badge(public) == ["Linux", "fail: 1 of 2 pass"]


async def test_completed_run_without_any_result_does_not_pass(
    platform: Platform, public: Client
) -> None:
    await platform.add(fork(), commit_run(1, "completed"))

    assert await badge(public) == ["Linux", "fail: 0 of 0 pass"]


async def test_latest_completed_run_of_the_branch_decides(
    platform: Platform, public: Client
) -> None:
    other = tables.Fork(id=2, github="https://github.com/somebody/ccextractor.git")
    await platform.add(
        fork(),
        other,
        rows.regression_test(1),
        *(
            row
            for number, run in enumerate(
                (
                    {"platform": "linux"},  # The one.
                    {"platform": "windows"},
                    {"branch": "Master"},
                    {"branch": "master "},
                    {"fork_id": 2},
                    {"fork_id": None},
                    {"test_type": "pr", "pr_nr": 7},
                ),
                start=1,
            )
            for row in (
                *commit_run(number, "testing", "completed", **run),
                *rows.result(number, 1, exit_code=0 if number == 1 else 1),
            )
        ),
        commit_run(8, "testing", "canceled"),
        commit_run(9, "testing"),
        commit_run(10),
    )

    assert await badge(public) == ["Linux", "pass: 1 of 1"]
    assert await badge(public, "/badges/windows/master.svg") == ["Windows", "fail: 0 of 1 pass"]


async def test_branch_may_have_slashes_and_anything_else(
    platform: Platform, public: Client
) -> None:
    branch = 'feature/<b>&"é".svg'
    await platform.add(
        fork(),
        rows.regression_test(1),
        commit_run(1, "testing", "completed", branch=branch),
        rows.result(1, 1),
    )

    path = "/badges/linux/feature/%3Cb%3E&%22%C3%A9%22.svg.svg"
    assert await badge(public, path) == ["Linux", "pass: 1 of 1"]


@pytest.mark.parametrize(
    ("path", "label"),
    [
        (MASTER, "Linux"),
        ("/badges/windows/no/such/branch.svg", "Windows"),
        ("/badges/linux/%00.svg", "Linux"),
        ("/badges/linux/%FF.svg", "Linux"),
        ("/badges/linux/'; DROP TABLE test; --.svg", "Linux"),
        (f"/badges/linux/{'b' * 256}.svg", "Tests"),
        ("/badges/LINUX/master.svg", "Tests"),
        ("/badges/<script>/master.svg", "Tests"),
    ],
)
async def test_what_is_not_known_has_a_badge_that_says_so(
    public: Client, path: str, label: str
) -> None:
    assert await badge(public, path) == [label, "unknown"]


@only_on("sqlite")
async def test_there_are_no_badges_unless_the_setting_says_so(gateway: Client) -> None:
    assert (await gateway.get(MASTER)).status_code == 404


@only_on("sqlite")
async def test_badge_may_be_cached_for_a_minute_and_shown_by_any_page(public: Client) -> None:
    response = await public.get(MASTER)

    assert response.headers["cache-control"] == "public, max-age=60"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


@only_on("sqlite")
async def test_badge_is_the_same_to_a_client_that_has_it(public: Client) -> None:
    tag = (await public.get(MASTER)).headers["etag"]
    response = await public.get("/badges/linux/another.svg", headers={"If-None-Match": tag})

    assert (response.status_code, response.content) == (304, b"")


@only_on("sqlite")
async def test_head_has_the_headers_of_the_badge(public: Client) -> None:
    response = await public.head(MASTER)

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"] == "image/svg+xml"
    assert int(response.headers["content-length"]) > 1000


@only_on("sqlite")
async def test_other_methods_are_not_allowed(public: Client) -> None:
    response = await public.post(MASTER)

    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")
    assert response.json()["code"] == "method_not_allowed"


async def test_badge_is_read_once_however_many_ask(
    platform: Platform, public: Client, statements: Callable[[], Any]
) -> None:
    await platform.add(
        fork(),
        rows.regression_test(1),
        commit_run(1, "testing", "completed"),
        rows.result(1, 1),
    )

    with statements() as executed:
        await asyncio.gather(*(public.get(MASTER) for _ in range(10)))
        await public.get(MASTER)

    assert len(executed) == 3  # The run, the tests, what the run has.


@only_on("sqlite")
async def test_badge_is_read_again_after_a_minute(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "CACHED_SECONDS", 0)
    async with running_app(settings(platform.url, public_badges=True), token=None) as client:
        before = await badge(client)
        await platform.add(fork(), commit_run(1, "completed"))

        assert (before, await badge(client)) == (
            ["Linux", "unknown"],
            ["Linux", "fail: 0 of 0 pass"],
        )


@only_on("sqlite")
async def test_one_badge_is_read_at_a_time_and_others_do_not_wait_for_ever(
    public: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Snapshot.prepared_rows
    is_released = asyncio.Event()
    reading = 0

    async def wait(snapshot: Snapshot, *arguments: Any) -> Any:
        nonlocal reading
        reading += 1
        await is_released.wait()
        return await read(snapshot, *arguments)

    monkeypatch.setattr(Snapshot, "prepared_rows", wait)
    monkeypatch.setattr(view, "QUEUE_TIMEOUT_SECONDS", 0.05)
    first = asyncio.create_task(public.get(MASTER))
    others = await asyncio.gather(*(public.get(f"/badges/linux/{n}.svg") for n in range(5)))
    is_released.set()

    assert reading == 1
    assert {each.status_code for each in others} == {503}
    assert {each.json()["code"] for each in others} == {"overloaded"}
    assert texts((await first).text) == ["Linux", "unknown"]


@only_on("sqlite")
async def test_badges_count_against_the_address_of_the_client(platform: Platform) -> None:
    limited = settings(platform.url, public_badges=True, rate_limit_requests=2)
    async with running_app(limited, token=None) as client:
        statuses = [(await client.get(MASTER)).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


@only_on("sqlite")
async def test_token_is_not_needed_and_not_looked_at(public: Client) -> None:
    response = await public.get(MASTER, headers={"Authorization": "Bearer nonsense"})

    assert response.status_code == 200
