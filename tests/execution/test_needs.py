"""What no field of an operation needs is not read, and answers stay what they are."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import URL
from strawberry.types import get_object_definition

from gql.database import Database, tables
from gql.database.pagination import Paging
from gql.loaders.history import HISTORY_NEWEST_FIRST, HistoryPageByRegressionIdLoader
from gql.loaders.sample import BY_REGRESSION_ID, SamplePageByRunIdLoader
from gql.schema.filters.history import HistoryFilter
from gql.schema.types.sample import Sample
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client
from tests.support.platform import Platform
from tests.support.rows import DIFFERENT

pytestmark = pytest.mark.quick

LISTS = [
    "run(id: 1) {{ samples {{ nodes {{ {} }} }} }}",
    "run(id: 1) {{ samples(first: 500) {{ edges {{ node {{ {} }} }} totalCount }} }}",
    "run(id: 1) {{ samples(orderBy: SLOWEST_FIRST) {{ nodes {{ {} }} }} }}",
    "run(id: 1) {{ samples(filter: {{regressionIds: [1, 3]}}) {{ nodes {{ {} }} }} }}",
    "runs {{ nodes {{ samples(last: 2) {{ nodes {{ {} }} }} }} }}",
    "regressionTest(id: 1) {{ history {{ nodes {{ {} }} }} }}",
    "regressionTest(id: 1) {{ history(filter: {{platform: LINUX}}) {{ nodes {{ {} }} }} }}",
    "regressionTests {{ nodes {{ history(last: 3) {{ nodes {{ {} }} }} }} }}",
]

LIGHT = """
nodeId runId regressionId sampleId command runtimeMs exitCode expectedExitCode __typename
outputs { outputId expectedHash actualHash } category tags regressionTest { command } run { id }
"""


@pytest.fixture
async def results(platform: Platform) -> None:
    """Test 1 passes, 2 misses its output and 3 has another one; run 2 waits, run 3 skipped 1."""
    await platform.add(
        *(rows.regression_test(test, outputs=(test,)) for test in (1, 2, 3)),
        rows.run(1, "completed"),
        *(rows.result(1, test) for test in (1, 2, 3)),
        rows.file(1, 1, 1),
        rows.file(1, 3, 3, got=DIFFERENT),
        rows.run(2),
        rows.run(3, "completed"),
        tables.CustomizedTest(test_id=3, regression_id=1),
    )


def nodes_of(answer: Any) -> list[dict[str, Any]]:
    """All samples in an answer."""
    if isinstance(answer, list):
        return [node for each in answer for node in nodes_of(each)]
    if not isinstance(answer, dict):
        return []
    if "runtimeMs" in answer:
        return [answer]
    return [node for each in answer.values() for node in nodes_of(each)]


def computes_status(executed: list[str]) -> bool:
    """Whether a statement has the rule of a sample's status."""
    return any("'pass'" in statement for statement in executed)


@pytest.mark.usefixtures("results")
@pytest.mark.parametrize("list_", LISTS, ids=range(len(LISTS)))
async def test_status_is_not_computed_unless_it_is_asked_for(
    gateway: Client, statements: Callable[[], Any], list_: str
) -> None:
    with statements() as without:
        light = nodes_of(await gateway.ask(f"{{ {list_.format(LIGHT)} }}"))
    with statements() as with_status:
        full = nodes_of(await gateway.ask(f"{{ {list_.format('status ' + LIGHT)} }}"))

    assert not computes_status(without)
    assert computes_status(with_status)
    assert light
    assert light == [{n: v for n, v in node.items() if n != "status"} for node in full]


@pytest.mark.usefixtures("results")
async def test_status_is_not_computed_of_samples_of_which_nothing_is_asked_for(
    gateway: Client, statements: Callable[[], Any]
) -> None:
    with statements() as executed:
        await gateway.ask(
            "{ run(id: 1) { samples(first: 2) { totalCount pageInfo { endCursor } } }"
            " regressionTest(id: 1) { history { edges { cursor } } } }"
        )

    assert not computes_status(executed)


@pytest.mark.usefixtures("results")
@pytest.mark.parametrize("field", ["status", "statusToday", "failureKind", "resultMessage"])
async def test_status_is_computed_for_fields_that_follow_from_it(
    gateway: Client, statements: Callable[[], Any], field: str
) -> None:
    with statements() as executed:
        answer = await gateway.ask(
            f"{{ run(id: 1) {{ a: samples {{ nodes {{ regressionId }} }} "
            f"b: samples {{ nodes {{ {field} }} }} }} }}"
        )

    assert computes_status(executed)
    assert len({str(node) for node in answer["run"]["b"]["nodes"]}) > 1


@pytest.mark.usefixtures("results")
async def test_history_is_filtered_by_a_status_that_is_not_asked_for(gateway: Client) -> None:
    query = (
        "{ regressionTest(id: 1) { history(filter: {statuses: [SKIPPED]}) { nodes { runId } } } }"
    )

    assert (await gateway.ask(query))["regressionTest"]["history"]["nodes"] == [{"runId": 3}]


@only_on("sqlite")
@pytest.mark.usefixtures("results")
@pytest.mark.parametrize(
    "field", [each.name for each in get_object_definition(Sample, strict=True).fields]
)
async def test_each_field_of_a_sample_has_what_it_needs_in_lists(
    gateway: Client, field: str
) -> None:
    name = "".join(part.title() if n else part for n, part in enumerate(field.split("_")))
    for selection in ("", "{ __typename }"):
        query = " ".join(f"l{n}: {each.format(name + selection)}" for n, each in enumerate(LISTS))
        body = (await gateway.post("/graphql", json={"query": f"{{ {query} }}"})).json()
        if body.get("data"):
            break

    assert "errors" not in body


async def test_reading_the_status_of_a_row_without_it_is_an_error(demo_url: URL) -> None:
    samples = 19, Paging(BY_REGRESSION_ID, limit=5), None, False
    history = 41, Paging(HISTORY_NEWEST_FIRST, limit=5), HistoryFilter(), False
    database = Database(demo_url, pool_size=1, timeout_seconds=30)

    async with database.snapshot() as snapshot:
        pages = [
            await SamplePageByRunIdLoader(snapshot).load(samples),
            await HistoryPageByRegressionIdLoader(snapshot).load(history),
        ]
    await database.close()

    for page in pages:
        assert len(page.rows) == 5
        with pytest.raises(AttributeError):
            str(page.rows[0].status)
