"""What the README shows is what the gateway answers."""

import json
import re
from pathlib import Path

from gql.bounds import Bounds
from gql.operations import MAX_ERRORS, Rules
from gql.settings import Settings
from tests.conftest import Client

README = (Path(__file__).parent.parent / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


async def test_the_query_gives_the_answer_beside_it(client: Client) -> None:
    query = blocks("graphql")[0]
    shown = json.loads(blocks("json")[0])

    assert {"data": await client.ask(query)} == shown


async def test_the_rest_call_gives_the_answer_beside_it(client: Client) -> None:
    path = re.search(r"http://127\.0\.0\.1:8000(/api/v1/\S+)", README)
    shown = json.loads(blocks("json")[1])

    assert path
    assert (await client.get(path[1])).json() == shown


def test_the_bounds_are_those_that_hold() -> None:
    bounds, rules = Bounds(), Rules()
    row = r"^\| ([a-z][^|]*?)(?:, each[^|]*|, message[^|]*)? \| ([\d,]+)"
    shown = dict(re.findall(row, README, re.MULTILINE))

    assert shown["depth of fields"] == str(bounds.depth)
    assert shown["tokens of a document"] == str(bounds.tokens)
    assert shown["characters of a document"] == f"{bounds.characters:,}"
    assert bounds.aliases == bounds.root_fields == bounds.directives
    assert shown["aliases, root fields, directives"] == str(bounds.aliases)
    assert shown["cost of an operation"] == str(rules.max_cost)
    assert shown["body of a request"] == f"{default('max_body_bytes'):,}"
    assert shown["errors told of a document"] == str(MAX_ERRORS)
    assert default("graphql_max_depth") == bounds.depth
    assert default("graphql_max_tokens") == bounds.tokens
    assert default("graphql_max_cost") == rules.max_cost


def default(setting: str) -> int:
    return int(Settings.model_fields[setting].default)
