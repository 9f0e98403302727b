"""The description of the named queries in OpenAPI 3.1, from the types of the schema."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLSchema,
    get_nullable_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from gql.errors import BadInput, GatewayError, NotFound
from gql.execution.selections import SelectedField, selected_fields
from gql.execution.table import Table
from gql.http.tables import CSV, NDJSON
from gql.named_queries.documents import NamedQueries, NamedQuery
from gql.named_queries.json_schema import TypeSchemas, described, json_object, nullable
from gql.named_queries.variables import Variable
from rest_compat.errors import error_body
from rest_compat.models import Error
from rest_compat.responses import RESPONSES

PATH = "/queries"

# What a response of the documented endpoint says holds here too.
_SHARED_RESPONSES = (401, 403, 405, 408, 413, 429, 503, "default")

_ERROR = {"$ref": "#/components/schemas/Error"}
_MALFORMED = BadInput(
    "runId is required, of type Int!.", fields={"runId": "is required, of type Int!"}
)
_UNKNOWN = NotFound(
    'There is no query named "Brokn". Did you mean Broken? /queries lists all.',
    resource="query",
    name="Brokn",
    names=["Broken"],
)
_COST = "What the query costs, in requests"
_COST_HEADERS = {
    name: {"description": description, "schema": {"type": "integer"}}
    for name, description in {
        "X-Cost-Requested": f"{_COST}, as it was charged before it was answered",
        "X-Cost-Actual": f"{_COST}, by the work that it took",
        "X-Cost-Remaining": "What is left of the user's budget, in requests",
        "X-Cost-Reset": "Unix timestamp when the budget is whole again",
    }.items()
}


def openapi_of(schema: GraphQLSchema, queries: NamedQueries, root_path: str) -> dict[str, Any]:
    """The description of all named queries, below a path; their types are components."""
    description = _Description(schema)
    paths = {f"{PATH}/{query.name}": {"get": description.operation(query)} for query in queries}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sample Gateway: named queries",
            "version": "1",
            "description": "Questions about the results of the CCExtractor Sample Platform, each "
            "a GraphQL query with a name.",
        },
        "servers": [{"url": root_path or "/"}],
        "paths": paths,
        "components": {
            "schemas": description.schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of the platform.",
                }
            },
        },
        "security": [{"token": []}],
    }


class _Description:
    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._types = TypeSchemas("#/components/schemas")

    @property
    def schemas(self) -> dict[str, Any]:
        return {"Error": Error.model_json_schema()} | self._types.named

    def operation(self, query: NamedQuery) -> dict[str, Any]:
        """How to ask a query, and what it answers."""
        return {
            "operationId": query.name,
            "summary": query.description or query.name,
            "parameters": [self._parameter(each) for each in query.variables.values()],
            "responses": self._responses(query),
        }

    # Variables

    def _parameter(self, variable: Variable) -> dict[str, Any]:
        type_: Any = get_nullable_type(variable.type)
        schema = self._types.variable(variable)
        parameter: dict[str, Any] = {
            "name": variable.name,
            "in": "query",
            "required": variable.is_required,
        }
        if variable.description:
            parameter["description"] = variable.description
        if variable.example is not None:
            parameter["example"] = variable.example
        if is_input_object_type(type_):
            return parameter | {"content": {"application/json": {"schema": schema}}}
        return parameter | {"schema": schema}

    # Answers

    def _responses(self, query: NamedQuery) -> dict[str, Any]:
        shared = {str(status): _response(RESPONSES[status]) for status in _SHARED_RESPONSES}
        headers = RESPONSES[200]["headers"] | _COST_HEADERS
        return {
            "200": {
                "description": query.description or "The answer",
                "headers": headers,
                "content": self._content(query),
            },
            "304": RESPONSES[304],
            "400": _response(
                RESPONSES[400],
                "A variable that is missing, unknown or malformed, or a query above a limit",
                _MALFORMED,
            ),
            "404": _response(RESPONSES[404], "There is no query with this name", _UNKNOWN),
            **shared,
        }

    def _content(self, query: NamedQuery) -> dict[str, Any]:
        """The answer in JSON, and as a table if it can be one."""
        fields = selected_fields(self._schema, query.document, query.operation)
        content: dict[str, Any] = {"application/json": {"schema": self._answer(fields)}}
        try:
            table = Table(fields)
        except BadInput:
            return content
        content[CSV] = {"schema": {"type": "string"}}
        if not table.lacks_page_info:
            content[NDJSON] = {"schema": {"type": "string"}}
        return content

    def _answer(self, fields: list[SelectedField]) -> dict[str, Any]:
        errors = {
            "type": "array",
            "items": _ERROR,
            "description": "Why parts of the data are null. It is left out if nothing failed.",
        }
        return json_object({"data": self._output_object(fields), "errors": errors}, ["data"])

    def _output_object(self, fields: list[SelectedField]) -> dict[str, Any]:
        properties = {
            field.name: described(
                self._output(field.definition.type, field.fields), field.definition.description
            )
            for field in fields
        }
        return json_object(properties, [field.name for field in fields if field.is_always_there])

    def _output(self, type_: Any, fields: list[SelectedField]) -> dict[str, Any]:
        if is_non_null_type(type_):
            return self._not_null(type_.of_type, fields)
        return nullable(self._not_null(type_, fields))

    def _not_null(self, type_: Any, fields: list[SelectedField]) -> dict[str, Any]:
        if is_list_type(type_):
            return {"type": "array", "items": self._output(type_.of_type, fields)}
        return self._types.leaf(type_) if is_leaf_type(type_) else self._output_object(fields)


def _response(
    documented: Mapping[str, Any], description: str = "", example: GatewayError | None = None
) -> dict[str, Any]:
    """A response of the documented endpoint whose body is an error, or one like it."""
    media_type = {"schema": _ERROR, **documented["content"]["application/json"]}
    if example:
        media_type["example"] = error_body(example)
    return {
        "description": description or documented["description"],
        "headers": documented["headers"],
        "content": {"application/json": media_type},
    }
