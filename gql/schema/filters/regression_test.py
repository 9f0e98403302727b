"""The filter of regression tests."""

import strawberry
from sqlalchemy import ColumnElement

from gql.database.tables import Platform, RegressionTest
from gql.loaders.regression_test import is_active
from gql.schema.filters.conditions import contains, has_tag, is_in_category


@strawberry.input(description="Only regression tests that match all of these.")
class RegressionTestFilter:
    active: bool | None = strawberry.field(
        default=None,
        description="Only tests that new runs execute; with `false`, only tests that they "
        "do not execute.",
    )
    categories: list[str] | None = strawberry.field(
        default=None, description="Only tests in one of these categories, by name."
    )
    tags: list[str] | None = strawberry.field(
        default=None, description="Only samples whose media file has one of these tags, by name."
    )
    search: str | None = strawberry.field(
        default=None,
        description="Only tests whose command or description contains this text. Case does"
        " not matter.",
    )
    input_types: list[str] | None = strawberry.field(
        default=None, description="Only tests with one of these input types, such as `stdin`."
    )
    output_types: list[str] | None = strawberry.field(
        default=None,
        description="Only tests with one of these output types, such as `file` or `report`.",
    )
    media_ids: list[int] | None = strawberry.field(
        default=None, description="Only samples of tests that read one of these media files."
    )
    never_passed_on: Platform | None = strawberry.field(
        default=None,
        description="Only tests for which the platform recorded no pass on this operating system.",
    )

    def conditions(self) -> list[ColumnElement[bool]]:
        """What must hold of a `RegressionTest`."""
        conditions: list[ColumnElement[bool]] = []
        if self.active is not None:
            conditions.append(is_active == self.active)
        if self.categories is not None:
            conditions.append(is_in_category(self.categories))
        if self.tags is not None:
            conditions.append(has_tag(RegressionTest.sample_id, self.tags))
        if self.search is not None:
            conditions.append(
                contains(self.search, RegressionTest.command, RegressionTest.description)
            )
        if self.input_types is not None:
            conditions.append(RegressionTest.input_type.in_(self.input_types))
        if self.output_types is not None:
            conditions.append(RegressionTest.output_type.in_(self.output_types))
        if self.media_ids is not None:
            conditions.append(RegressionTest.sample_id.in_(self.media_ids))
        if self.never_passed_on is not None:
            run_id = getattr(RegressionTest, f"last_passed_on_{self.never_passed_on}")
            conditions.append(run_id.is_(None))
        return conditions
