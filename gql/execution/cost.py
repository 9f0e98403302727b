"""What an operation costs, told from its document and variables before it is executed.

As GitHub and Shopify do: by the rows that it may read and give, from `first` and `last` and how
they nest. A document is looked at once. What depends on variables stays a short sum; without
them a cost is a number.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    value_from_ast_untyped,
)

from gql.database.pagination import DEFAULT_PAGE_SIZE

# So many rows a request gives for the price of one: some 20 ms of work. A page of a whole run
# costs 1, with all outputs, categories and tags 3 or 4.
ROWS_FOR_ONE = 1000

# A list without pages is taken to have so many rows: few samples have more outputs or tags.
LIST_SIZE = 2

MAX_PAGE_SIZE = 500

# What takes more work than the rows that it gives: that of so many more, by measurement.
MORE_ROWS = {
    "Query.__schema": 1000,
    "Query.__type": 50,
    "Query.compareRuns": 20,
    "Query.runs": 100,
    "RegressionTest.history": 50,
    "Run.comparison": 20,
    "Run.samples": 10,
    "Run.status": 5,
    "Run.summary": 10,
}


@dataclass(frozen=True, slots=True)
class _Given:
    """A number that a variable gives."""

    variable: str
    default: Any
    number: Callable[[Any], int]

    def __call__(self, variables: Mapping[str, Any]) -> int:
        return self.number(variables.get(self.variable, self.default))


_Number = int | _Given


@dataclass(slots=True)
class _Rows:
    """A sum of rows: some for certain, and some by what variables give."""

    certain: int = 0
    others: list[tuple[_Number, "_Rows"]] = field(default_factory=list)

    def add(self, times: _Number, rows: "_Rows") -> None:
        if isinstance(times, int) and not rows.others:
            self.certain += times * rows.certain
        elif times:
            self.others.append((times, rows))


class OperationCost:
    """What one operation costs, by its variables."""

    def __init__(self, rows: _Rows) -> None:
        self._certain = None if rows.others else _price(rows.certain)
        self._sums = _in_order(rows, set())

    def of(self, variables: Mapping[str, Any] | None) -> int:
        """How many requests the operation counts for."""
        if self._certain is not None:
            return self._certain
        totals: dict[int, int] = {}
        for rows in self._sums:
            totals[id(rows)] = total = rows.certain + sum(
                (times if isinstance(times, int) else times(variables or {})) * totals[id(other)]
                for times, other in rows.others
            )
        return _price(total)


def costs_of(schema: GraphQLSchema, document: DocumentNode) -> dict[str | None, OperationCost]:
    """The cost of each operation of a valid document by its name; None is that of an only one."""
    costs: dict[str | None, OperationCost] = {
        operation.name.value if operation.name else None: OperationCost(
            _Reading(schema, document, operation).rows
        )
        for operation in document.definitions
        if isinstance(operation, OperationDefinitionNode)
    }
    if len(costs) == 1:
        [costs[None]] = costs.values()
    return costs


def _price(rows: int) -> int:
    return max(1, -(-rows // ROWS_FOR_ONE))


def _in_order(rows: _Rows, known: set[int]) -> list[_Rows]:
    """All sums that a sum is made of, each behind those that it is made of; once, though shared."""
    if id(rows) in known:
        return []
    known.add(id(rows))
    return [*(each for _, other in rows.others for each in _in_order(other, known)), rows]


class _Reading:
    """Reads one operation of a document."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
    ) -> None:
        self._types = schema.type_map
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._of_fragments: dict[tuple[str, _Number], _Rows] = {}
        self._defaults = {
            definition.variable.name.value: value_from_ast_untyped(definition.default_value)
            for definition in operation.variable_definitions or ()
            if definition.default_value
        }
        root = schema.get_root_type(operation.operation)
        self.rows = self._of_selections(operation.selection_set, root, 0)

    def _of_selections(self, selections: SelectionSetNode, type_: Any, page: _Number) -> _Rows:
        """The rows of what is selected of an object, which if a connection has such a page."""
        rows = _Rows()
        for selection in selections.selections:
            selected = self._of_selection(selection, type_, page)
            for directive in selection.directives or ():
                applied = _Rows()
                applied.add(self._applies(directive), selected)
                selected = applied
            rows.add(1, selected)
        return rows

    def _of_selection(self, selection: SelectionNode, type_: Any, page: _Number) -> _Rows:
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

    def _of_field(self, node: FieldNode, type_: Any, page: _Number) -> _Rows:
        rows = _Rows(MORE_ROWS.get(f"{type_.name}.{node.name.value}", 0))
        definition = getattr(type_, "fields", {}).get(node.name.value)  # A union has none.
        if definition is None or node.selection_set is None:
            return rows
        given = {argument.name.value: argument for argument in node.arguments or ()}
        limits = [name for name in ("first", "last") if name in definition.args]
        size: _Number = 0
        if limits:
            limit = next((name for name in limits if name in given), limits[0])
            default = definition.args[limit].default_value
            size = self._number(given.get(limit), default, _page_size)
        below = self._of_selections(node.selection_set, get_named_type(definition.type), size)
        # Rows of a page count where the page is asked for.
        if type_.name.endswith("Edge"):
            rows.add(1, below)
        elif type_.name.endswith("Connection"):
            rows.add(page if _is_list(definition.type) else 1, below)
        else:
            rows.add(size, _Rows(1))
            each = _Rows(1)
            each.add(1, below)
            times: _Number = 1
            if keys := given.get("ids") or given.get("representations"):
                times = self._number(keys, None, _length)
            elif _is_list(definition.type):
                times = LIST_SIZE
            rows.add(times, each)
        return rows

    def _applies(self, directive: DirectiveNode) -> _Number:
        """0 for what a directive leaves out, else 1."""
        of = {"skip": _unless, "include": _if}.get(directive.name.value)
        if of is None:
            return 1
        [condition] = directive.arguments or ()
        return self._number(condition, None, of)

    def _number(
        self, argument: ArgumentNode | None, default: Any, number: Callable[[Any], int]
    ) -> _Number:
        """The number that an argument's value stands for."""
        if argument is None:
            return number(default)
        if isinstance(argument.value, VariableNode):
            name = argument.value.name.value
            return _Given(name, self._defaults.get(name, default), number)
        return number(value_from_ast_untyped(argument.value))


def _is_list(type_: Any) -> bool:
    return is_list_type(get_nullable_type(type_))


# Wrong values are for execution to refuse, by name.


def _page_size(value: Any) -> int:
    return min(max(value, 0), MAX_PAGE_SIZE) if isinstance(value, int) else DEFAULT_PAGE_SIZE


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else 1


def _if(value: Any) -> int:
    return 1 if value else 0


def _unless(value: Any) -> int:
    return 0 if value else 1
