"""The platform's tables as its models, its migrations or a mixed history make them."""

from enum import StrEnum
from typing import Final

from sqlalchemy import DefaultClause, Dialect, Enum, MetaData, Table
from sqlalchemy.dialects.mysql import BIT

from gql.database.tables import Base


class MadeBy(StrEnum):
    """How the tables come about; all but the first need MariaDB or MySQL, as the migrations do."""

    MODELS = "models"
    """Strings where the platform has enumerations, and the database's one collation."""

    MIGRATIONS = "migrations"
    """Native ENUM columns, whose values sort by their position, BIT(1) and defaults."""

    MIXED_COLLATIONS = "mixed-collations"
    """As models make them, over years: latin1, utf8mb3 and two collations of utf8mb4."""


class TablesNotPossible(Exception):
    """An engine cannot have tables made in the wanted way."""


_PLATFORMS: Final = ("linux", "windows")
_ENUMS: Final = {
    ("test", "platform"): _PLATFORMS,
    ("test", "test_type"): ("commit", "pr"),
    ("test_progress", "status"): ("completed", "testing", "preparation", "canceled"),
    ("regression_test", "input_type"): ("file", "stdin", "udp"),
    ("regression_test", "output_type"): (
        *("file", "null", "tcp", "cea708", "multiprogram", "stdout", "report"),
    ),
    ("user", "role"): ("admin", "user", "contributor", "tester"),
    ("upload", "platform"): (*_PLATFORMS, "mac", "bsd"),
    ("maintenance_mode", "platform"): _PLATFORMS,
}
_BITS: Final = (("regression_test", "active"),)
_DEFAULTS: Final = {
    ("test", "pr_nr"): "0",
    ("regression_test", "expected_rc"): "0",
    ("test_result", "expected_rc"): "0",
}
_NOT_NULL: Final = (("test_result_file", "expected"),)

# What is not named has the database's own.
_COLLATIONS: Final = {
    "latin1_swedish_ci": ("fork", "test", "ccextractor_version"),
    "utf8mb3_general_ci": ("regression_test", "regression_test_output", "category", "sample"),
    "utf8mb4_general_ci": ("test_progress", "test_result_file"),
    "utf8mb4_unicode_ci": ("tag", "sample_tag_association", "regression_test_output_files"),
}


def tables_made_by(made_by: MadeBy, dialect: Dialect) -> MetaData:
    """The tables to create; raises TablesNotPossible for other engines."""
    if made_by is MadeBy.MODELS:
        return Base.metadata
    if dialect.name != "mysql":
        raise TablesNotPossible(
            f"Tables can be made by {made_by} on MariaDB and MySQL only, not on {dialect.name}."
        )
    metadata = MetaData()
    for table in Base.metadata.sorted_tables:
        table.to_metadata(metadata)
    if made_by is MadeBy.MIGRATIONS:
        _as_migrations_do(metadata.tables)
    else:
        for collation, names in _COLLATIONS.items():
            for name in names:
                metadata.tables[name].dialect_kwargs["mysql_collate"] = collation
    return metadata


def _as_migrations_do(tables: "dict[str, Table]") -> None:
    for (table, column), values in _ENUMS.items():
        tables[table].c[column].type = Enum(*values)
    for table, column in _BITS:
        tables[table].c[column].type = BIT(1)
    for (table, column), default in _DEFAULTS.items():
        tables[table].c[column].server_default = DefaultClause(default)
    for table, column in _NOT_NULL:
        tables[table].c[column].nullable = False
