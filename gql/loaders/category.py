"""Categories of regression tests."""

from operator import attrgetter

from sqlalchemy import func, select
from typing_extensions import override

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

    @staticmethod
    @override
    def arranged(rows: list[CategoryRow]) -> list[CategoryRow]:
        # The table may list a category of a test twice, as it has no primary key.
        return sorted_by_name(dict.fromkeys(sorted(rows, key=attrgetter("id"))))
