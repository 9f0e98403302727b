"""The filter of media files."""

from collections.abc import Sequence

import strawberry
from sqlalchemy import ColumnElement, exists, false, not_, or_

from gql.database import search
from gql.database.tables import MediaFile, RegressionTest
from gql.loaders.regression_test import is_active
from gql.schema.filters.base import Filter, only
from gql.schema.filters.conditions import contains, has_tag

_has_active_test = exists().where(RegressionTest.sample_id == MediaFile.id, is_active)


def _has_extension(extensions: Sequence[str]) -> ColumnElement[bool]:
    return or_(false(), *(search.equals(MediaFile.extension, each) for each in extensions))


def _matches(text: str) -> ColumnElement[bool]:
    return or_(contains(text, MediaFile.original_name), search.begins_with(MediaFile.sha, text))


@strawberry.input(description="Only media files that match all of these.")
class MediaFilter(Filter):
    tags: list[str] | None = only(
        lambda names: has_tag(MediaFile.id, names),
        description="Only media files with one of these tags, by name.",
    )
    extensions: list[str] | None = only(
        _has_extension,
        description="Only media files with one of these extensions, without the dot. Case "
        "does not matter.",
    )
    search: str | None = only(
        _matches,
        description="Only media files whose original name contains this text or whose hash "
        "begins with it. Case does not matter.",
    )
    has_active_tests: bool | None = only(
        lambda has_one: _has_active_test if has_one else not_(_has_active_test),
        description="Only media files that an active regression test reads; with `false`, "
        "only files that none reads.",
    )
