"""Variables in a query string: each text becomes what the variable's type takes."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLSchema,
    ListValueNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
    type_from_ast,
    value_from_ast_untyped,
    visit,
)

from gql.errors import BadInput, shortened
from gql.execution.executor import INT_RANGE
from gql.schema.arguments import range_of

_INTEGER = re.compile(r"-?[0-9]{1,10}")
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")
# What an argument's description says of its own default.
_DEFAULT = re.compile(r" The default is [^.]+\.")
_BOOLEANS = {"true": True, "false": False}

_Use = GraphQLArgument | GraphQLInputField


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of an operation; `default` is None without one.

    `range` is the least and the greatest number that it may be, where its type allows more.
    `example` is a value that has an answer on the demo platform, if there is one.
    """

    name: str
    type: GraphQLInputType
    description: str
    default: Any
    is_required: bool
    range: tuple[int, int] | None
    example: Any


def variables_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    examples: Mapping[str, Any],
) -> dict[str, Variable]:
    """The variables of an operation of a valid document, each described as what it is used for."""
    types = TypeInfo(schema)
    uses = _Uses(types)
    visit(document, TypeInfoVisitor(types, uses))
    variables: dict[str, Variable] = {}
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        type_: Any = type_from_ast(schema, definition.type)
        default = definition.default_value
        use = uses.found.get(name)
        variables[name] = Variable(
            name=name,
            type=type_,
            description=_description(definition, (use and use.description) or ""),
            default=value_from_ast_untyped(default) if default else None,
            is_required=is_non_null_type(type_) and not default,
            range=range_of(use) if use else None,
            example=examples.get(name),
        )
    return variables


def _description(definition: VariableDefinitionNode, used_for: str) -> str:
    if definition.description:
        return definition.description.value
    return used_for if definition.default_value is None else _DEFAULT.sub("", used_for)


class _Uses(Visitor):
    """The argument or input field with a description that each variable is used for.

    One that takes the variable as an item of a list counts only if there is no other.
    """

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self._direct: dict[str, _Use] = {}
        self._of_items: dict[str, _Use] = {}

    @property
    def found(self) -> dict[str, _Use]:
        return self._of_items | self._direct

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        self._add(node.value, self._types.get_argument())

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> None:
        parent = get_named_type(self._types.get_parent_input_type())
        if isinstance(parent, GraphQLInputObjectType):
            self._add(node.value, parent.fields.get(node.name.value))

    def _add(self, value: ValueNode, used_for: _Use | None) -> None:
        if isinstance(value, ListValueNode):
            found, values = self._of_items, list(value.values)
        else:
            found, values = self._direct, [value]
        for each in values:
            if isinstance(each, VariableNode) and used_for is not None and used_for.description:
                found.setdefault(each.name.value, used_for)


def parse_variables(
    query_name: str, variables: Mapping[str, Variable], parameters: Iterable[tuple[str, str]]
) -> dict[str, Any]:
    """The values of a query's variables from the parameters of a query string.

    A list has a parameter for each item, and an input object is JSON. A parameter without a text
    is not given: a form sends all of them. Raises BadInput that lists every problem.
    """
    given: dict[str, list[str]] = {}
    for name, text in parameters:
        if text:
            given.setdefault(name, []).append(text)
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, texts in given.items():
        if name not in variables:
            takes = ", ".join(variables) or "no variables"
            problems[shortened(name)] = f"is not a variable of {query_name}, which takes {takes}"
            continue
        try:
            values[name] = _value(variables[name].type, texts)
        except ValueError as problem:
            problems[name] = str(problem)
    for name, variable in variables.items():
        if variable.is_required and name not in given:
            problems[name] = f"is required, of type {variable.type}"
    if problems:
        message = " ".join(f"{name} {problem}." for name, problem in problems.items())
        raise BadInput(message, fields=problems)
    return values


def as_parameters(variables: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The parameters of a query string from which `parse_variables` gets these values."""
    return [
        (name, each if isinstance(each, str) else json.dumps(each))
        for name, value in variables.items()
        for each in (value if isinstance(value, list) else [value])
    ]


def _value(type_: GraphQLInputType, texts: Sequence[str]) -> Any:
    """What the texts of a parameter mean; raises ValueError that says what it must be."""
    nullable: Any = get_nullable_type(type_)
    if is_list_type(nullable):
        return [_item(get_nullable_type(nullable.of_type), text) for text in texts]
    if len(texts) > 1:
        raise ValueError(f"is given {len(texts)} times, and takes one value")
    return _item(nullable, texts[0])


def _item(type_: Any, text: str) -> Any:
    found = f'and is "{shortened(text)}"'
    if type_ is GraphQLInt:
        if _INTEGER.fullmatch(text) and int(text) in INT_RANGE:
            return int(text)
        limits = f"from {INT_RANGE[0]} to {INT_RANGE[-1]}"
        raise ValueError(f"must be an integer {limits}, in plain digits, {found}")
    if type_ is GraphQLFloat:
        if _NUMBER.fullmatch(text):
            return float(text)
        raise ValueError(f"must be a number, {found}")
    if type_ is GraphQLBoolean:
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        raise ValueError(f"must be true or false, {found}")
    if isinstance(type_, GraphQLEnumType):
        if text in type_.values:
            return text
        raise ValueError(f"must be one of {', '.join(type_.values)}, {found}")
    if isinstance(type_, GraphQLScalarType):
        return _scalar(type_, text)
    return _json(type_, text)


def _scalar(type_: GraphQLScalarType, text: str) -> str:
    try:
        type_.parse_value(text)
    except GraphQLError as error:
        raise ValueError(f"is no {type_.name}: {error.message.removesuffix('.')}") from error
    return text


def _json(type_: Any, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"must be {get_named_type(type_).name} as JSON: {error}") from error
