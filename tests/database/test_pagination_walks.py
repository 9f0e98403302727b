"""Whatever a list is filtered and ordered by, walking it gives each row once, and in order.

Random small platforms are walked forward and backward by pages of any size, with searches that
stop after a few runs. What the pages say of themselves is compared with the whole list.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from gql.database import tables
from gql.loaders import history
from gql.request import queries
from tests.support.databases import only_on
from tests.support.gateway import Client
from tests.support.platform import Platform
from tests.support.rows import TIMESTAMP

EVERY_EXAMPLE_ANEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"

RUNS = f"""
query ($first: Int, $after: String, $last: Int, $before: String, $filter: RunFilter,
       $order: RunOrder! = NEWEST_FIRST) {{
  runs(first: $first, after: $after, last: $last, before: $before, filter: $filter,
       orderBy: $order) {{ nodes {{ id }} {PAGE} }}
}}
"""

HISTORY = f"""
query ($first: Int, $after: String, $last: Int, $before: String, $filter: HistoryFilter) {{
  regressionTest(id: 1) {{
    history(first: $first, after: $after, last: $last, before: $before, filter: $filter) {{
      nodes {{ id: runId }} {PAGE}
    }}
  }}
}}
"""

SAMPLES = f"""
query ($first: Int, $after: String, $last: Int, $before: String, $filter: SampleFilter,
       $order: SampleOrder! = REGRESSION_ID) {{
  run(id: 1) {{
    samples(first: $first, after: $after, last: $last, before: $before, filter: $filter,
            orderBy: $order) {{
      nodes {{ id: regressionId }} {PAGE}
    }}
  }}
}}
"""


@dataclass
class List:
    """A list of the gateway's: the query for it, and where the answer has it."""

    client: Client
    query: str
    path: tuple[str, ...]
    variables: dict[str, Any]

    async def page(self, **paging: Any) -> Any:
        found = await self.client.ask(self.query, **self.variables, **paging)
        for name in self.path:
            found = found[name]
        return found


class Reach(NamedTuple):
    """How many rows a page may hold, and how many runs it may look at for them."""

    size: int
    scanned: int


def ids(page: Any) -> list[int]:
    return [node["id"] for node in page["nodes"]]


async def walk(walked: List, size: int, *, backward: bool, **start: str) -> list[Any]:
    """All pages from an end or a cursor to the other end, as they say that there are more."""
    pages: list[Any] = []
    paging = start
    while not pages or pages[-1]["pageInfo"]["hasPreviousPage" if backward else "hasNextPage"]:
        page = await walked.page(**{"last" if backward else "first": size}, **paging)
        pages.append(page)
        info = page["pageInfo"]
        paging = {"before": info["startCursor"]} if backward else {"after": info["endCursor"]}
        assert len(pages) < 100
    return pages


async def check(walked: List, expected: list[int], size: int, *, is_search: bool = False) -> None:
    """Walk both ways, and from every page of both go on to either end.

    A page knows whether another one follows, except where a search has not looked yet.
    """
    for backward in (False, True):
        pages = await walk(walked, size, backward=backward)
        pages = pages[::-1] if backward else pages
        assert [id for page in pages for id in ids(page)] == expected

        seen = 0
        for at, page in enumerate(pages):
            info = page["pageInfo"]
            before, seen = seen, seen + len(ids(page))
            assert info["hasPreviousPage"] == (at > 0)
            assert info["hasNextPage"] == (at < len(pages) - 1)
            if info["hasPreviousPage" if backward else "hasNextPage"]:
                assert None not in (info["startCursor"], info["endCursor"])
            if not is_search:
                assert info["hasPreviousPage"] == (before > 0)
                assert info["hasNextPage"] == (seen < len(expected))
            if info["startCursor"] is not None:
                rest = await walk(walked, 50, backward=True, before=info["startCursor"])
                assert [id for page in rest[::-1] for id in ids(page)] == expected[:before]
            if info["endCursor"] is not None:
                rest = await walk(walked, 50, backward=False, after=info["endCursor"])
                assert [id for page in rest for id in ids(page)] == expected[seen:]


def rows_of_runs(platforms: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "id": id,
            "platform": platform,
            "test_type": "commit",
            "branch": "",
            "commit": "",
            "pr_nr": 0,
        }
        for id, platform in enumerate(platforms, 1)
    ]


async def write(platform: Platform, rows: dict[type[tables.Base], list[dict[str, Any]]]) -> None:
    async with platform.writer.begin() as connection:
        for table in reversed(rows):
            await connection.execute(delete(table))
        for table, its_rows in rows.items():
            if its_rows:
                await connection.execute(insert(table), its_rows)


