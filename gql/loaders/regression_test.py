from collections.abc import Iterable
from typing import Any

from sqlalchemy import false, func, select, true

from gql.database.pagination import Order
from gql.database.tables import (
    Category,
    RegressionTest,
    RegressionTestCategory,
    RegressionTestOutput,
    RegressionTestOutputFiles,
)
from gql.loaders.base import ManyLoader, OneLoader

is_active = func.coalesce(RegressionTest.active, false())

REGRESSION_TEST = select(
    RegressionTest.id,
    RegressionTest.sample_id,
    RegressionTest.command,
    RegressionTest.description,
    is_active.label("active"),
    RegressionTest.input_type,
    RegressionTest.output_type,
    RegressionTest.expected_rc.label("expected_exit_code"),
    RegressionTest.last_passed_on_linux,
    RegressionTest.last_passed_on_windows,
)

TESTS_BY_ID = Order("regression test", (RegressionTest.id,))

_name = func.coalesce(Category.name, "")

CATEGORY = select(Category.id, _name.label("name"), Category.description).order_by(
    _name, Category.id
)


class RegressionTestByIdLoader(OneLoader[int]):
    statement = REGRESSION_TEST
    key = (RegressionTest.id,)


class RegressionTestsByMediaIdLoader(ManyLoader[int]):
    statement = REGRESSION_TEST.order_by(RegressionTest.id)
    key = (RegressionTest.sample_id,)


class CategoryByIdLoader(OneLoader[int]):
    statement = CATEGORY
    key = (Category.id,)


class CategoriesByRegressionTestIdLoader(ManyLoader[int]):
    statement = CATEGORY.join(
        RegressionTestCategory, RegressionTestCategory.category_id == Category.id
    )
    key = (RegressionTestCategory.regression_id,)

    async def read(self, keys: list[int]) -> dict[int, list[Any]]:
        # The table may list a category of a test twice: it has no primary key.
        rows_by_key = await self.rows_by_key(keys)
        return {key: list(dict.fromkeys(rows)) for key, rows in rows_by_key.items()}


class ExpectedOutputsByRegressionTestIdLoader(ManyLoader[int]):
    statement = (
        select(
            RegressionTestOutput.id,
            RegressionTestOutput.correct.label("hash"),
            RegressionTestOutput.correct_extension.label("extension"),
            RegressionTestOutput.expected_filename.label("filename"),
            RegressionTestOutput.ignore.is_(true()).label("ignored"),
        )
        .where(RegressionTestOutput.id >= 1)
        .order_by(RegressionTestOutput.id)
    )
    key = (RegressionTestOutput.regression_id,)


def hashes_of(variants: Iterable[Any]) -> list[str]:
    """The hashes of variants, without those that are none."""
    return [variant.hash for variant in variants if variant.hash is not None]


class VariantsByOutputIdLoader(ManyLoader[int]):
    statement = select(RegressionTestOutputFiles.file_hashes.label("hash")).order_by(
        RegressionTestOutputFiles.id
    )
    key = (RegressionTestOutputFiles.regression_test_output_id,)
