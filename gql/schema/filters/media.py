"""The filter of media files."""

import strawberry
from sqlalchemy import ColumnElement, exists, func, not_, or_

from gql.database.tables import MediaFile, RegressionTest
from gql.loaders.regression_test import is_active
from gql.schema.filters.conditions import contains, has_tag

_has_active_test = exists().where(RegressionTest.sample_id == MediaFile.id, is_active)


@strawberry.input(description="Only media files that match all of these.")
class MediaFilter:
    tags: list[str] | None = strawberry.field(
        default=None, description="Only media files with one of these tags, by name."
    )
    extensions: list[str] | None = strawberry.field(
        default=None,
        description="Only media files with one of these extensions, without the dot. Case "
        "does not matter.",
    )
    search: str | None = strawberry.field(
        default=None,
        description="Only media files whose original name contains this text or whose hash"
        " begins with it. Case does not matter.",
    )
    has_active_tests: bool | None = strawberry.field(
        default=None,
        description="Only media files that an active regression test reads; with `false`, "
        "only files that none reads.",
    )

    def conditions(self) -> list[ColumnElement[bool]]:
        """What must hold of a `gql.database.tables.MediaFile`."""
        conditions: list[ColumnElement[bool]] = []
        if self.tags is not None:
            conditions.append(has_tag(MediaFile.id, self.tags))
        if self.extensions is not None:
            extensions = [extension.lower() for extension in self.extensions]
            conditions.append(func.lower(MediaFile.extension).in_(extensions))
        if self.search is not None:
            begins = MediaFile.sha.istartswith(self.search, autoescape=True)
            conditions.append(or_(contains(self.search, MediaFile.original_name), begins))
        if self.has_active_tests is not None:
            conditions.append(_has_active_test if self.has_active_tests else not_(_has_active_test))
        return conditions
