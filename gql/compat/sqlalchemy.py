"""SQLAlchemy's compiled statements, to execute them without SQLAlchemy."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Compiled, CompoundSelect, Dialect, Select

Convert = Callable[[Any], Any]


def compile_for_driver(
    statement: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]], dialect: Dialect
) -> Compiled:
    """The statement in the dialect's SQL, with a placeholder for each value of a list."""
    return statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})


def placeholders(compiled: Any) -> list[str]:
    """The names of the parameters, in the order of their placeholders."""
    return list(compiled.positiontup or ())


def constants(compiled: Any, dialect: Dialect) -> dict[str, Any]:
    """The values of the parameters that the statement itself has, as the driver binds them."""
    return {
        name: _bound(value, _type_of_parameter(compiled, name), dialect)
        for name, value in compiled.params.items()
    }


def _type_of_parameter(compiled: Any, name: str) -> Any:
    # The parameters of an expanded list have its name and a number.
    binds = compiled.binds
    return binds[name if name in binds else name.rpartition("_")[0]].type


def _bound(value: Any, type_: Any, dialect: Dialect) -> Any:
    convert = type_.dialect_impl(dialect).bind_processor(dialect)
    return convert(value) if convert else value


def result_converter(type_: Any, dialect: Dialect) -> Convert | None:
    """The conversion of a driver's value to a column's type, if there is any."""
    convert: Convert | None = type_.dialect_impl(dialect).result_processor(dialect, None)
    return convert


def driver_module(dialect: Any) -> Any:
    """The driver's module, with its exceptions."""
    return dialect.loaded_dbapi
