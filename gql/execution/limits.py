"""How large a document may be, told before it is validated, in one pass however it nests."""

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    parse,
)

from gql.errors import BadInput
from gql.execution.masked_errors import refusal

_MAX_NESTING = 100  # of fields, fragments and spreads together: far from Python's own limit

_Selecting = OperationDefinitionNode | FragmentDefinitionNode | FieldNode | InlineFragmentNode


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a document may have at most; what is in a fragment counts wherever it is spread."""

    characters: int = 20_000
    tokens: int = 1000
    depth: int = 15
    aliases: int = 50
    root_fields: int = 50
    directives: int = 50

    def parse(self, text: str) -> DocumentNode:
        """The document that the text is.

        Raises GraphQLError if it is none, and with BadInput as its cause if it exceeds a bound.
        """
        if len(text) > self.characters:
            raise exceeded("characters", self.characters)
        try:
            document = parse(text, max_lexical_tokens=self.tokens)
        except GraphQLSyntaxError as error:
            if f"more than {self.tokens} tokens" in error.message:
                raise exceeded("tokens", self.tokens) from error
            raise
        extents = _Extents(document)
        for operation in document.definitions:
            if isinstance(operation, OperationDefinitionNode):
                self._check(extents.of(operation))
        return document

    def _check(self, extent: "_Extent") -> None:
        for bound, actual, maximum in (
            ("depth", extent.depth, self.depth),
            ("aliases", extent.aliases, self.aliases),
            ("root fields", extent.fields, self.root_fields),
            ("directives", extent.directives, self.directives),
        ):
            if actual > maximum:
                raise exceeded(bound, maximum)


def exceeded(bound: str, maximum: int, remedy: str = "Ask for less at once.") -> GraphQLError:
    """The error that refuses an operation which is too large."""
    message = f"The {bound} of an operation may be {maximum} at most. {remedy}"
    return refusal(BadInput(message, bound=bound, maximum=maximum))


@dataclass(slots=True)
class _Extent:
    fields: int = 0
    depth: int = 0
    aliases: int = 0
    directives: int = 0


class _Extents:
    """How far the parts of a document extend; each fragment is measured once."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[str, _Extent] = {}

    def of(self, node: _Selecting, nesting: int = 0) -> _Extent:
        """The extent of what a node selects."""
        extent = _Extent(directives=len(node.directives or ()))
        if node.selection_set is None:
            return extent
        if nesting > _MAX_NESTING:
            extent.depth = _MAX_NESTING
            return extent
        for selection in node.selection_set.selections:
            if isinstance(selection, FieldNode):
                inner = self.of(selection, nesting + 1)
                extent.fields += 1
                extent.aliases += selection.alias is not None
                extent.depth = max(extent.depth, inner.depth + 1)
            else:
                if isinstance(selection, FragmentSpreadNode):
                    inner = self._of_fragment(selection.name.value, nesting + 1)
                    extent.directives += len(selection.directives or ())
                elif isinstance(selection, InlineFragmentNode):
                    inner = self.of(selection, nesting + 1)
                extent.fields += inner.fields
                extent.depth = max(extent.depth, inner.depth)
            extent.aliases += inner.aliases
            extent.directives += inner.directives
        return extent

    def _of_fragment(self, name: str, nesting: int) -> _Extent:
        if name not in self._known:
            # Fragments that are unknown or spread themselves are for validation to refuse.
            self._known[name] = _Extent()
            if name in self._fragments:
                self._known[name] = self.of(self._fragments[name], nesting)
        return self._known[name]
