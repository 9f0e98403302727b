"""Which media files to give."""

import strawberry
from sqlalchemy import ColumnElement, exists, func, not_, or_

from gql.database.tables import RegressionTest, Sample
from gql.loaders.regression_test import is_active
from gql.schema.filters.conditions import contains, has_tag

_is_tested = exists().where(RegressionTest.sample_id == Sample.id, is_active)


@strawberry.input(
    description="Which media files to give: those for which everything holds told here."
)
class MediaFilter:
    tag: list[str] | None = strawberry.field(
        default=None, description="It has one of the tags of these names."
    )
    extension: list[str] | None = strawberry.field(
        default=None, description="It has one of these extensions, without the dot, in any case."
    )
    text: str | None = strawberry.field(
        default=None,
        description="The original name contains this, or the hash begins with it, in any case.",
    )
    tested: bool | None = strawberry.field(
        default=None, description="An active regression test reads it, or none does."
    )

    def conditions(self) -> list[ColumnElement[bool]]:
        """What must hold of a `gql.database.tables.Sample`."""
        conditions: list[ColumnElement[bool]] = []
        if self.tag is not None:
            conditions.append(has_tag(Sample.id, self.tag))
        if self.extension is not None:
            extensions = [extension.lower() for extension in self.extension]
            conditions.append(func.lower(Sample.extension).in_(extensions))
        if self.text is not None:
            begins = Sample.sha.istartswith(self.text, autoescape=True)
            conditions.append(or_(contains(self.text, Sample.original_name), begins))
        if self.tested is not None:
            conditions.append(_is_tested if self.tested else not_(_is_tested))
        return conditions
