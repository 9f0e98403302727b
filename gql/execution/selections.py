"""What an operation selects: the fields of its answer, with fragments spread."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_list_type,
)


@dataclass(slots=True)
class SelectedField:
    """A field of an answer, by its name there, and what is selected of its values.

    It `is_always_there` unless it depends on a directive or on the type of its object.
    """

    name: str
    definition: GraphQLField
    node: FieldNode
    fields: "list[SelectedField]" = field(default_factory=list)
    is_always_there: bool = False

    @property
    def is_list(self) -> bool:
        """Whether its value is a list."""
        return is_list_type(get_nullable_type(self.definition.type))


def selected_fields(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> list[SelectedField]:
    """The fields of the answer to an operation of a valid document."""
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    collector = _Collector(schema, fragments)
    root = schema.get_root_type(operation.operation)
    return collector.fields_of([(root, operation.selection_set)])


@dataclass(frozen=True)
class _Collector:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]

    def fields_of(self, selections: list[tuple[Any, SelectionSetNode]]) -> list[SelectedField]:
        """The fields of an object, from selections with the type that each is about."""
        uses: dict[str, list[tuple[GraphQLField, FieldNode]]] = {}
        spread: dict[tuple[str, str], set[str]] = {}
        always: set[str] = set()
        for type_, selection_set in selections:
            always |= self._collect(type_, selection_set, uses, spread)
        return [
            SelectedField(
                name,
                *of_name[0],
                self.fields_of(
                    [
                        (get_named_type(definition.type), node.selection_set)
                        for definition, node in of_name
                        if node.selection_set
                    ]
                ),
                name in always,
            )
            for name, of_name in uses.items()
        ]

    def _collect(
        self,
        parent: Any,
        selection_set: SelectionSetNode,
        uses: dict[str, list[tuple[GraphQLField, FieldNode]]],
        spread: dict[tuple[str, str], set[str]],
    ) -> set[str]:
        """Add the fields of a selection; returns the names of those that are always there.

        A fragment is spread once: fragments that each spread the next one twice double with each.
        """
        always: set[str] = set()
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                definition: Any = self.schema.get_field(parent, selection.name.value)
                name = (selection.alias or selection.name).value
                uses.setdefault(name, []).append((definition, selection))
                found = {name}
            else:
                found = self._collect_fragment(parent, selection, uses, spread)
            if not selection.directives:
                always |= found
        return always

    def _collect_fragment(
        self,
        parent: Any,
        fragment: Any,
        uses: dict[str, list[tuple[GraphQLField, FieldNode]]],
        spread: dict[tuple[str, str], set[str]],
    ) -> set[str]:
        key = None
        if isinstance(fragment, FragmentSpreadNode):
            key = parent.name, fragment.name.value
            if key in spread:
                return spread[key]
            fragment = self.fragments[fragment.name.value]
        on = fragment.type_condition
        type_: Any = self.schema.type_map[on.name.value] if on else parent
        found = self._collect(type_, fragment.selection_set, uses, spread)
        if not self._is_every(parent, type_):
            found = set()
        if key:
            spread[key] = found
        return found

    def _is_every(self, parent: Any, type_: Any) -> bool:
        """Whether every object of the parent has the type of a fragment."""
        return type_ is parent or (
            is_abstract_type(type_) and self.schema.is_sub_type(type_, parent)
        )
