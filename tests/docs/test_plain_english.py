"""Public text uses plain English: none of the words below, each with what to write in its place.

These are words that the project once used in a sense of its own. A reader who has not seen the
project has to guess it, so a sentence with one of them is read twice.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from prometheus_client.metrics import MetricWrapperBase

from gql.cli.main import main
from gql.settings import Settings
from gql.telemetry import metrics
from tests.docs.documents import DOCS, DOCUMENTS, ROOT
from tests.support.schema import GRAPHQL_SCHEMA

pytestmark = pytest.mark.quick

INSTEAD = {
    r"tells?|told|telling": "return, report, show, list",
    r"alike": "in the same way",
    r"moments?": "snapshot, timestamp, time",
    r"mend(?:s|ed|ing)?": "fix",
    r"faces?": "API",
    r"the house|rooms?": "architecture, package, space",
    r"who(?:ever)?": "a client that, a person with",
    r"(?:is|are) none": "is not a, there is no",
    r"unless told": "by default",
    r"g(?:a|i)ve(?:s|n)? out": "issue, return",
    r"as it stands": "unchanged",
    r"lets? in": "allow, accept",
    r"in any case": "case-insensitive",
    r"in good time": "in time, before the deadline",
    r"goes on": "continue, be in progress",
    r"makes? no sense": "be invalid, contradict",
    r"news": "new results, change",
}
PAGES = [*DOCUMENTS, ROOT / "gql/explorer/README.md", *sorted((DOCS / "deploy").iterdir())]
PRINTED_BY = {"debug", "info", "warning", "exception", "error", "ok", "echo"}
WORDS = re.compile("|".join(rf"\b(?:{words})\b" for words in INSTEAD), re.IGNORECASE)


def prose(document: str) -> str:
    """A document without its code and the addresses of its links."""
    without_blocks = re.sub(r"^```.*?^```", "", document, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`|\]\([^)]*\)", " ", without_blocks)


def descriptions() -> Iterator[str]:
    """Every description in the GraphQL schema."""
    for type_ in GRAPHQL_SCHEMA.type_map.values():
        parts = {**getattr(type_, "fields", {}), **getattr(type_, "values", {})}
        yield type_.description or ""
        for part in parts.values():
            yield part.description or ""
            yield part.deprecation_reason or ""
            yield from (
                argument.description or "" for argument in getattr(part, "args", {}).values()
            )


def messages() -> Iterator[str]:
    """Every text of an error, of the log, and of what a command prints."""
    for package in ("gql", "rest_compat"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Raise) or _is_message(node):
                    yield from _texts(node)


def _is_message(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function = ast.unparse(node.func)
    return function == "super().__init__" or function.rpartition(".")[2] in PRINTED_BY


def _texts(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def documented_metrics() -> Iterator[str]:
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            yield from (family.documentation for family in metric.describe())


def help_texts(command: click.Command = main) -> Iterator[str]:
    """The help of the console command and of all its commands and options."""
    yield command.help or ""
    yield from (getattr(parameter, "help", None) or "" for parameter in command.params)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            assert subcommand
            yield from help_texts(subcommand)


def found(texts: Iterator[str]) -> list[str]:
    """The sentences that have one of the words."""
    return [
        f"{word[0]!r} in {text[max(0, word.start() - 40) : word.end() + 40]!r}"
        for text in texts
        for word in WORDS.finditer(text)
    ]


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_document_is_in_plain_english(document: Path) -> None:
    assert found(iter([prose(document.read_text())])) == []


def test_settings_are_described_in_plain_english() -> None:
    assert found(field.description or "" for field in Settings.model_fields.values()) == []


def test_schema_is_described_in_plain_english() -> None:
    assert found(descriptions()) == []


def test_messages_are_in_plain_english() -> None:
    assert found(messages()) == []


def test_metrics_are_described_in_plain_english() -> None:
    assert found(documented_metrics()) == []


def test_help_of_the_command_is_in_plain_english() -> None:
    assert found(help_texts()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Whoever asks is told the moment.", ["Whoever", "told", "moment"]),
        ("The whole surface shows new sample results.", []),
    ],
)
def test_words_are_found_whole(text: str, words: list[str]) -> None:
    assert [word[0] for word in WORDS.finditer(text)] == words
