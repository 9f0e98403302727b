"""Documents: parsed, validated and costed once, and authorized by the execution policy."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson
from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    get_operation_ast,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from typing_extensions import override

from gql.compat.strawberry import MaybeNullValidationRule, OneOfInputValidationRule
from gql.errors import BadInput, shortened
from gql.execution.batch_keys import batch_key_variables
from gql.execution.cost import OperationCost, costs_of
from gql.execution.cost_expression import MAX_REPRESENTATIONS
from gql.execution.limits import QueryLimits, limit_exceeded
from gql.execution.masked_errors import rejection, without_schema
from gql.execution.selections import selected_fields
from gql.execution.table import Table
from gql.execution.usage import ExecutionLimits
from gql.security.account import ChargedCost, current_account
from gql.telemetry import metrics
from gql.telemetry.log import without_tokens
from gql.telemetry.request_log import set_request_attributes

MAX_CACHED_BYTES = 6 * 2**20

# Measured: what a token of a parsed document takes, with its cost, and any cached text.
BYTES_PER_TOKEN = 700
_OVERHEAD_BYTES = 2_000

MAX_ERRORS = 5

# orjson writes up to 254 levels.
MAX_NESTING_OF_VARIABLES = 100

ANONYMOUS = "anonymous"

_lookups = metrics.CacheLookups("documents")

_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(frozen=True)
class ExecutionPolicy:
    """What a deployment decides about operations."""

    query_limits: QueryLimits = field(default_factory=QueryLimits)
    execution_limits: ExecutionLimits = field(default_factory=ExecutionLimits)
    max_cost: int = 50
    introspection: bool = True
    trusted: frozenset[str] | None = None


class OperationRejected(Exception):
    """The errors of an operation that is not executed."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__(*errors)
        self.errors = list(errors)


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A valid document, and the cost of each of its operations by name.

    `batch_keys` are the variables in which requests that share statements may differ.
    """

    document: DocumentNode
    costs: dict[str | None, OperationCost]
    batch_keys: frozenset[str]


class DocumentCache:
    """Parses documents under a policy, and caches those that were requested recently."""

    def __init__(self, schema: GraphQLSchema, policy: ExecutionPolicy) -> None:
        self._schema = schema
        self._policy = policy
        self._cache: LRUCache[str, tuple[int, ParsedDocument | OperationRejected]] = LRUCache(
            MAX_CACHED_BYTES, getsizeof=itemgetter(0)
        )

    @property
    def max_cost(self) -> int:
        """The limit on the cost of an operation, in requests."""
        return self._policy.max_cost

    @property
    def max_bytes(self) -> int:
        """The limit on the size of an answer, in bytes."""
        return self._policy.execution_limits.bytes

    def table(self, text: str, name: str | None) -> Table:
        """The table that an operation of a valid document answers with; raises BadInput."""
        document = self.parse(text).document
        operation: Any = get_operation_ast(document, name)
        return Table(selected_fields(self._schema, document, operation))

    async def authorize(
        self, text: str, name: str | None, variables: Mapping[str, Any] | None
    ) -> int:
        """How many requests an operation counts for; charges the client for those beyond one.

        Raises OperationRejected if the operation is invalid or too large, and RateLimited if the
        client's rate limit or its user's budget does not cover it.
        """
        account = current_account()
        started = time.thread_time()
        try:
            _require_small(variables or {})
            requests = self.cost(text, name, variables)
        finally:
            if account is not None:
                account.add_work(time.thread_time() - started)
        if requests > 1 and account is not None:
            await account.charge(requests - 1)
        return requests

    def cost(self, text: str, name: str | None, variables: Mapping[str, Any] | None) -> int:
        """How many requests an operation counts for.

        Raises OperationRejected if it is invalid or too large, or if the document has no operation
        of that name.
        """
        (_lookups.hit if text in self._cache else _lookups.miss)()
        costs = self.parse(text).costs
        if name is None and name not in costs:
            raise _not_selected("The document has several operations: name one in operationName.")
        if name not in costs:
            message = f'The document has no operation named "{shortened(str(name))}".'
            raise _not_selected(message)
        set_request_attributes(operation=without_tokens(name or next(iter(costs)) or ANONYMOUS))
        try:
            requests = costs[name].of(variables)
        except BadInput as error:
            raise OperationRejected(rejection(error)) from None
        if requests > self._policy.max_cost:
            remedy = "Ask for smaller pages, or for less of each row."
            raise OperationRejected(limit_exceeded("cost", self._policy.max_cost, requests, remedy))
        return requests

    def without_batch_keys(self, text: str, variables: Mapping[str, Any] | None) -> bytes:
        """The variables that are not batch keys: requests that differ in them share nothing."""
        keys = self.parse(text).batch_keys
        others = {name: value for name, value in (variables or {}).items() if name not in keys}
        return orjson.dumps(others, option=orjson.OPT_SORT_KEYS) if others else b""

    def parse(self, text: str) -> ParsedDocument:
        """The parsed document; raises OperationRejected with all its errors."""
        cached = self._cache.get(text)
        if cached is None:
            try:
                parsed: ParsedDocument | OperationRejected = self._parse(text)
            except OperationRejected as rejected:
                parsed = rejected.with_traceback(None)
            tokens = parsed.document.token_count if isinstance(parsed, ParsedDocument) else 0
            cached = _OVERHEAD_BYTES + 2 * len(text) + BYTES_PER_TOKEN * tokens, parsed
            with suppress(ValueError):  # The document alone is larger than the cache.
                self._cache[text] = cached
        if isinstance(cached[1], OperationRejected):
            raise OperationRejected(*cached[1].errors)
        return cached[1]

    def _parse(self, text: str) -> ParsedDocument:
        if self._policy.trusted is not None and text not in self._policy.trusted:
            error = BadInput("Only trusted documents are executed, and this is not one of them.")
            raise OperationRejected(rejection(error))
        try:
            document = self._policy.query_limits.parse(text)
        except GraphQLError as error:
            raise OperationRejected(error.with_traceback(None)) from None
        errors = validate(
            self._schema,
            document,
            _RULES if self._policy.introspection else (*_RULES, NoSchemaIntrospectionCustomRule),
            max_errors=MAX_ERRORS,
            hide_suggestions=not self._policy.introspection,
        )
        if errors and not self._policy.introspection:
            raise OperationRejected(*{e.message: e for e in map(without_schema, errors)}.values())
        if errors:
            # Without their nodes, which hold the whole document.
            raise OperationRejected(
                *(GraphQLError(e.message, source=e.source, positions=e.positions) for e in errors)
            )
        try:
            return ParsedDocument(
                document,
                costs_of(self._schema, document),
                batch_key_variables(self._schema, document),
            )
        except BadInput as error:
            raise OperationRejected(rejection(error)) from None


def _require_small(variables: Mapping[str, Any]) -> None:
    """Raise OperationRejected for variables that are nested deeper than any argument, or longer.

    To coerce a list of 45,000 numbers takes 0.1 s, before its argument could be known.
    """
    for name, variable in variables.items():
        level = [variable]
        for _ in range(MAX_NESTING_OF_VARIABLES):
            longest = max((len(each) for each in level if isinstance(each, list)), default=0)
            if longest > MAX_REPRESENTATIONS:
                raise _too_large(name, f"has a list of {longest} values", MAX_REPRESENTATIONS)
            level = [each for value in level for each in _values_of(value)]
            if not level:
                break
        else:
            raise _too_large(name, "is nested in too many levels", MAX_NESTING_OF_VARIABLES)


def _too_large(name: str, size: str, maximum: int) -> OperationRejected:
    message = f"The variable {shortened(name)} {size}, and the limit is {maximum}."
    return OperationRejected(rejection(BadInput(message, maximum=maximum)))


def _values_of(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _not_selected(message: str) -> OperationRejected:
    return OperationRejected(rejection(BadInput(message)))


def bytes_of_document(operation: OperationDefinitionNode) -> int:
    """What the document of an operation takes in memory, which its tokens hold together."""
    token = operation.loc and operation.loc.start_token
    while token and token.prev:
        token = token.prev
    tokens = 0
    while token:
        tokens, token = tokens + 1, token.next
    return BYTES_PER_TOKEN * tokens


def cost_extension(cost: ChargedCost) -> dict[str, Any]:
    """The response's `extensions`: what the operation costs, in charges."""
    return {
        "cost": {
            "requested": cost.requested,
            "actual": cost.actual,
            "remaining": cost.remaining,
            "resetAt": _timestamp(cost.reset_at),
        }
    }


@lru_cache
def _timestamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class CachedDocumentExtension(SchemaExtension):
    """Passes the document of the cache to the execution."""

    def __init__(self, documents: DocumentCache) -> None:
        super().__init__()
        self._documents = documents

    @override
    def on_parse(self) -> Iterator[None]:
        execution = self.execution_context
        execution.graphql_document = self._documents.parse(execution.query or "").document
        execution.pre_execution_errors = []
        yield
