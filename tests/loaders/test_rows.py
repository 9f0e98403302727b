"""Rows have the columns that their classes declare, and types show columns that rows have."""

from collections.abc import Iterator
from inspect import get_annotations
from typing import Any, get_args, get_origin

import pytest
from strawberry.types import get_object_definition

from gql.execution.loader_field import LOADER_FIELD, LoaderField
from gql.loaders.base import (
    KeyedLoader,
    KeyPredicate,
    Loader,
    OptionalRowListLoader,
    Row,
    RowListLoader,
    Scope,
    SingleRowLoader,
)


def subclasses(class_: type) -> Iterator[type]:
    for each in class_.__subclasses__():
        yield each
        yield from subclasses(each)


WITH_ROWS = {SingleRowLoader, RowListLoader, OptionalRowListLoader}
LOADERS = [each for each in subclasses(Loader) if each not in {KeyedLoader, *WITH_ROWS}]
ROWS = {
    loader: arguments[1]
    for loader in LOADERS
    for base in getattr(loader, "__orig_bases__", ())
    if get_origin(base) in WITH_ROWS and (arguments := get_args(base))
}


def annotations(class_: type) -> dict[str, Any]:
    """What a class and its bases declare."""
    return {
        name: type_
        for each in class_.__mro__[::-1]
        for name, type_ in get_annotations(each).items()
    }


def statement_of(loader: Any) -> Any:
    return loader.build(KeyPredicate(lambda *columns: columns[0] == 1, lambda first: first == 1))


@pytest.mark.parametrize("loader", ROWS, ids=lambda loader: loader.__name__)
def test_statement_of_a_loader_selects_what_its_row_declares(loader: Any) -> None:
    selected = list(statement_of(loader).selected_columns.keys())

    assert set(annotations(ROWS[loader])) <= set(selected)


@pytest.mark.parametrize("loader", LOADERS, ids=lambda loader: loader.__name__)
def test_loader_declares_its_scope(loader: Any) -> None:
    assert isinstance(vars(loader).get("scope"), Scope)


def object_types() -> list[type]:
    types = [*subclasses(Row)]
    return [each for each in types if get_object_definition(each)]


@pytest.mark.parametrize("type_", object_types(), ids=lambda type_: type_.__name__)
def test_plain_fields_of_a_type_are_columns_of_its_row(type_: type) -> None:
    row: set[str] = set()
    for each in type_.__mro__:
        if issubclass(each, Row) and not get_object_definition(each):
            row |= set(annotations(each))
    plain = {
        field.python_name
        for field in get_object_definition(type_, strict=True).fields
        if field.is_basic_field
    }

    assert plain <= row


def loader_fields() -> list[tuple[type, str, LoaderField]]:
    return [
        (type_, field.python_name, field.metadata[LOADER_FIELD])
        for type_ in object_types()
        for field in get_object_definition(type_, strict=True).fields
        if LOADER_FIELD in field.metadata
    ]


@pytest.mark.parametrize(
    ("type_", "name", "field"), loader_fields(), ids=lambda each: getattr(each, "__name__", None)
)
def test_loader_field_reads_columns(type_: type, name: str, field: LoaderField) -> None:
    assert field.attributes, name
    assert set(field.attributes) <= set(annotations(type_))
