"""What several commands do with the platform's database."""

import asyncio
from pathlib import Path

import click
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from gql.database import Database, DatabaseUnavailable, failure_reason
from gql.database.sqlite_files import file_of, problem_of
from gql.database.tables import READ_TABLES
from gql.security.tokens import Authenticator, Token
from gql.settings import Settings

CONNECT_SECONDS = 5


def shown(url: URL) -> str:
    """The URL of a database without its secrets."""
    return str(url.set(query={name: url.query[name] for name in {"host"} & url.query.keys()}))


def unbuilt_file(url: URL) -> Path | None:
    """The file of an SQLite database that does not exist yet, or is empty."""
    if url.get_backend_name() != "sqlite":
        return None
    file = Path(str(url.database))
    return None if file.exists() and file.stat().st_size else file


async def check_database(settings: Settings) -> bool:
    """Whether the database can be reached.

    Fails if it can and is not a platform's, and on a file that SQLite cannot read.
    """
    file = file_of(settings.database_url)
    if file is not None and (problem := problem_of(file)):
        raise click.ClickException(
            f"The database cannot be read: {problem}. Correct DATABASE_URL. "
            "`sample-gateway demo` builds a file to try."
        )
    database = database_of(settings)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            missing = await database.missing()
    except (DatabaseUnavailable, DBAPIError, TimeoutError) as error:
        cause = error.__cause__ or error
        if is_wrong_option(cause):
            raise click.ClickException(f"DATABASE_URL: {cause}") from error
        _warn_unreachable(settings, failure_reason(cause))
        return False
    finally:
        await database.close()
    if missing:
        raise click.ClickException(
            f"The database {shown(settings.database_url)} lacks:\n  "
            + "\n  ".join(missing)
            + "\n"
            + _remedy(missing)
        )
    return True


def is_wrong_option(error: BaseException) -> bool:
    """Whether the driver does not know an option of the database's address."""
    # An error of TLS is a ValueError too.
    return isinstance(error, TypeError | ValueError) and not isinstance(error, OSError)


def database_of(settings: Settings) -> Database:
    """The database of the settings, over one connection."""
    return Database(
        settings.database_url,
        pool_size=1,
        timeout_seconds=settings.database_statement_timeout_seconds,
    )


def _remedy(missing: list[str]) -> str:
    if len(missing) == len(READ_TABLES) and all(each.startswith("table ") for each in missing):
        return (
            "Set DATABASE_URL to the platform's database, or fill an empty one with "
            "`sample-gateway demo`. Or the user may read none of it: see `sample-gateway doctor`."
        )
    return (
        "Some of the platform is there: the user may need grants for the rest. "
        "`sample-gateway doctor` shows which, or that the platform lacks it."
    )


def _warn_unreachable(settings: Settings, reason: str) -> None:
    click.echo(f"The database {shown(settings.database_url)} cannot be reached: {reason}", err=True)


async def valid_token_of(settings: Settings, secret: str) -> Token:
    """The token of a secret; raises as `Authenticator.authenticate` does if it is not valid."""
    database = database_of(settings)
    try:
        authenticator = Authenticator(database, cache_ttl_seconds=0)
        return await authenticator.authenticate(f"Bearer {secret}")
    finally:
        await database.close()
