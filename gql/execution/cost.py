"""The cost of an operation, computed from its document and variables before it is executed.

As at GitHub and Shopify, it is the number of rows that the operation may read and return, from
`first` and `last` and how they nest. A document is analysed once: its cost is a number, or a short
expression of its variables.
"""

from collections.abc import Mapping
from typing import Any, cast

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    VariableValues,
    get_named_type,
    get_nullable_type,
    get_variable_values,
    is_input_object_type,
    is_list_type,
    value_from_ast_untyped,
)

from gql.compat.strawberry import field_of
from gql.database.pagination import DEFAULT_PAGE_SIZE
from gql.execution.cost_expression import (
    MAX_PAGE_SIZE,
    Applies,
    ArgumentRows,
    AtLeast,
    Considered,
    CostExpression,
    Length,
    Number,
    PageSize,
    Variable,
)
from gql.execution.field_cost import COST, FieldCost

# A cost unit, which counts as one request, is some 20 ms of work. A page of a whole run costs 1,
# and 3 or 4 with all outputs, categories and tags.
ROWS_PER_COST_UNIT = 1000

# The assumed length of a list without pages: few samples have more outputs or tags.
LIST_SIZE = 2

# Parsing, validating and planning a token takes about as long as so many rows.
ROWS_PER_TOKEN = 2

# The cost of introspection, in rows: its fields belong to GraphQL and declare no cost.
INTROSPECTION = {"__schema": FieldCost(extra_rows=900), "__type": FieldCost(extra_rows=50)}


class OperationCost:
    """The cost of one operation, by its variables."""

    def __init__(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, rows: CostExpression
    ) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self._constant = None if rows.terms else _cost_units(rows.constant)
        self._sums = _in_order(rows, set())

    def of(self, variables: Mapping[str, Any] | None) -> int:
        """How many requests the operation counts for.

        Raises BadInput if a list of an argument has too many values. Variables are coerced as in
        execution, which reports what is wrong with invalid ones: their operation costs 1.
        """
        if self._constant is not None:
            return self._constant
        coerced = get_variable_values(
            self._schema,
            self._definitions,
            {**(variables or {})},
            max_errors=0,  # The messages of all of them could take seconds.
            hide_suggestions=True,
        )
        if not isinstance(coerced, VariableValues):
            return 1
        totals: dict[int, int] = {}
        for rows in self._sums:
            totals[id(rows)] = total = rows.constant + sum(
                (times if isinstance(times, int) else times(coerced.coerced)) * totals[id(other)]
                for times, other in rows.terms
            )
        return _cost_units(total)


def costs_of(schema: GraphQLSchema, document: DocumentNode) -> dict[str | None, OperationCost]:
    """The cost of each operation of a valid document by name; a single one is also under None."""
    costs: dict[str | None, OperationCost] = {
        operation.name.value if operation.name else None: OperationCost(
            schema, operation, _CostAnalysis(schema, document, operation).rows
        )
        for operation in document.definitions
        if isinstance(operation, OperationDefinitionNode)
    }
    if len(costs) == 1:
        [costs[None]] = costs.values()
    return costs


