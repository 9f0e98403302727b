"""What commands do alike: read the settings, reach the database, tell what is wrong."""

import asyncio
from pathlib import Path

import click
from pydantic import ValidationError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from gql.database import Database, reason
from gql.database.tables import READ_TABLES
from gql.errors import Unavailable
from gql.security import tokens
from gql.settings import Settings

CONNECT_SECONDS = 5


def read_settings() -> Settings:
    """The settings; the command fails with all that is wrong with them."""
    try:
        return Settings()
    except ValidationError as error:
        raise click.ClickException("\n".join(problems_of(error))) from error


def problems_of(error: ValidationError) -> list[str]:
    """What is wrong with each setting, by the name of its variable."""
    return [
        f"{str(each['loc'][0]).upper()}: {each['msg'].removeprefix('Value error, ')}"
        for each in error.errors()
    ]


def shown(url: URL) -> str:
    """The address of a database without what may be secret in it."""
    return str(url.set(query={name: url.query[name] for name in {"host"} & url.query.keys()}))


def unbuilt_file(url: URL) -> Path | None:
    """The file of an SQLite database that is not there yet, or empty."""
    if url.get_backend_name() != "sqlite":
        return None
    file = Path(str(url.database))
    return None if file.exists() and file.stat().st_size else file


async def refuse_other_databases(settings: Settings) -> bool:
    """Whether the database can be reached; fails if it can and is not a platform's."""
    file = unbuilt_file(settings.database_url)
    if file and not file.exists():
        _say_unreachable(settings, "there is no such file")
        return False
    database = Database(
        settings.database_url, pool_size=1, timeout_seconds=settings.database_timeout_seconds
    )
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            missing = await database.missing()
    except (Unavailable, DBAPIError, TimeoutError) as error:
        _say_unreachable(settings, reason(error.__cause__ or error))
        return False
    except (TypeError, ValueError) as error:  # from the driver, for options that it does not know
        raise click.ClickException(f"DATABASE_URL: {error}") from error
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


def _remedy(missing: list[str]) -> str:
    if len(missing) == len(READ_TABLES) and all(each.startswith("table ") for each in missing):
        return (
            "Set DATABASE_URL to the platform's database, or fill an empty one with "
            "`sample-gateway demo`. Or the user may read none of it: see `sample-gateway doctor`."
        )
    return (
        "Some of the platform is there: the user may need grants for the rest. "
        "`sample-gateway doctor` tells which, or that the platform lacks it."
    )


def _say_unreachable(settings: Settings, why: str) -> None:
    click.echo(f"The database {shown(settings.database_url)} cannot be reached: {why}", err=True)


async def authenticate(settings: Settings, secret: str) -> tokens.Token:
    """The good token that a secret is; raises as Authenticator does for one that is not."""
    database = Database(
        settings.database_url, pool_size=1, timeout_seconds=settings.database_timeout_seconds
    )
    try:
        authenticator = tokens.Authenticator(database, cache_seconds=0)
        return await authenticator.authenticate(f"Bearer {secret}")
    finally:
        await database.close()
