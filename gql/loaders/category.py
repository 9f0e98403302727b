"""Categories of regression tests."""

from sqlalchemy import func, select

from gql.database.tables import Category, RegressionTestCategory
from gql.loaders.base import Row, RowListLoader, Scope, SingleRowLoader
from gql.loaders.names import sorted_by_name


class CategoryRow(Row):
    id: int
    name: str | None
    description: str | None


_name = func.coalesce(Category.name, "")

CATEGORY = select(Category.id, _name.label("name"), Category.description).order_by(Category.id)


class CategoryByIdLoader(SingleRowLoader[int, CategoryRow]):
    scope = Scope.CATALOGUE
    statement = CATEGORY
    key = (Category.id,)


class CategoriesByRegressionTestIdLoader(RowListLoader[int, CategoryRow]):
    """Loads the categories of a regression test, by name."""

    scope = Scope.CATALOGUE
    statement = CATEGORY.join(
        RegressionTestCategory, RegressionTestCategory.category_id == Category.id
    )
    key = (RegressionTestCategory.regression_id,)

    async def read(self, keys: list[int]) -> dict[int, list[CategoryRow]]:
        # The table may list a category of a test twice, as it has no primary key.
        rows_by_key = await self.rows_by_key(keys)
        return {key: sorted_by_name(dict.fromkeys(rows)) for key, rows in rows_by_key.items()}
