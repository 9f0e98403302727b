"""Garbage is collected on a timer, and what a request has read is freed without that."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import URL

from gql import garbage_collection
from gql.database import Database
from gql.garbage_collection import BURST, collected_on_a_timer
from gql.loaders.base import Loader
from gql.loaders.comparison import ComparisonByRunIdsLoader
from gql.loaders.run import RunByIdLoader
from gql.request.context import Reads

pytestmark = pytest.mark.quick

WITHIN_SECONDS = 10


class Node:
    """Refers to itself, so that only the collector can free it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def no_automatic_collection() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_automatic_collection")
async def test_garbage_is_collected_on_a_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage_collection, "SECONDS", 0.01)
    is_freed = asyncio.Event()

    async with collected_on_a_timer():
        node = Node()
        reference = weakref.ref(node, lambda _: is_freed.set())
        del node
        await asyncio.wait_for(is_freed.wait(), WITHIN_SECONDS)

    assert reference() is None


async def test_collector_is_as_before_at_the_end() -> None:
    before = gc.get_threshold()
    gc.set_threshold(123)

    async with collected_on_a_timer():
        assert gc.get_threshold()[0] == BURST
        assert gc.get_freeze_count() > 0

    assert gc.get_threshold()[0] == 123
    gc.set_threshold(*before)


@pytest.mark.usefixtures("no_automatic_collection")
@pytest.mark.parametrize(
    ("loader_class", "key"), [(RunByIdLoader, 11), (ComparisonByRunIdsLoader, (11, 10))]
)
async def test_what_a_request_has_read_needs_no_collector(
    loader_class: type[Loader[Any, Any]], key: Any, demo_url: URL
) -> None:
    database = Database(demo_url, pool_size=1, timeout_seconds=5)
    reads = Reads(database)  # The execution refers to it, and to itself.
    loader: Any = loader_class(reads.snapshot)
    reads.loaders[loader_class] = loader
    assert await loader.load(key) is not None
    of_its_own = [each for each in vars(loader).values() if isinstance(each, Loader)]
    references = [weakref.ref(each) for each in (loader, *of_its_own)]

    await reads.leave()
    del loader, of_its_own

    assert [reference() for reference in references] == [None] * len(references)
    await database.close()
