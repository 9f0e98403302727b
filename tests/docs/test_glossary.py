"""docs/glossary.md names tables, types, fields and statuses that exist."""

import pytest
from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType

from gql.database import tables
from gql.domain.status import OutputStatus, RunStatus, SampleStatus
from rest_compat.models import Output, SampleResult
from tests.docs.documents import DOCS, names, rows
from tests.support.schema import GRAPHQL_SCHEMA

pytestmark = pytest.mark.quick

GLOSSARY = DOCS / "glossary.md"
TYPES = GRAPHQL_SCHEMA.type_map
COLUMNS = {
    table.name: {column.name for column in table.columns}
    for table in tables.Base.metadata.tables.values()
}
REST = {*SampleResult.model_fields, *Output.model_fields}


def is_column(name: str) -> bool:
    """Whether the platform has such a table, or such a column as `table.column`."""
    table, _, column = name.partition(".")
    return table in COLUMNS and (not column or column in COLUMNS[table])


def is_in_schema(name: str) -> bool:
    """Whether the schema has such a type, or such a field as `Type.field`."""
    type_name, _, field = name.partition(".")
    type_ = TYPES.get(type_name)
    if not field:
        return type_ is not None
    return isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and field in type_.fields


def test_every_table_and_column_exists() -> None:
    named = [cells[1] for heading in ("Things", "Values") for cells in rows(GLOSSARY, heading)]

    assert [name for name in named if name and not is_column(name)] == []


def test_every_type_and_field_of_the_schema_exists() -> None:
    named = [cells[3] for heading in ("Things", "Values") for cells in rows(GLOSSARY, heading)]

    assert [name for name in named if name and not is_in_schema(name)] == []


def test_every_attribute_of_rest_exists() -> None:
    named = [cells[2] for cells in rows(GLOSSARY, "Values")]

    assert [name for name in named if name and name not in REST] == []


def test_every_class_of_a_table_exists() -> None:
    named = [cells[4].partition(".")[0] for cells in rows(GLOSSARY, "Things")]

    assert [name for name in named if name and not hasattr(tables, name)] == []


def test_every_status_is_explained() -> None:
    statuses = [
        name
        for cells in rows(GLOSSARY, "Statuses")
        for cell in cells
        for name in names(cell)
        if name.isupper()
    ]

    for enum in (SampleStatus, OutputStatus, RunStatus):
        type_ = TYPES[enum.__name__]
        assert isinstance(type_, GraphQLEnumType)
        assert set(type_.values) <= {*statuses}
