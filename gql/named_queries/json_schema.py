"""The types of the GraphQL schema as JSON Schema, in OpenAPI and for the tools of assistants."""

from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)

from gql.named_queries.variables import Variable

_SCALARS: dict[str, dict[str, Any]] = {
    "Int": {"type": "integer", "format": "int32"},
    "Float": {"type": "number", "format": "double"},
    "Boolean": {"type": "boolean"},
    "String": {"type": "string"},
    "ID": {"type": "string"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Date": {"type": "string", "format": "date"},
    "Sha256": {"type": "string"},
}


class TypeSchemas:
    """The schemas of types, in which enums and input objects are referred to below a path.

    `named` has those of the types that were referred to.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self.named: dict[str, Any] = {}

    def variable(self, variable: Variable) -> dict[str, Any]:
        """The schema of a variable's values, with its default."""
        schema = self.input(get_nullable_type(variable.type))
        if variable.range:
            least, most = variable.range
            schema = {**schema, "minimum": least, "maximum": most}
        return schema if variable.default is None else {**schema, "default": variable.default}

    def input(self, type_: Any) -> dict[str, Any]:
        """The schema of an input that is not null."""
        if is_list_type(type_):
            return {"type": "array", "items": self.input(get_nullable_type(type_.of_type))}
        if isinstance(type_, GraphQLInputObjectType):
            if type_.name not in self.named:
                self.named[type_.name] = {}  # It may refer to itself.
                self.named[type_.name] = self._input_object(type_)
            return self._reference(type_.name)
        return self.leaf(type_)

    def leaf(self, type_: Any) -> dict[str, Any]:
        """The schema of a scalar or an enum."""
        if not isinstance(type_, GraphQLEnumType):
            return dict(_SCALARS.get(type_.name, {}))
        self.named[type_.name] = described(
            {"type": "string", "enum": list(type_.values)}, type_.description
        )
        return self._reference(type_.name)

    def _input_object(self, type_: GraphQLInputObjectType) -> dict[str, Any]:
        fields = type_.fields.items()
        properties = {}
        for name, field in fields:
            schema = self.input(get_nullable_type(field.type))
            if not is_non_null_type(field.type):
                schema = nullable(schema)
            properties[name] = described(schema, field.description)
        required = [name for name, field in fields if is_non_null_type(field.type)]
        return described(json_object(properties, required), type_.description)

    def _reference(self, name: str) -> dict[str, Any]:
        return {"$ref": f"{self._path}/{name}"}


def json_object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return schema | {"required": required} if required else schema


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a value or null."""
    if "type" in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]} if schema else schema


def described(schema: dict[str, Any], description: str | None) -> dict[str, Any]:
    return {**schema, "description": description} if description else schema
