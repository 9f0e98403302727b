"""Which operations are executed: those that are trusted, within bounds, valid and paid for."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gql.errors import BadInput
from gql.execution.cost import OperationCost, costs_of
from gql.execution.limits import Bounds, exceeded
from gql.execution.masked_errors import refusal
from gql.execution.usage import ExecutionLimits
from gql.telemetry import metrics
from gql.telemetry.log import without_tokens
from gql.telemetry.request_log import note

KEPT_CHARACTERS = 250_000

MAX_ERRORS = 5

ANONYMOUS = "anonymous"

_lookups = metrics.Lookups("documents")

_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(frozen=True)
class Rules:
    """What a deployment has decided about operations."""

    bounds: Bounds = field(default_factory=Bounds)
    limits: ExecutionLimits = field(default_factory=ExecutionLimits)
    max_cost: int = 50
    introspection: bool = True
    trusted: frozenset[str] | None = None


class Refused(Exception):
    """An operation that is not executed, and all that is wrong with it."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__(*errors)
        self.errors = list(errors)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that is executed, and what its operations cost by their names."""

    document: DocumentNode
    costs: dict[str | None, OperationCost]


class Operations:
    """Reads documents by the rules, and keeps those that were asked for lately."""

    def __init__(self, schema: GraphQLSchema, rules: Rules) -> None:
        self._schema = schema
        self._rules = rules
        # A document that is kept takes some hundred bytes for each of its characters.
        self._kept: LRUCache[str, tuple[int, Prepared | Refused]] = LRUCache(
            KEPT_CHARACTERS, getsizeof=itemgetter(0)
        )

    async def admit(
        self,
        charge: Callable[[int], Awaitable[None]],
        text: str,
        name: str | None,
        variables: Mapping[str, Any] | None,
    ) -> int:
        """How many requests an operation counts for; the client is charged those beyond one.

        Raises Refused for one that is not executed, and RateLimited where it is not paid for.
        """
        requests = self.cost(text, name, variables)
        if requests > 1:
            await charge(requests - 1)
        return requests

    def cost(self, text: str, name: str | None, variables: Mapping[str, Any] | None) -> int:
        """How many requests an operation counts for.

        Raises Refused for one that is not executed. One that the document lacks is for execution
        to refuse.
        """
        (_lookups.hit if text in self._kept else _lookups.miss)()
        costs = self.prepare(text).costs
        if name is None and name not in costs:
            raise Refused(
                GraphQLError("The document has several operations: name one in operationName.")
            )
        if name not in costs:
            return 1
        note(operation=without_tokens(name or next(iter(costs)) or ANONYMOUS))
        requests = costs[name].of(variables)
        if requests > self._rules.max_cost:
            remedy = f"Ask for smaller pages, or less of each row: this costs {requests}."
            raise Refused(exceeded("cost", self._rules.max_cost, remedy))
        return requests

    def prepare(self, text: str) -> Prepared:
        """The document that the text is; raises Refused with all that is wrong with it."""
        kept = self._kept.get(text)
        if kept is None:
            try:
                prepared: Prepared | Refused = self._prepare(text)
            except Refused as refused:
                prepared = refused.with_traceback(None)
            kept = len(text), prepared
            with suppress(ValueError):  # One that is larger than all that is kept together.
                self._kept[text] = kept
        if isinstance(kept[1], Refused):
            raise Refused(*kept[1].errors)
        return kept[1]

    def _prepare(self, text: str) -> Prepared:
        if self._rules.trusted is not None and text not in self._rules.trusted:
            error = BadInput("Only trusted documents are executed, and this is none.")
            raise Refused(refusal(error))
        try:
            document = self._rules.bounds.parse(text)
        except GraphQLError as error:
            raise Refused(error.with_traceback(None)) from None
        errors = validate(
            self._schema,
            document,
            _RULES if self._rules.introspection else (*_RULES, NoSchemaIntrospectionCustomRule),
            max_errors=MAX_ERRORS,
            hide_suggestions=not self._rules.introspection,
        )
        if errors:
            raise Refused(*errors)
        return Prepared(document, costs_of(self._schema, document))


def extensions_of(requests: int) -> dict[str, Any] | None:
    """What an answer tells of a cost other than that of any request."""
    return {"cost": requests} if requests > 1 else None


class Documents(SchemaExtension):
    """Gives an execution the document that was prepared for it."""

    def __init__(self, operations: Operations) -> None:
        super().__init__()
        self._operations = operations

    def on_parse(self) -> Iterator[None]:
        execution = self.execution_context
        execution.graphql_document = self._operations.prepare(execution.query or "").document
        execution.pre_execution_errors = []
        yield
