"""What the README and docs/ say is so."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gql.execution.documents import MAX_ERRORS, ExecutionPolicy
from gql.execution.limits import QueryLimits
from gql.settings import Settings
from tests.conftest import Client
from tests.test_docs_api import in_rest_words

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]


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


async def test_the_second_query_asks_for_the_rest_document(client: Client) -> None:
    sample = (await client.ask(blocks("graphql")[1]))["sample"]

    assert in_rest_words(sample) == json.loads(blocks("json")[1])


def test_the_bounds_are_those_that_hold() -> None:
    bounds, rules = QueryLimits(), ExecutionPolicy()
    row = r"^\| ([a-z][^|]*?)(?:, each[^|]*|, message[^|]*)? \| ([\d,]+)"
    shown = dict(re.findall(row, README, re.MULTILINE))

    assert shown["depth of fields"] == str(bounds.depth)
    assert shown["tokens of a document"] == str(bounds.tokens)
    assert shown["characters of a document"] == f"{bounds.characters:,}"
    assert bounds.aliases == bounds.root_fields == bounds.directives
    assert shown["aliases, root fields, directives"] == str(bounds.aliases)
    assert shown["cost of an operation"] == str(rules.max_cost)
    assert shown["body of a request"] == f"{default('max_body_bytes'):,}"
    assert f"Of the errors of a document {MAX_ERRORS} are told." in README
    assert default("graphql_max_depth") == bounds.depth
    assert default("graphql_max_tokens") == bounds.tokens
    assert default("graphql_max_cost") == rules.max_cost


def default(setting: str) -> int:
    return int(Settings.model_fields[setting].default)


def test_the_settings_are_all_listed_with_their_defaults() -> None:
    operating = (ROOT / "docs/operating.md").read_text()
    listed = re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)`)? ?\| (.+) \|$", operating, re.MULTILINE)

    assert listed == [
        (name.upper(), shown(field.default), field.description)
        for name, field in Settings.model_fields.items()
    ]


def shown(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", document.read_text()):
        target, _, anchor = link.partition("#")
        linked = (document.parent / target) if target else document
        assert linked.exists(), link
        assert not anchor or anchor in anchors(linked), link


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_every_document_can_be_reached_from_the_readme() -> None:
    assert all(f"](docs/{path.name})" in README for path in ROOT.glob("docs/*.md"))
