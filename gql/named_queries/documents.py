"""The named queries: those of the cookbook, and those of the operator's trusted documents."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from typing import Any

from graphql import (
    DocumentNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    Token,
    TokenKind,
    parse,
    value_from_ast_untyped,
)

from gql.compat.strawberry import core_schema
from gql.errors import NotFound, shortened
from gql.execution.documents import OperationRejected
from gql.execution.streaming import StreamingSchema
from gql.named_queries.variables import Variable, variables_of

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A document, with examples of its variables' values that have an answer."""

    text: str
    examples: Mapping[str, Any]


@cache
def cookbook_document(recipe: str) -> NamedDocument:
    """The document of a recipe.

    A recipe can be run as it is: its required variables have a default, which is an example. The
    document requires them of every client.
    """
    text, examples = recipe, {}
    [operation, *_] = parse(recipe).definitions
    for definition in reversed(getattr(operation, "variable_definitions", ())):
        type_, default = definition.type, definition.default_value
        if isinstance(type_, NonNullTypeNode) and default and type_.loc and default.loc:
            examples[definition.variable.name.value] = value_from_ast_untyped(default)
            text = text[: type_.loc.end] + text[default.loc.end :]
    return NamedDocument(text, examples)


def cookbook_documents(recipes: Iterable[str]) -> dict[str, NamedDocument]:
    """The documents of recipes, by the question that each begins with."""
    return {recipe.partition("\n")[0]: cookbook_document(recipe) for recipe in recipes}


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """An operation that has a name, in its document.

    `operation_name` is None where the name is the document's and the operation has none.
    """

    name: str
    description: str
    text: str
    operation_name: str | None
    document: DocumentNode
    operation: OperationDefinitionNode
    variables: Mapping[str, Variable]


class NamedQueries:
    """The named queries that are valid in a schema under its execution policy.

    Of several queries with a name the last one counts. Subscriptions have no name here. Documents
    are validated on first use: that of the cookbook takes as long as all the rest of a start.
    """

    def __init__(self, schema: StreamingSchema, documents: Mapping[str, NamedDocument]) -> None:
        self._schema = schema
        self._documents = documents

    def validate(self) -> None:
        """Validate all documents now, and log what is wrong with them."""
        len(self._queries)

    @cached_property
    def _queries(self) -> dict[str, NamedQuery]:
        queries: dict[str, NamedQuery] = {}
        for name, document in self._documents.items():
            try:
                parsed = self._schema.documents.parse(document.text).document
            except OperationRejected as rejected:
                problems = " ".join(error.message for error in rejected.errors)
                logger.warning("/queries has no query of the document %s: %s", name, problems)
            else:
                queries |= _queries_of(self._schema, name, document, parsed)
        return queries

    def __iter__(self) -> Iterator[NamedQuery]:
        return iter(self._queries.values())

    def find(self, name: str) -> NamedQuery:
        """The query with this name; raises NotFound that says how to find one."""
        query = self._queries.get(name)
        if query is None:
            known = {each.lower(): each for each in self._queries}
            close = get_close_matches(name.lower(), known, n=1)
            hint = f"Did you mean {known[close[0]]}? " if close else ""
            raise NotFound(
                f'There is no query named "{shortened(name)}". {hint}/queries lists all.',
                resource="query",
                name=shortened(name),
                names=list(self._queries),
            )
        return query


def _queries_of(
    schema: StreamingSchema, document_name: str, named: NamedDocument, document: DocumentNode
) -> dict[str, NamedQuery]:
    queries: dict[str, NamedQuery] = {}
    for operation in document.definitions:
        if not isinstance(operation, OperationDefinitionNode):
            continue
        operation_name = operation.name.value if operation.name else None
        name = operation_name or document_name
        if operation.operation is OperationType.QUERY and _NAME.fullmatch(name):
            queries[name] = NamedQuery(
                name=name,
                description=_description(operation),
                text=named.text,
                operation_name=operation_name,
                document=document,
                operation=operation,
                variables=variables_of(core_schema(schema), document, operation, named.examples),
            )
    return queries


def _description(operation: OperationDefinitionNode) -> str:
    """The description of an operation, or the comment directly above it."""
    if operation.description:
        return operation.description.value
    lines: list[str] = []
    token: Token | None = operation.loc.start_token.prev if operation.loc else None
    while token is not None and token.kind is TokenKind.COMMENT:
        lines.insert(0, (token.value or "").strip())
        token = token.prev
    return " ".join(lines)
