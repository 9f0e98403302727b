"""Definitions of regression tests."""

from sqlalchemy import false, func, select

from gql.database.pagination import Order
from gql.database.tables import RegressionTest
from gql.loaders.base import Row, RowListLoader, Scope, SingleRowLoader


class RegressionTestRow(Row):
    id: int
    sample_id: int | None
    command: str | None
    description: str | None
    active: bool
    input_type: str | None
    output_type: str | None
    expected_exit_code: int | None
    last_passed_on_linux: int | None
    last_passed_on_windows: int | None


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


class RegressionTestByIdLoader(SingleRowLoader[int, RegressionTestRow]):
    scope = Scope.CATALOGUE
    statement = REGRESSION_TEST
    key = (RegressionTest.id,)


class RegressionTestsByMediaIdLoader(RowListLoader[int, RegressionTestRow]):
    scope = Scope.CATALOGUE
    statement = REGRESSION_TEST.order_by(RegressionTest.id)
    key = (RegressionTest.sample_id,)
