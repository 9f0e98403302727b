"""The filter of regression tests."""

import strawberry
from sqlalchemy import ColumnElement

from gql.database.tables import Platform, RegressionTest
from gql.loaders.regression_test import is_active
from gql.schema.filters.base import Filter, only
from gql.schema.filters.conditions import contains, has_tag, is_in_category


def _never_passed_on(platform: Platform) -> ColumnElement[bool]:
    run_id = getattr(RegressionTest, f"last_passed_on_{platform}")
    condition: ColumnElement[bool] = run_id.is_(None)
    return condition


@strawberry.input(description="Only regression tests that match all of these.")
class RegressionTestFilter(Filter):
    active: bool | None = only(
        lambda active: is_active == active,
        description="Only tests that new runs execute; with `false`, only tests that they "
        "do not execute.",
    )
    categories: list[str] | None = only(
        is_in_category, description="Only tests in one of these categories, by name."
    )
    tags: list[str] | None = only(
        lambda names: has_tag(RegressionTest.sample_id, names),
        description="Only tests whose media file has one of these tags, by name.",
    )
    search: str | None = only(
        lambda text: contains(text, RegressionTest.command, RegressionTest.description),
        description="Only tests whose command or description contains this text. Case does "
        "not matter.",
    )
    input_types: list[str] | None = only(
        RegressionTest.input_type.in_,
        description="Only tests with one of these input types, such as `stdin`.",
    )
    output_types: list[str] | None = only(
        RegressionTest.output_type.in_,
        description="Only tests with one of these output types, such as `file` or `report`.",
    )
    media_ids: list[int] | None = only(
        RegressionTest.sample_id.in_,
        description="Only tests that read one of these media files.",
    )
    never_passed_on: Platform | None = only(
        _never_passed_on,
        description="Only tests for which the platform recorded no pass on this operating system.",
    )
