"""The conditions of several filters, as SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from gql.database import search
from gql.database.tables import (
    Category,
    MediaFileTag,
    RegressionTest,
    RegressionTestCategory,
    Tag,
)


def is_in_category(names: Sequence[str]) -> ColumnElement[bool]:
    """Whether a `RegressionTest` is in one of the categories."""
    tests = (
        select(RegressionTestCategory.regression_id)
        .join(Category, Category.id == RegressionTestCategory.category_id)
        .where(RegressionTestCategory.regression_id.is_not(None), Category.name.in_(names))
    )
    return RegressionTest.id.in_(tests)


def has_tag(media_id: Any, names: Sequence[str]) -> ColumnElement[bool]:
    """Whether the media file of that id has one of the tags."""
    media = (
        select(MediaFileTag.sample_id)
        .join(Tag, Tag.id == MediaFileTag.tag_id)
        .where(Tag.name.in_(names))
    )
    condition: ColumnElement[bool] = media_id.in_(media)
    return condition


def contains(text: str, *columns: Any) -> ColumnElement[bool]:
    """Whether one of the columns contains the text, case-insensitive."""
    return or_(*(search.contains(column, text) for column in columns))
