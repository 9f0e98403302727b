"""The commands that make and check bearer tokens."""

import asyncio
import base64
import json
import secrets
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from sqlalchemy import insert

from gql.cli.database import check_database, database_of, valid_token_of
from gql.cli.settings import read_settings
from gql.database import DatabaseError
from gql.database.tables import ApiToken
from gql.errors import GatewayError, Unauthenticated, public_error
from gql.security.tokens import PREFIX_LENGTH, READ_RESULTS, READ_RUNS, hash_of, issued_tokens
from gql.settings import Settings


@click.group()
def token() -> None:
    """Make and check bearer tokens."""


@token.command("create")
@click.option(
    "--user-id", type=int, required=True, help="Id of the platform user that the token belongs to."
)
@click.option("--name", default="gateway", show_default=True, help="Name of the token.")
@click.option(
    "--days",
    default=90,
    show_default=True,
    type=click.IntRange(min=1, max=3650),
    help="Days until the token expires.",
)
@click.option(
    "--results", is_flag=True, help="The token may read output files, logs and media, too."
)
def create_token(*, user_id: int, name: str, days: int, results: bool) -> None:
    """Make a token, and the SQL to register it.

    The token may read runs. The gateway never writes to the platform's database: run the
    statement yourself. It is for the engine that DATABASE_URL names.
    """
    # Another style of parameters would have percent signs doubled.
    new_dialect: Any = read_settings().database_url.get_dialect()
    dialect = new_dialect(paramstyle="named")
    secret = "spci_" + base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    now = datetime.now(UTC).replace(microsecond=0)
    statement = (
        insert(ApiToken)
        .inline()
        .values(
            user_id=user_id,
            token_name=name,
            token_hash=hash_of(secret),
            token_prefix=secret[:PREFIX_LENGTH],
            scopes_json=json.dumps([READ_RUNS, *([READ_RESULTS] if results else [])]),
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    click.echo(f"Token, shown only now: {secret}\n\n{compiled};")


@token.command("check")
@click.option(
    "--token", "secret", help="The token. Without it, the command prompts or reads standard input."
)
def check_token(*, secret: str | None) -> None:
    """Check whether the gateway accepts a token. Exits with 1 if not."""
    settings = read_settings()
    if secret is None:
        secret = _prompt() if sys.stdin.isatty() else sys.stdin.readline().strip()
    if not asyncio.run(check_database(settings)):
        raise click.exceptions.Exit(1)
    try:
        valid = asyncio.run(valid_token_of(settings, secret))
        valid.require(READ_RUNS)
    except Unauthenticated as error:
        raise click.ClickException(asyncio.run(_why_invalid(settings, secret))) from error
    except (GatewayError, DatabaseError) as error:
        raise click.ClickException(str(public_error(error))) from error
    scopes = ", ".join(sorted(valid.scopes))
    click.echo(f"The token is valid until {_shown(valid.expires_at)}. Its scopes: {scopes}.")


async def _why_invalid(settings: Settings, secret: str) -> str:
    """What the platform's database says of a token that is not valid."""
    database = database_of(settings)
    try:
        issued = await issued_tokens(database, secret)
    except Unauthenticated:
        return "This is not a token of the platform: they are spci_ and 43 more characters."
    finally:
        await database.close()
    if not issued:
        return "The platform has no such token: it was never issued here, or was deleted."
    if issued[-1].is_revoked:
        return f"The token was revoked at {_shown(issued[-1].revoked_at)}."
    return f"The token expired at {_shown(issued[-1].expires_at)}."


def _shown(timestamp: datetime | None) -> str:
    return f"{timestamp:%Y-%m-%d %H:%M:%S} UTC" if timestamp else "an unreadable date"


def _prompt() -> str:
    return str(click.prompt("Token", hide_input=True))