def lists_of(elements: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Mostly long ones, in which a search of a few runs stops often."""
    return st.lists(elements, min_size=8, max_size=12) | st.lists(elements, max_size=3)


def sets_of(elements: st.SearchStrategy[Any]) -> st.SearchStrategy[set[Any]]:
    return st.sets(elements, min_size=1) | st.sets(elements)


STATE_OF_STATUS = {
    "QUEUED": None,
    "RUNNING": "testing",
    "CANCELED": "canceled",
    "ERROR": "completed",
}
platforms = st.sampled_from(["linux", "windows"])
statuses = st.sampled_from(list(STATE_OF_STATUS))


@only_on("sqlite")
@EVERY_EXAMPLE_ANEW
@given(
    runs=lists_of(st.tuples(platforms, statuses)),
    wanted=st.none() | st.tuples(st.sampled_from(["states", "statuses"]), sets_of(statuses)),
    on=st.sampled_from([None, None, "linux", "windows"]),
    order=st.sampled_from(["NEWEST_FIRST", "OLDEST_FIRST"]),
    reach=st.builds(Reach, size=st.integers(1, 3), scanned=st.integers(1, 6)),
)
async def test_pagination_of_runs_visits_each_run_once(
    runs: list[tuple[str, str]],
    wanted: tuple[str, set[str]] | None,
    on: str | None,
    order: str,
    reach: Reach,
    platform: Platform,
    gateway: Client,
) -> None:
    states = [STATE_OF_STATUS[status] for _, status in runs]
    await write(
        platform,
        {
            tables.Test: rows_of_runs([its_platform for its_platform, _ in runs]),
            tables.TestProgress: [
                {"test_id": id, "status": state, "timestamp": TIMESTAMP, "message": ""}
                for id, state in enumerate(states, 1)
                if state
            ],
        },
    )
    expected = [
        id
        for id, (its_platform, status) in enumerate(runs, 1)
        if on in (None, its_platform) and (wanted is None or status in wanted[1])
    ]
    filter: dict[str, Any] = {"platform": on and on.upper()}
    if wanted is not None:
        by, names = wanted
        states_wanted = [(STATE_OF_STATUS[status] or "queued").upper() for status in names]
        filter[by] = states_wanted if by == "states" else list(names)
    walked = List(gateway, RUNS, ("runs",), {"filter": filter, "order": order})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "RUNS_SCANNED", reach.scanned)
        in_order = expected[::-1] if order == "NEWEST_FIRST" else expected
        await check(walked, in_order, reach.size, is_search=wanted is not None)


@only_on("sqlite")
@EVERY_EXAMPLE_ANEW
@given(
    results=lists_of(st.tuples(platforms, st.sampled_from(["PASS", "FAIL", None]))),
    wanted=st.none() | sets_of(st.sampled_from(["PASS", "FAIL"])),
    on=st.sampled_from([None, None, "linux", "windows"]),
    reach=st.builds(Reach, size=st.integers(1, 3), scanned=st.integers(1, 6)),
)
async def test_pagination_of_a_history_visits_each_result_once(
    results: list[tuple[str, str | None]],
    wanted: set[str] | None,
    on: str | None,
    reach: Reach,
    platform: Platform,
    gateway: Client,
) -> None:
    await write(
        platform,
        {
            tables.RegressionTest: [{"id": 1, "command": "", "active": False}],
            tables.Test: rows_of_runs([its_platform for its_platform, _ in results]),
            tables.TestResult: [
                {"test_id": id, "regression_test_id": 1, "exit_code": int(status == "FAIL"),
                 "expected_rc": 0}
                for id, (_, status) in enumerate(results, 1)
                if status
            ],
        },
    )  # fmt: skip
    expected = [
        id
        for id, (its_platform, status) in enumerate(results, 1)
        if status and on in (None, its_platform) and (wanted is None or status in wanted)
    ]
    filter = {
        "platform": on and on.upper(),
        "statuses": None if wanted is None else list(wanted),
    }
    walked = List(gateway, HISTORY, ("regressionTest", "history"), {"filter": filter})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "HISTORY_SCANNED", reach.scanned)
        await check(walked, expected[::-1], reach.size, is_search=wanted is not None)


NAMES = ["", "a", "b"]


def by_runtime(test: int, runtime: int | None, _name: str | None) -> tuple[int, int]:
    return (-1 if runtime is None else max(runtime, -1), test)


ORDERS = {
    "REGRESSION_ID": lambda test, _runtime, _name: test,
    "SLOWEST_FIRST": by_runtime,
    "FASTEST_FIRST": by_runtime,
    "NAME": lambda test, _runtime, name: (name or "", test),
}


@EVERY_EXAMPLE_ANEW
@given(
    tests=st.lists(
        st.tuples(st.sampled_from([None, -7, -1, 0, 5, 5, 900]), st.sampled_from([None, *NAMES])),
        max_size=7,
    ),
    named=st.none() | st.sampled_from(NAMES),
    order=st.sampled_from(list(ORDERS)),
    size=st.integers(1, 4),
)
async def test_pagination_of_samples_visits_each_sample_once(
    tests: list[tuple[int | None, str | None]],
    named: str | None,
    order: str,
    size: int,
    platform: Platform,
    gateway: Client,
) -> None:
    await write(
        platform,
        {
            tables.MediaFile: [
                {"id": id, "extension": "", "original_name": name}
                for id, name in enumerate(NAMES, 1)
            ],
            tables.RegressionTest: [
                {"id": id, "command": "", "active": True,
                 "sample_id": None if name is None else NAMES.index(name) + 1}
                for id, (_, name) in enumerate(tests, 1)
            ],
            tables.Test: rows_of_runs(["linux"]),
            tables.TestResult: [
                {"test_id": 1, "regression_test_id": id, "runtime": runtime}
                for id, (runtime, _) in enumerate(tests, 1)
            ],
        },
    )  # fmt: skip
    in_order = sorted(
        (id for id, (_, name) in enumerate(tests, 1) if named is None or name == named),
        key=lambda test: ORDERS[order](test, *tests[test - 1]),
        reverse=order == "SLOWEST_FIRST",
    )
    filter = {} if named is None else {"mediaIds": [NAMES.index(named) + 1]}
    variables = {"filter": filter, "order": order}

    await check(List(gateway, SAMPLES, ("run", "samples"), variables), in_order, size)
