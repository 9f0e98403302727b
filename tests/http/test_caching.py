"""What clients may keep, for how long, and how they ask whether it still holds."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from gql.database import DatabaseUnavailable
from gql.http.caching import conditional_response
from gql.loaders.run import RunByIdLoader
from tests.support import rows
from tests.support.databases import only_on
from tests.support.gateway import Client
from tests.support.platform import Platform
from tests.support.rows import VARIANT

pytestmark = [pytest.mark.quick, only_on("sqlite")]

SETTLED = "private, max-age=60"
LIVE = "private, no-cache"

REST = "/api/v1/runs/{run}/samples/1"
SAMPLE = "{{ sample(runId: {run}, regressionId: 1) {{ status outputs {{ status }} }} }}"
FINISHED, TESTING, QUEUED = 1, 2, 3

Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture(autouse=True)
async def runs(platform: Platform) -> None:
    """A sample 1 in a run that is completed, in one that is testing and in one that is queued."""
    await platform.add(
        rows.run(FINISHED, "testing", "completed"),
        rows.regression_test(1, outputs=(11,), last_passed_on_linux=FINISHED),
        rows.run(TESTING, "testing"),
        rows.run(QUEUED),
        *(rows.result(run, 1) for run in (FINISHED, TESTING)),
        *(rows.file(run, 1, 11, got=VARIANT) for run in (FINISHED, TESTING)),
    )


async def get(client: Client, query: str, **options: Any) -> httpx.Response:
    return await client.get("/graphql", params={"query": query}, **options)


@pytest.fixture(params=["REST", "GraphQL", "persisted query"])
def ask(request: pytest.FixtureRequest, gateway: Client) -> Ask:
    """Asks for the sample of a run over one of the ways there are to GET it."""

    async def ask(run: int, **headers: str) -> httpx.Response:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if request.param == "REST":
            return await gateway.get(REST.format(run=run), headers=headers)
        query = SAMPLE.format(run=run)
        if request.param == "GraphQL":
            return await get(gateway, query, headers=headers)
        name = hashlib.sha256(query.encode()).hexdigest()
        persisted = {"persistedQuery": {"version": 1, "sha256Hash": name}}
        extensions = {"extensions": json.dumps(persisted)}
        await gateway.post("/graphql", json={"query": query, "extensions": persisted})
        return await gateway.get("/graphql", params=extensions, headers=headers)

    return ask


# If-None-Match


async def test_unchanged_response_is_a_304(ask: Ask) -> None:
    first = await ask(FINISHED)
    second = await ask(FINISHED, if_none_match=first.headers["etag"])

    assert (first.status_code, second.status_code) == (200, 304)
    assert not second.content
    assert "content-type" not in second.headers
    for name in ("etag", "cache-control", "vary"):
        assert second.headers[name] == first.headers[name]


async def test_changed_response_is_sent(platform: Platform, ask: Ask) -> None:
    before = await ask(FINISHED)
    await platform.add(rows.variant(11, VARIANT))
    after = await ask(FINISHED, if_none_match=before.headers["etag"])

    assert after.status_code == 200
    assert after.json() != before.json()
    assert after.headers["etag"] != before.headers["etag"]


async def test_if_none_match_star_is_a_304(ask: Ask) -> None:
    assert (await ask(FINISHED, if_none_match="*")).status_code == 304


async def test_if_none_match_does_not_hide_a_404(gateway: Client) -> None:
    response = await gateway.get(REST.format(run=99), headers={"if-none-match": "*"})

    assert response.status_code == 404


async def test_not_modified_response_counts_against_the_rate_limit(ask: Ask) -> None:
    first = await ask(FINISHED)
    second = await ask(FINISHED, if_none_match=first.headers["etag"])
    third = await ask(FINISHED, if_none_match=first.headers["etag"])

    assert {"x-ratelimit-limit", "x-ratelimit-reset"} <= set(third.headers)
    assert int(third.headers["x-ratelimit-remaining"]) < int(
        second.headers["x-ratelimit-remaining"]
    )


TAGS = st.text(st.characters(codec="latin-1", exclude_characters='"', categories="LNPS"))


@given(others=st.lists(TAGS), place=st.none() | st.integers(0, 10), lines=st.integers(1, 3))
@pytest.mark.parametrize("weak", [True, False])
def test_etag_matches_in_a_list_and_only_itself(
    others: list[str], place: int | None, lines: int, weak: bool
) -> None:
    tag = conditional_response(asking(), Response("body")).headers["etag"]
    held = [f'"{other}"' for other in others]
    if place is not None:
        held.insert(place, tag if weak else tag.removeprefix("W/"))
    per_line = max(1, -(-len(held) // lines))
    headers = [", ".join(held[n : n + per_line]) for n in range(0, len(held), per_line)]

    response = conditional_response(asking(*headers), Response("body"))

    assert response.status_code == (200 if place is None else 304)


def asking(*if_none_match: str) -> Request:
    headers = [(b"if-none-match", line.encode("latin-1")) for line in if_none_match]
    return Request({"type": "http", "headers": headers})


# Cache-Control


async def test_response_of_a_completed_run_is_fresh_for_a_minute(ask: Ask) -> None:
    assert (await ask(FINISHED)).headers["cache-control"] == SETTLED


@pytest.mark.parametrize("run", [TESTING, QUEUED])
async def test_response_of_a_run_in_progress_is_revalidated(ask: Ask, run: int) -> None:
    response = await ask(run)

    assert response.status_code == 200
    assert response.headers["cache-control"] == LIVE


@pytest.mark.parametrize(
    ("state", "expected"),
    [("completed", SETTLED), pytest.param("canceled", LIVE, id="canceled: workers may report")],
)
async def test_response_becomes_fresh_once_the_run_is_completed(
    platform: Platform, ask: Ask, state: str, expected: str
) -> None:
    before = await ask(TESTING)
    await platform.add(rows.progress(TESTING, state))
    after = await ask(TESTING)

    assert (before.headers["cache-control"], after.headers["cache-control"]) == (LIVE, expected)


async def test_vary_covers_authorization_and_encoding(
    gateway: Client,
) -> None:
    rest = await gateway.get(REST.format(run=FINISHED))
    graphql = await get(gateway, SAMPLE.format(run=FINISHED))

    assert rest.headers["vary"] == "Authorization"
    assert graphql.headers["vary"] == "Accept, Authorization"


@pytest.mark.parametrize(
    "query",
    [
        "{ run(id: 1) { status summary { pass byCategory { pass } } progress { status } } }",
        "{ run(id: 1) { samples { totalCount nodes { status tags media { sha } } } } }",
        "{ run(id: 1) { samples { nodes { failureKind failureFingerprint statusToday } } } }",
        "{ run(id: 1) { summary { passToday byFailureKind { count } } } }",
        "{ sample(runId: 1, regressionId: 1) { run { id } regressionTest { command } } }",
        "{ compareRuns(head: 1, base: 1) { changes { regressionTest { id } } } }",
        "{ run(id: 1) { samples { nodes { outputs { acceptedVariants matchedVariant } } } } }",
    ],
)
async def test_response_of_completed_runs_only_is_cacheable(gateway: Client, query: str) -> None:
    assert (await get(gateway, query)).headers["cache-control"] == SETTLED


@pytest.mark.parametrize(
    "query",
    [
        "{ run(id: 1) { id } runs { nodes { id } } }",
        '{ run(id: 1) { id } runs(filter: {branch: "master"}) { totalCount } }',
        "{ run(id: 1) { id } tags { id } categories { id } }",
        "{ run(id: 1) { id } another: run(id: 2) { id } }",
        "{ run(id: 1) { id } missing: run(id: 99) { id } }",
        "{ run(id: 1) { previous { id } } }",
        "{ run(id: 1) { comparison { base { id } } } }",
        "{ run(id: 1) { comparison(base: 1) { changes(onlyHere: true) { verdict } } } }",
        "{ run(id: 1) { samples(filter: {verdicts: [NO_REFERENCE]}) { totalCount } } }",
        "{ run(id: 1) { samples { nodes { verdict } } } }",
        "{ compareRuns(head: 1, base: 2) { changes { regressionTest { id } } } }",
        "{ sample(runId: 1, regressionId: 1) { stability { statusChanges } } }",
        "{ sample(runId: 1, regressionId: 1) { regressionTest { history { nodes { runId } } } } }",
        "{ regressionTest(id: 1) { lastPassed(platform: LINUX) { id } } }",
        "{ run(id: 1) { id } regressionTest(id: 1) { lastPassed(platform: LINUX) { id } } }",
        "{ regressionTest(id: 1) { command } }",
        "{ __typename }",
    ],
)
async def test_response_that_another_run_may_change_is_revalidated(
    gateway: Client, query: str
) -> None:
    response = await get(gateway, query)

    assert "errors" not in response.json()
    assert response.headers["cache-control"] == LIVE
    assert response.headers["etag"]


async def test_coalesced_responses_have_the_shortest_freshness(
    gateway: Client,
) -> None:
    query = "query ($run: Int!) { sample(runId: $run, regressionId: 1) { status } }"
    runs = [FINISHED, TESTING] * 10
    responses = await asyncio.gather(
        *(
            gateway.get("/graphql", params={"query": query, "variables": json.dumps({"run": run})})
            for run in runs
        )
    )

    for run, response in zip(runs, responses, strict=True):
        if run == TESTING:
            assert response.headers["cache-control"] == LIVE


async def test_response_is_not_cacheable_when_its_freshness_is_unknown(
    gateway: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_loader: RunByIdLoader, _keys: Any) -> Any:
        raise DatabaseUnavailable

    monkeypatch.setattr(RunByIdLoader, "load_many", fail)
    response = await get(gateway, SAMPLE.format(run=FINISHED))

    assert response.json()["data"]["sample"]["status"] == "FAIL"
    assert response.headers["cache-control"] == LIVE


@pytest.mark.parametrize(
    "query",
    [
        "{ nothing }",
        "{ sample(runId: 1) { status } }",
        "{ run(id: 1) { id } runs(first: -1) { nodes { id } } }",
    ],
)
async def test_response_with_errors_is_not_cacheable(gateway: Client, query: str) -> None:
    response = await get(gateway, query, headers={"if-none-match": "*"})

    assert response.json()["errors"]
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


async def test_response_to_post_is_not_cacheable(gateway: Client) -> None:
    response = await gateway.post(
        "/graphql",
        json={"query": SAMPLE.format(run=FINISHED)},
        headers={"if-none-match": "*"},
    )

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/nothing", "/"])
async def test_response_without_freshness_is_not_cacheable(gateway: Client, path: str) -> None:
    assert (await gateway.get(path)).headers["cache-control"] == "no-store"