def _cost_units(rows: int) -> int:
    return max(1, -(-rows // ROWS_PER_COST_UNIT))


def _in_order(rows: CostExpression, known: set[int]) -> list[CostExpression]:
    """The expression and all that it is composed of, once each, in order of evaluation."""
    if id(rows) in known:
        return []
    known.add(id(rows))
    return [*(each for _, other in rows.terms for each in _in_order(other, known)), rows]


class _CostAnalysis:
    """Computes the rows of one operation of a document."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
    ) -> None:
        self._types = schema.type_map
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._of_fragments: dict[tuple[str, Number], CostExpression] = {}
        root = schema.get_root_type(operation.operation)
        self.rows = self._of_selections(operation.selection_set, root, 0)
        self.rows.constant += document.token_count * ROWS_PER_TOKEN

    def _of_selections(
        self, selections: SelectionSetNode, type_: Any, page: Number
    ) -> CostExpression:
        """The rows of the selections of an object; `page` is the page size of a connection."""
        rows = CostExpression()
        for selection in selections.selections:
            selected = self._of_selection(selection, type_, page)
            for directive in selection.directives or ():
                applied = CostExpression()
                applied.add(_applies(directive), selected)
                selected = applied
            rows.add(1, selected)
        return rows

    def _of_selection(self, selection: SelectionNode, type_: Any, page: Number) -> CostExpression:
        if isinstance(selection, FieldNode):
            return self._of_field(selection, type_, page)
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if (name, page) not in self._of_fragments:
                fragment = self._fragments[name]
                on = self._types[fragment.type_condition.name.value]
                rows = self._of_selections(fragment.selection_set, on, page)
                self._of_fragments[name, page] = rows
            return self._of_fragments[name, page]
        inline = cast("InlineFragmentNode", selection)
        on = self._types[inline.type_condition.name.value] if inline.type_condition else type_
        return self._of_selections(inline.selection_set, on, page)

    def _of_field(self, node: FieldNode, type_: Any, page: Number) -> CostExpression:
        definition = getattr(type_, "fields", {}).get(node.name.value)  # A union has none.
        declared = _declared_cost(node.name.value, definition)
        rows = CostExpression(declared.extra_rows)
        if arguments := _counted(node, definition, declared):
            rows.add(_number(ArgumentRows(arguments, declared), *arguments), CostExpression(1))
        if definition is None:
            return rows
        given = {argument.name.value: argument for argument in node.arguments or ()}
        rows.add(_considered(definition, declared, given), CostExpression(1))
        if node.selection_set is None:
            return rows
        size = _page_size(definition, declared, given)
        below = self._of_selections(node.selection_set, get_named_type(definition.type), size)
        # The rows of a page count where the page is requested.
        if type_.name.endswith("Edge"):
            rows.add(1, below)
        elif type_.name.endswith("Connection"):
            rows.add(page if _is_list(definition.type) else 1, below)
        else:
            rows.add(_at_least(declared.least_rows, size), CostExpression(1))
            each = CostExpression(1)
            each.add(1, below)
            times: Number = 1
            if keys := given.get("ids") or given.get("representations"):
                times = _number(Length(_given(keys)), keys)
            elif _is_list(definition.type):
                times = LIST_SIZE if declared.list_size is None else declared.list_size
            rows.add(times, each)
        return rows


def _declared_cost(name: str, definition: GraphQLField | None) -> FieldCost:
    """The cost that a field declares in its metadata."""
    field = field_of(definition)
    declared = field.metadata.get(COST) if field else INTROSPECTION.get(name)
    return declared or FieldCost()


def _counted(
    node: FieldNode, definition: GraphQLField | None, declared: FieldCost
) -> tuple[ArgumentNode, ...]:
    """The arguments that may add rows: lists, what may hold lists, and those with declared rows."""
    if definition is None:  # It is GraphQL's own.
        return ()
    names = {name.partition(".")[0] for name in declared.argument_rows}
    types = definition.args
    return tuple(
        argument
        for argument in node.arguments or ()
        if argument.name.value in names
        or _is_list(types[argument.name.value].type)
        or is_input_object_type(get_named_type(types[argument.name.value].type))
    )


def _page_size(
    definition: GraphQLField, declared: FieldCost, given: Mapping[str, ArgumentNode]
) -> Number:
    """The page size of a connection, which has `first` and `last`; 0 for another field."""
    if "first" not in definition.args:
        return 0
    arguments = [given[name] for name in ("first", "last") if name in given]
    maximum = MAX_PAGE_SIZE if declared.list_size is None else declared.list_size
    size = PageSize(tuple(map(_given, arguments)), DEFAULT_PAGE_SIZE, maximum)
    return _number(size, *arguments)


def _considered(
    definition: GraphQLField, declared: FieldCost, given: Mapping[str, ArgumentNode]
) -> Number:
    """The work for what `last` makes a field consider that is not a connection."""
    if not declared.rows_per_last:
        return 0
    arguments = [given["last"]] if "last" in given else []
    number = PageSize(tuple(map(_given, arguments)), definition.args["last"].default_value)
    return _number(Considered(number, declared.rows_per_last), *arguments)


def _at_least(least: int, size: Number) -> Number:
    if isinstance(size, PageSize):
        return AtLeast(size, least)
    return max(size, least) if isinstance(size, int) else size


def _applies(directive: DirectiveNode) -> Number:
    """1 or 0: whether @skip or @include leaves the selection in."""
    if directive.name.value not in {"skip", "include"}:
        return 1
    [condition] = directive.arguments or ()
    included_if = directive.name.value == "include"
    return _number(Applies(_given(condition), included_if=included_if), condition)


def _given(argument: ArgumentNode) -> Any:
    if isinstance(argument.value, VariableNode):
        return Variable(argument.value.name.value)
    return value_from_ast_untyped(argument.value)


def _number(
    number: PageSize | Considered | Length | Applies | ArgumentRows, *arguments: ArgumentNode
) -> Number:
    """The number itself, unless it depends on variables."""
    if any(_has_variable(argument.value) for argument in arguments):
        return number
    return number({})


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_has_variable, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_has_variable(field.value) for field in value.fields)
    return isinstance(value, VariableNode)


def _is_list(type_: Any) -> bool:
    return is_list_type(get_nullable_type(type_))
