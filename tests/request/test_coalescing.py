"""Requests for the same at the same time share one batch of statements."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import URL

from gql.errors import Overloaded
from gql.request import coalescing
from gql.request.coalescing import MAX_BATCH_SIZE, MAX_RUNNING_BATCHES, RequestCoalescer
from gql.security.account import Account, set_current_account
from gql.security.work_budget import CHARGE_SECONDS
from tests.support import rows
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform
from tests.support.until import until

pytestmark = pytest.mark.quick

SAMPLE = (
    "query ($run: Int!) { sample(runId: $run, regressionId: 41) { status outputs { status } } }"
)
RUNS = "query ($first: Int!) { runs(first: $first) { nodes { id status } } }"


class Context:
    """Stands in for a context whose statements took six seconds."""

    is_closed = False
    is_aborted = False
    members = 1

    @property
    def work_seconds(self) -> float:
        return 6 / self.members

    async def abort(self) -> None:
        self.is_aborted = self.is_closed = True

    async def close(self) -> None:
        self.is_closed = True


def new_account(user: str | None) -> Account:
    return Account("client", user, None, None)  # type: ignore[arg-type]


class Member:
    """A request that stays in its batch until `leave` is called."""

    def __init__(
        self,
        coalescer: RequestCoalescer,
        key: str = "sample",
        *,
        user: str = "",
        account: Account | None = None,
    ) -> None:
        self.context: Any = None
        self.account = account or new_account(user or f"user {id(self)}")
        self._leave = asyncio.Event()
        self.task = asyncio.create_task(self._stay(coalescer, key))

    async def _stay(self, coalescer: RequestCoalescer, key: str) -> None:
        set_current_account(self.account)
        async with coalescer.join(key) as self.context:
            await self._leave.wait()

    def end(self) -> None:
        self._leave.set()

    async def leave(self) -> None:
        self.end()
        await self.task
        await turn()


async def turn() -> None:
    """Lets every task go on until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


def new_coalescer(queue_timeout_seconds: float = 60) -> RequestCoalescer:
    return RequestCoalescer(Context, queue_timeout_seconds=queue_timeout_seconds)  # type: ignore[arg-type]


@pytest.fixture
def never_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coalescing, "SLOW_SECONDS", 60)


@pytest.mark.usefixtures("never_slow")
async def test_requests_that_wait_share_the_next_batch() -> None:
    coalescer = new_coalescer()
    running = [Member(coalescer) for _ in range(MAX_RUNNING_BATCHES)]
    waiting = [Member(coalescer) for _ in range(3)]
    await turn()

    assert len({id(member.context) for member in running}) == MAX_RUNNING_BATCHES
    assert [member.context for member in waiting] == [None] * 3

    await running[0].leave()

    assert waiting[0].context is waiting[1].context is waiting[2].context is not None
    for member in (*running[1:], *waiting):
        await member.leave()
    assert waiting[0].context.is_closed


async def test_members_of_a_batch_share_its_work_equally() -> None:
    coalescer = new_coalescer()
    accounts = [new_account(f"user {n}") for n in range(5)]
    members = [Member(coalescer, account=account) for account in accounts]
    await turn()
    # The last one leaves before its batch starts.
    members[-1].task.cancel()
    await turn()

    for member in members[:-1]:
        await member.leave()

    actual = [account.cost().actual * CHARGE_SECONDS for account in accounts]
    assert actual == [6, 6, 3, 3, 0]


async def test_request_whose_client_leaves_as_its_batch_starts_keeps_no_other_waiting() -> None:
    coalescer = new_coalescer()
    running, leaving, staying = (Member(coalescer, user="one") for _ in range(3))
    await turn()

    running.end()
    leaving.task.cancel()
    await running.leave()
    await staying.leave()

    again = Member(coalescer, user="one")
    await turn()
    assert again.context is not None
    await again.leave()


async def test_batch_that_has_begun_takes_no_more_requests() -> None:
    coalescer = new_coalescer()
    first = Member(coalescer)
    await turn()
    second = Member(coalescer)
    await turn()

    assert first.context is not second.context
    await first.leave()
    assert first.context.is_closed
    assert not second.context.is_closed
    await second.leave()


@pytest.mark.usefixtures("never_slow")
async def test_requests_of_different_keys_do_not_wait_for_each_other() -> None:
    coalescer = new_coalescer()
    slow = [Member(coalescer, "whole run") for _ in range(MAX_RUNNING_BATCHES + 1)]
    quick = Member(coalescer, "sample")
    await turn()

    assert slow[-1].context is None
    assert quick.context is not None
    for member in (*slow, quick):
        await member.leave()


