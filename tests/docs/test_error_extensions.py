"""The `extensions` of errors are those that docs/frontend.md lists."""

import json
import sqlite3
from asyncio import gather
from contextlib import closing
from typing import Any

from sqlalchemy import text

from gql.errors import CODES, TooManyStreams
from gql.execution.masked_errors import formatted_error
from tests.docs.documents import DOCS, names, rows
from tests.support import rows as new_rows
from tests.support.databases import only_on
from tests.support.gateway import Client, running_app, settings
from tests.support.platform import Platform

LISTED = {(code, *sorted(names(keys))) for code, keys, _ in rows(DOCS / "frontend.md", "Errors")}

UNSCOPED = "spci_" + "u" * 43
UNKNOWN_HASH = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
TAGS = "{ tags { id } }"
WATCH = "subscription { runProgress(id: 9) { completed } }"


async def extensions_of(client: Client, query: str | None, **extensions: Any) -> tuple[str, ...]:
    """The code and the other keys of an answer's error; an answer may be an event."""
    response = await client.post(
        "/graphql",
        json={"query": query, "extensions": extensions},
        headers={"accept": "application/json" if query != WATCH else "text/event-stream"},
    )
    body = response.text.removeprefix("event: next\ndata: ").split("\n")[0]
    [error] = json.loads(body)["errors"]
    return keys_of(error)


def keys_of(error: dict[str, Any]) -> tuple[str, ...]:
    return error["extensions"].pop("code"), *sorted(error["extensions"])


@only_on("sqlite")
async def test_extensions_of_each_error_are_listed(platform: Platform, gateway: Client) -> None:
    await platform.add(
        new_rows.media(7),
        new_rows.regression_test(1, sample_id=7),
        new_rows.regression_test(2, sample_id=7),
        new_rows.run(1),
        new_rows.token(UNSCOPED, scopes_json='["results:read"]'),
    )

    answers = {
        await extensions_of(gateway, "{ nonsense }"),
        await extensions_of(gateway, "{ media { id } }"),
        await extensions_of(gateway, "{ node(id: 1) { nodeId } } #" + " " * 20_000),
        await extensions_of(gateway, "{ sample(runId: 1, mediaId: 7) { status } }"),
        await extensions_of(gateway, WATCH),
        await extensions_of(gateway, None, **UNKNOWN_HASH),
    }
    async with platform.writer.begin() as connection:
        await connection.execute(text("UPDATE test SET pr_nr = 'no number'"))
    answers.add(await extensions_of(gateway, "{ run(id: 1) { pullRequest } }"))
    async with running_app(settings(platform.url), token=None) as stranger:
        answers.add(await extensions_of(stranger, TAGS))
    async with running_app(settings(platform.url), token=UNSCOPED) as unscoped:
        answers.add(await extensions_of(unscoped, TAGS))
    limited = settings(platform.url, rate_limit_requests=1)
    async with running_app(limited, token=platform.token) as client:
        await client.ask(TAGS)
        answers.add(await extensions_of(client, TAGS))
    async with running_app(settings("postgresql://nobody@127.0.0.1:1/nothing")) as client:
        answers.add(await extensions_of(client, TAGS))
    slow = settings(platform.url, max_concurrent_requests=1, database_statement_timeout_seconds=2)
    async with running_app(slow, token=platform.token) as client:
        with closing(sqlite3.connect(str(platform.url.database))) as writer:
            writer.execute("BEGIN EXCLUSIVE")
            answers |= {*await gather(extensions_of(client, TAGS), extensions_of(client, TAGS))}

    # A further stream takes a client that does not wait for the end of the first.
    answers.add(keys_of(formatted_error(TooManyStreams(20))))

    assert answers == LISTED
    assert {code for code, *_ in answers} == {each.graphql for each in CODES.values()}
