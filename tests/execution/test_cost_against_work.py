"""No operation takes far more work than it is charged for: the table of `make cost`, in small."""

from collections.abc import AsyncIterator

import pytest

from tests.bench.cost import MAX_MS_PER_CHARGE, TABLE, measure
from tests.bench.database import demo_database
from tests.support.gateway import Client, running_app, settings

RUNS = 200

# The machine may do other things at the same time.
GENEROUS = 4

pytestmark = pytest.mark.serial


@pytest.fixture(scope="module")
async def uncharged(engine: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    async with (
        demo_database(engine, tmp_path_factory.mktemp("cost"), RUNS) as url,
        running_app(settings(url, graphql_max_cost=1000)) as client,
    ):
        yield client


@pytest.mark.parametrize("name", TABLE)
async def test_work_of_an_operation_is_charged(engine: str, uncharged: Client, name: str) -> None:
    work = await measure(uncharged, engine, *TABLE[name])

    assert work.per_charge <= GENEROUS * MAX_MS_PER_CHARGE
