"""Limits on the size of a document, checked in one pass before it is validated."""

import re
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    Visitor,
    parse,
    visit,
)

from gql.errors import BadInput
from gql.execution.masked_errors import rejection

_MAX_NESTING = 100  # fields, fragments and spreads together; far below Python's recursion limit

# A longer number has a part as long: before the point, after it, or the exponent.
_MANY_DIGITS = re.compile(r"[0-9]{100}")

_Selecting = OperationDefinitionNode | FragmentDefinitionNode | FieldNode | InlineFragmentNode


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """The limits of a document; a fragment counts wherever it is spread."""

    characters: int = 20_000
    tokens: int = 1000
    depth: int = 15
    aliases: int = 50
    root_fields: int = 50
    directives: int = 50
    digits: int = 400

    def parse(self, text: str) -> DocumentNode:
        """The parsed document.

        Raises GraphQLError if the text is not a document, and with BadInput as its cause if the
        document exceeds a limit.
        """
        if len(text) > self.characters:
            raise limit_exceeded("characters", self.characters, len(text))
        try:
            document = parse(text, max_lexical_tokens=self.tokens)
        except GraphQLSyntaxError as error:
            if f"more than {self.tokens} tokens" in error.message:
                raise limit_exceeded("tokens", self.tokens) from error
            raise
        if _MANY_DIGITS.search(text):
            visit(document, _NumberVisitor(self.digits))
        complexities = _Complexities(document)
        for operation in document.definitions:
            if isinstance(operation, OperationDefinitionNode):
                self._check(complexities.of(operation))
        return document

    def _check(self, complexity: "QueryComplexity") -> None:
        for bound, actual, maximum in (
            ("depth", complexity.depth, self.depth),
            ("aliases", complexity.aliases, self.aliases),
            ("root fields", complexity.fields, self.root_fields),
            ("directives", complexity.directives, self.directives),
        ):
            if actual > maximum:
                raise limit_exceeded(bound, maximum, actual)


def limit_exceeded(
    bound: str, maximum: int, actual: int | None = None, remedy: str = "Ask for less at once."
) -> GraphQLError:
    """The error of an operation that exceeds a limit.

    Depth and cost are measures, the others count; without `actual` counting stopped at the limit.
    """
    if bound in {"depth", "cost"}:
        message = f"Query {bound} {actual} exceeds the limit of {maximum}."
    elif actual is None:
        message = f"The query has more {bound} than the limit of {maximum}."
    else:
        message = f"The query has {actual} {bound}, and the limit is {maximum}."
    return rejection(BadInput(f"{message} {remedy}", bound=bound, maximum=maximum))


class _NumberVisitor(Visitor):
    """Rejects numbers that Python would take long to read, or refuse."""

    def __init__(self, max_digits: int) -> None:
        super().__init__()
        self.max_digits = max_digits

    def enter_int_value(self, node: IntValueNode, *_: Any) -> None:
        self._check(node.value)

    def enter_float_value(self, node: FloatValueNode, *_: Any) -> None:
        self._check(node.value)

    def _check(self, number: str) -> None:
        digits = sum(map(str.isdigit, number))
        if digits > self.max_digits:
            raise limit_exceeded("digits of a number", self.max_digits, digits, "Round the number.")


@dataclass(slots=True)
class QueryComplexity:
    """How large a document is, with its fragments spread."""

    fields: int = 0
    depth: int = 0
    aliases: int = 0
    directives: int = 0


class _Complexities:
    """The complexity of the parts of a document; each fragment is measured once."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[str, QueryComplexity] = {}

    def of(self, node: _Selecting, nesting: int = 0) -> QueryComplexity:
        """The complexity of what a node selects."""
        complexity = QueryComplexity(directives=len(node.directives or ()))
        if node.selection_set is None:
            return complexity
        if nesting > _MAX_NESTING:
            complexity.depth = _MAX_NESTING
            return complexity
        for selection in node.selection_set.selections:
            if isinstance(selection, FieldNode):
                inner = self.of(selection, nesting + 1)
                complexity.fields += 1
                complexity.aliases += selection.alias is not None
                complexity.depth = max(complexity.depth, inner.depth + 1)
            else:
                if isinstance(selection, FragmentSpreadNode):
                    inner = self._of_fragment(selection.name.value, nesting + 1)
                    complexity.directives += len(selection.directives or ())
                elif isinstance(selection, InlineFragmentNode):
                    inner = self.of(selection, nesting + 1)
                complexity.fields += inner.fields
                complexity.depth = max(complexity.depth, inner.depth)
            complexity.aliases += inner.aliases
            complexity.directives += inner.directives
        return complexity

    def _of_fragment(self, name: str, nesting: int) -> QueryComplexity:
        if name not in self._known:
            # Validation rejects fragments that are unknown or spread themselves.
            self._known[name] = QueryComplexity()
            if name in self._fragments:
                self._known[name] = self.of(self._fragments[name], nesting)
        return self._known[name]
