"""The codes of errors, of MySQL and MariaDB, PostgreSQL and SQLite: they do not overlap."""

from typing import Any

from sqlalchemy.exc import DBAPIError

_SQLITE_ERROR, _SQLITE_BUSY, _SQLITE_LOCKED = 1, 5, 6

DENIED = {1142, 1143, "42501"}
ABSENT = {1054, 1146, "42703", "42P01", _SQLITE_ERROR}
# InnoDB's for a table that is younger than the snapshot.
_YOUNGER = 1412
UNREADABLE = {*DENIED, *ABSENT, _YOUNGER}
WRONG_USER = {1045, 1698, "28000", "28P01"}
NO_DATABASE = {1044, 1049, "3D000"}
UNKNOWN_LOGIN = {2059, 2061}  # of the driver: it does not have the server's way to log in
TOO_MANY_CONNECTIONS = {1040, 1203, 1226, "53300"}

# Operational errors that waiting does not fix: SQLite's for a missing table or column, and MySQL's
# and MariaDB's for a missing column and for texts of two collations.
WRONG_STATEMENT = {_SQLITE_ERROR, 1054, 1267, 1270, 1271}

# The server ended a statement that took too long, or that waited too long for a lock.
TIMED_OUT = {1205, 1969, 3024, "55P03", "57014", _SQLITE_BUSY, _SQLITE_LOCKED}


def is_wrong_statement(error: BaseException) -> bool:
    """Whether a statement or its parameters are wrong, and the database is there."""
    import sqlite3  # noqa: PLC0415  (it takes a mebibyte, and few gateways use SQLite)

    cause = error.orig if isinstance(error, DBAPIError) else error
    is_sqlites = isinstance(cause, sqlite3.ProgrammingError | sqlite3.DataError)
    return is_sqlites or code_of(error) in WRONG_STATEMENT


def code_of(error: BaseException | None) -> Any:
    """The code of a database server's error: a number, or the five characters of SQLSTATE."""
    cause: Any = error.orig if isinstance(error, DBAPIError) else error
    number = getattr(cause, "sqlite_errorcode", None) or next(
        iter(getattr(cause, "args", ())), None
    )
    return number if isinstance(number, int) else getattr(cause, "sqlstate", None)