@pytest.mark.usefixtures("never_slow")
async def test_batch_size_is_limited() -> None:
    coalescer = new_coalescer()
    running = [Member(coalescer) for _ in range(MAX_RUNNING_BATCHES)]
    waiting = [Member(coalescer) for _ in range(MAX_BATCH_SIZE + 1)]
    await turn()
    for member in running:
        await member.leave()

    assert len({id(member.context) for member in waiting}) == 2
    for member in waiting:
        await member.leave()


@pytest.mark.usefixtures("never_slow")
async def test_request_canceled_in_the_queue_delays_no_other() -> None:
    coalescer = new_coalescer()
    running = [Member(coalescer) for _ in range(MAX_RUNNING_BATCHES)]
    impatient, alone = Member(coalescer), Member(coalescer)
    await turn()
    impatient.task.cancel()
    await turn()

    await running[0].leave()

    assert alone.context is not None
    for member in (*running[1:], alone):
        await member.leave()
    only = Member(coalescer)
    await turn()
    assert only.context is not None
    await only.leave()


@pytest.mark.usefixtures("never_slow")
async def test_request_canceled_as_its_batch_starts_delays_no_other() -> None:
    coalescer = new_coalescer()
    running = [Member(coalescer) for _ in range(MAX_RUNNING_BATCHES)]
    unlucky = Member(coalescer, user="both")
    await turn()
    for member in running:
        await member.leave()
        unlucky.task.cancel()
    next_one = Member(coalescer, user="both")
    await turn()

    assert next_one.context is not None
    await next_one.leave()


async def test_batches_that_are_slow_keep_no_other_user_waiting() -> None:
    coalescer = new_coalescer()
    slow = [Member(coalescer) for _ in range(MAX_RUNNING_BATCHES)]
    other = Member(coalescer)
    await turn()
    assert other.context is None

    await until(lambda: other.context is not None)

    for member in (*slow, other):
        await member.leave()


@pytest.mark.parametrize("seconds", [0, 60])
async def test_slow_requests_of_a_user_delay_no_other_user(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr(coalescing, "SLOW_SECONDS", seconds)
    coalescer = new_coalescer()
    slow, *further = (Member(coalescer, user="one") for _ in range(3))
    other = Member(coalescer, user="another")
    await turn()

    assert other.context is not None
    assert [member.context for member in further] == [None, None]

    for member in (other, slow):
        await member.leave()

    assert further[0].context is further[1].context is not None
    for member in further:
        await member.leave()


async def test_user_has_one_running_batch_even_if_it_is_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(coalescing, "SLOW_SECONDS", 0)
    coalescer = new_coalescer()
    first, second = (Member(coalescer, user="one") for _ in range(2))
    others = [Member(coalescer) for _ in range(3)]
    await turn()

    assert second.context is None
    for member in (*others, first, second):
        await member.leave()
    assert second.context is not None


@pytest.mark.usefixtures("never_slow")
async def test_user_does_not_wait_for_the_slow_request_of_another_in_its_batch() -> None:
    coalescer = new_coalescer()
    running = [Member(coalescer) for _ in range(MAX_RUNNING_BATCHES)]
    slow, quick = Member(coalescer, user="one"), Member(coalescer, user="another")
    await turn()
    for member in running:
        await member.leave()
    assert slow.context is quick.context is not None
    await quick.leave()

    again = Member(coalescer, user="another")
    await turn()

    assert again.context is not None
    for member in (slow, again):
        await member.leave()


async def test_request_that_waits_too_long_is_rejected() -> None:
    coalescer = new_coalescer(queue_timeout_seconds=0.01)
    slow, waiting = (Member(coalescer, user="one") for _ in range(2))

    with pytest.raises(Overloaded):
        await waiting.task

    await slow.leave()


async def test_simultaneous_requests_share_statements(
    demo_url: URL, statements: Callable[[], Any]
) -> None:
    async with running_app(settings(demo_url, token_cache_ttl_seconds=60)) as client:
        with statements() as alone:
            await client.ask(SAMPLE, run=1)
        with statements() as together:
            await asyncio.gather(*(client.ask(SAMPLE, run=run) for run in range(1, 21)))

    assert len(together) <= 20 * len(alone) / 2


async def test_requests_whose_variables_change_the_work_share_nothing(
    demo_url: URL, statements: Callable[[], Any]
) -> None:
    async with running_app(settings(demo_url, token_cache_ttl_seconds=60)) as client:
        with statements() as alone:
            await client.ask(RUNS, first=1)
        with statements() as together:
            await asyncio.gather(*(client.ask(RUNS, first=first) for first in range(1, 11)))

    assert len(together) == 10 * len(alone)


async def test_coalesced_request_reads_data_newer_than_itself(
    platform: Platform, gateway: Client
) -> None:
    await platform.add(rows.regression_test(41))
    for run in range(1, 11):
        await platform.add(rows.run(run, "testing"))
        _, answer = await asyncio.gather(gateway.ask(SAMPLE, run=run), gateway.ask(SAMPLE, run=run))
        assert answer["sample"]["status"] == "RUNNING"
