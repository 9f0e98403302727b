"""Which variables of a document only name rows, so that requests for different rows can share."""

from typing import Any

from graphql import (
    SKIP,
    ArgumentNode,
    DocumentNode,
    GraphQLSchema,
    ListValueNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    visit,
)

from gql.compat.strawberry import field_of

BATCH_KEYS = "batch_keys"
READS_FILES = "reads_files"

# Metadata for `strawberry.field`. A file may take seconds to read, for which the other requests of
# a batch do not wait.
reads_files: dict[Any, Any] = {READS_FILES: True}


def batch_keys(*arguments: str) -> dict[Any, Any]:
    """Metadata for `strawberry.field`: arguments that only name rows, which a loader reads by key.

    How long the field takes does not depend on them.
    """
    return {BATCH_KEYS: frozenset(arguments)}


def batch_key_variables(schema: GraphQLSchema, document: DocumentNode) -> frozenset[str]:
    """The variables of a valid document that are used for such arguments, and for nothing else."""
    types = TypeInfo(schema)
    uses = _Uses(types)
    visit(document, TypeInfoVisitor(types, uses))
    return frozenset(uses.as_keys - uses.otherwise)


class _Uses(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.as_keys: set[str] = set()
        self.otherwise: set[str] = set()

    def enter_variable_definition(self, *_: Any) -> Any:
        return SKIP

    def enter_argument(self, node: ArgumentNode, *_: Any) -> Any:
        field = field_of(self._types.get_field_def())
        keys = field.metadata.get(BATCH_KEYS, ()) if field else ()
        if node.name.value not in keys or self._types.get_directive():
            return None
        values = node.value.values if isinstance(node.value, ListValueNode) else [node.value]
        self.as_keys.update(each.name.value for each in values if isinstance(each, VariableNode))
        return SKIP

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.otherwise.add(node.name.value)
