"""Categories of regression tests."""

from typing import Any

from sqlalchemy import func, select

from gql.database.tables import Category, RegressionTestCategory
from gql.loaders.base import RowListLoader, SingleRowLoader

_name = func.coalesce(Category.name, "")

CATEGORY = select(Category.id, _name.label("name"), Category.description).order_by(
    _name, Category.id
)


class CategoryByIdLoader(SingleRowLoader[int]):
    statement = CATEGORY
    key = (Category.id,)


class CategoriesByRegressionTestIdLoader(RowListLoader[int]):
    statement = CATEGORY.join(
        RegressionTestCategory, RegressionTestCategory.category_id == Category.id
    )
    key = (RegressionTestCategory.regression_id,)

    async def read(self, keys: list[int]) -> dict[int, list[Any]]:
        # The table may list a category of a test twice, as it has no primary key.
        rows_by_key = await self.rows_by_key(keys)
        return {key: list(dict.fromkeys(rows)) for key, rows in rows_by_key.items()}
