"""Each user has a budget of work, for all tokens together, and pays for what requests take."""

import asyncio
import time
from typing import Any

import pytest

from gql.database import tables
from gql.errors import Overloaded
from gql.http.admission import Place
from gql.request import queries
from gql.security.counters import Counters
from gql.security.rate_limit import RateLimiter
from gql.security.work_budget import UsedWork, WorkBudget
from tests.support import rows
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.until import until

OTHER_TOKEN = "spci_" + "o" * 43
OTHER_USER = "spci_" + "u" * 43
QUERY = {"query": "{ runs { nodes { id status } } }"}


@pytest.fixture
async def users(platform: Platform) -> None:
    """A second token of the user, and a second user."""
    await platform.add(
        tables.User(id=2, name="another"),
        rows.token(OTHER_TOKEN),
        rows.token(OTHER_USER, user_id=2),
    )


async def ask(client: Client, token: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await client.post("/graphql", json=QUERY, headers=headers)


@pytest.mark.quick
@pytest.mark.usefixtures("users")
async def test_user_without_budget_is_rejected_whatever_the_token(platform: Platform) -> None:
    spent = settings(platform.url, work_seconds_per_minute=0.0001)
    async with running_app(spent, platform.token) as client:
        first = await ask(client)
        others = [await ask(client, token) for token in (None, OTHER_TOKEN, OTHER_USER)]
        rest = await client.sample(1, 1)

    assert [answer.status_code for answer in (first, *others)] == [200, 429, 429, 200]
    seconds = int(others[0].headers["retry-after"])
    assert 1 <= seconds <= 120
    assert others[0].headers["x-ratelimit-remaining"] == "0"
    assert 0 <= int(others[0].headers["x-ratelimit-reset"]) - time.time() - seconds <= 1
    assert others[0].json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert rest.status_code == 429
    assert rest.json()["details"]["retry_after"] <= seconds


@pytest.mark.quick
async def test_answer_reports_its_cost_and_what_is_left(platform: Platform) -> None:
    limited = settings(platform.url, work_seconds_per_minute=1)
    async with running_app(limited, platform.token) as client:
        posted = (await ask(client)).json()["extensions"]["cost"]
        got = await client.get("/graphql", params=QUERY)
        again = await client.get(
            "/graphql", params=QUERY, headers={"if-none-match": got.headers["etag"]}
        )

    assert posted["requested"] == 1
    assert posted["actual"] >= 1
    assert 50 - 2 * posted["actual"] <= posted["remaining"] < 50
    assert posted["resetAt"].endswith("Z")
    assert "extensions" not in got.json()
    names = ("requested", "actual", "remaining", "reset")
    assert all(int(got.headers[f"x-cost-{name}"]) > 0 for name in names)
    assert again.status_code == 304


@pytest.mark.quick
async def test_budget_of_zero_is_none(platform: Platform) -> None:
    async with running_app(settings(platform.url), platform.token) as client:
        answers = [await ask(client) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].json()["extensions"]["cost"]["remaining"] > 900_000


@pytest.mark.quick
async def test_work_beyond_the_budget_is_recorded_in_full() -> None:
    budget = WorkBudget(Counters(None), seconds_per_minute=1)

    budget.record("user:1", 0.9)
    budget.record("user:1", 30)

    assert (await budget.used("user:1")).milliseconds == 30_900
    assert (await budget.used("user:2")).milliseconds == 0
    await budget.close()
    assert (await budget.used("user:1")).milliseconds == 30_900


@pytest.mark.quick
async def test_work_is_recorded_in_redis_for_all_processes(redis_url: str) -> None:
    counters = [Counters(redis_url) for _ in range(2)]
    one, another = (WorkBudget(each, seconds_per_minute=1) for each in counters)
    user = f"user:{time.time_ns()}"

    async def is_exceeded() -> bool:
        return (await another.used(user)).window().is_exceeded

    assert not await is_exceeded()
    one.record(user, 30)
    one.record(user, 40)

    await until(is_exceeded)
    assert (await another.used(user)).milliseconds == 70_000
    for budget in (one, another):
        await budget.close()
    for each in counters:
        await each.close()


@pytest.mark.quick
async def test_work_that_cannot_be_recorded_keeps_nothing_else_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counters = Counters(None)

    async def fail(_count: Any) -> None:
        raise OSError

    monkeypatch.setattr(counters, "count", fail)
    budget = WorkBudget(counters, seconds_per_minute=1)
    budget.record("user:1", 1)

    await budget.close()


@pytest.mark.quick
async def test_work_is_recorded_when_the_process_ends(redis_url: str) -> None:
    counters = [Counters(redis_url) for _ in range(2)]
    one, another = (WorkBudget(each, seconds_per_minute=1) for each in counters)
    user = f"user:{time.time_ns()}"

    one.record(user, 70)
    await one.close()

    assert (await another.used(user)).milliseconds == 70_000
    for each in counters:
        await each.close()


@pytest.mark.quick
async def test_charges_of_requests_in_progress_are_reserved() -> None:
    budget = WorkBudget(Counters(None), seconds_per_minute=1)

    budget.reserve("user:1", 1)
    assert (await budget.used("user:1")).window().is_exceeded

    budget.release("user:1", 1)
    assert not (await budget.used("user:1")).window().is_exceeded


@pytest.mark.quick
@pytest.mark.parametrize(
    ("used", "remaining", "retry_after"),
    [
        (UsedWork(1000, before=0, left=60, now=0), 50, 1),
        (UsedWork(1000, before=0, left=60, now=990), 0, 1),
        # The window before slides out: 30 s later half of it.
        (UsedWork(1000, before=2000, left=60, now=0), 0, 30),
        (UsedWork(1000, before=1000, left=30, now=750), 0, 15),
        # This window has to slide out too, by half.
        (UsedWork(1000, before=0, left=20, now=2000), 0, 50),
    ],
)
def test_budget_is_available_again_when_enough_has_slid_out(
    used: UsedWork, remaining: int, retry_after: int
) -> None:
    assert used.window().remaining == remaining
    assert used.window().retry_after == retry_after


@pytest.mark.quick
@pytest.mark.usefixtures("users")
async def test_user_holds_half_of_the_places(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    page_of_runs, is_over = queries.page_of_runs, asyncio.Event()

    async def wait(*arguments: Any) -> Any:
        await is_over.wait()
        return await page_of_runs(*arguments)

    monkeypatch.setattr(queries, "page_of_runs", wait)
    four_places = settings(platform.url, max_concurrent_requests=4)
    async with running_app(four_places, platform.token) as client:
        tasks = [asyncio.create_task(ask(client, token)) for token in (None, OTHER_TOKEN, None)]
        await until(lambda: any(task.done() for task in tasks))
        tasks.append(asyncio.create_task(ask(client, OTHER_USER)))
        is_over.set()
        answers = await asyncio.gather(*tasks)
        then = await ask(client)

    assert sorted(answer.status_code for answer in answers[:3]) == [200, 200, 503]
    assert [answers[3].status_code, then.status_code] == [200, 200]


@pytest.mark.quick
async def test_rejections_without_a_place_cost_nothing_and_wait_for_their_turn(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[str] = []

    async def wait_to_reject(_limiter: RateLimiter, client: str) -> None:
        waiting.append(client)

    monkeypatch.setattr(RateLimiter, "wait_to_reject", wait_to_reject)
    no_place = settings(platform.url, max_concurrent_requests=1)
    async with running_app(no_place, platform.token) as client:
        allowed = await ask(client)
        monkeypatch.setattr(Place, "take", overloaded)
        rejected = [await ask(client) for _ in range(3)]
        monkeypatch.undo()
        then = await ask(client)

    assert [answer.status_code for answer in rejected] == [503] * 3
    assert waiting == [waiting[0]] * 3
    before, after = (int(each.headers["x-ratelimit-remaining"]) for each in (allowed, then))
    assert after == before - 1


def overloaded(_place: Place) -> None:
    raise Overloaded
