"""The console command."""

import asyncio
import base64
import json
import math
import os
import secrets
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import uvicorn
from pydantic import ValidationError
from sqlalchemy import URL, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from gql import auth, demo
from gql.app import GRAPHQL_PATH
from gql.database import Database
from gql.errors import GatewayError, Unauthenticated, Unavailable
from gql.schema import schema
from gql.settings import Settings
from gql.tables import ApiToken
from rest_compat.app import OPENAPI_PATH, PREFIX

DEFAULT_RUNS = 60
DEFAULT_SEED = 1
CONNECT_SECONDS = 5
STOP_SECONDS = 3


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="sample-gateway")
def main() -> None:
    """GraphQL and REST gateway to the results of the CCExtractor Sample Platform.

    Try it with nothing set up:

    \b
      sample-gateway serve          builds demo.sqlite if it is not there, and serves it

    Put it before a platform's database, which it only reads:

    \b
      DATABASE_URL=mysql://user:password@host/platform sample-gateway serve

    Settings are environment variables or lines of a .env file; `settings` prints them all.
    """  # noqa: D301


@main.command()
@click.option(
    "--demo/--no-demo",
    "is_demo",
    default=None,
    help="Build the demo data set if the SQLite file is not there yet, and show its token to "
    "everybody. On unless DATABASE_URL is set.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    help="Processes to serve with. Set REDIS_URL for them to count rate limits together.",
)
def serve(*, is_demo: bool | None, workers: int) -> None:
    """Serve GraphQL, GraphiQL and the REST API until interrupted.

    Refuses to start on a database that lacks a table or column it needs. Starts without one
    that cannot be reached, and is not ready until it can.
    """
    settings = _settings()
    _refuse_taken_address(settings)
    if is_demo is None:
        is_demo = "database_url" not in settings.model_fields_set
    if is_demo and _unbuilt_file(settings.database_url):
        _build(settings, runs=DEFAULT_RUNS, seed=DEFAULT_SEED)
    is_reachable = asyncio.run(_refuse_other_databases(settings))
    token = _demo_token(settings) if is_demo and is_reachable else None
    if token and not settings.graphiql_token:
        os.environ["GRAPHIQL_TOKEN"] = token
    _greet(settings, token)
    uvicorn.run(
        "gql.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        server_header=False,
        ws_max_size=settings.max_body_bytes,
        log_level="warning",
        access_log=False,
        # Whatever is under way has an answer by then, if only that the database takes too long.
        timeout_graceful_shutdown=math.ceil(settings.database_timeout_seconds) + STOP_SECONDS,
    )


@main.command("demo")
@click.option(
    "--runs",
    default=DEFAULT_RUNS,
    show_default=True,
    type=click.IntRange(min=demo.MINIMUM_RUNS),
    help="How many runs of about 237 results each.",
)
@click.option(
    "--seed",
    default=DEFAULT_SEED,
    show_default=True,
    help="The same seed gives the same data.",
)
def build_demo(*, runs: int, seed: int) -> None:
    """Fill an empty database with demo data.

    Creates the platform's tables in DATABASE_URL, or else in demo.sqlite, and fills them.
    Refuses a database that has any of them.
    """
    settings = _settings()
    _build(settings, runs=runs, seed=seed)
    click.echo(f"Built {runs} runs in {_shown(settings)}")
    click.echo(f"Token: {demo.DEMO_TOKEN}")


@main.command("schema")
def print_schema() -> None:
    """Print the GraphQL schema, as schema.graphql has it."""
    click.echo(schema.as_str())


@main.command("settings")
def print_settings() -> None:
    """Print every setting, as a .env file.

    Each with what it is, its variable and its default.
    """
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else field.default
        click.echo(f"# {field.description}\n#{name.upper()}={default}\n")


@main.group()
def token() -> None:
    """Make and check bearer tokens."""


@token.command("create")
@click.option("--user-id", type=int, required=True, help="The platform user it is for.")
@click.option("--name", default="gateway", show_default=True, help="What the user calls it.")
@click.option(
    "--days",
    default=90,
    show_default=True,
    type=click.IntRange(min=1, max=3650),
    help="How long it is good.",
)
def create_token(*, user_id: int, name: str, days: int) -> None:
    """Make a token, and the SQL to register it.

    The token may read runs. The gateway never writes to the platform's database: run the
    statement yourself. It is for the engine that DATABASE_URL names.
    """
    # Another style of parameters would have percent signs doubled.
    new_dialect: Any = _settings().database_url.get_dialect()
    dialect = new_dialect(paramstyle="named")
    secret = "spci_" + base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    now = datetime.now(UTC).replace(microsecond=0)
    statement = (
        insert(ApiToken)
        .inline()
        .values(
            user_id=user_id,
            token_name=name,
            token_hash=auth.hash_of(secret),
            token_prefix=secret[: auth.PREFIX_LENGTH],
            scopes_json=json.dumps([auth.READ_RUNS]),
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    click.echo(f"Token, shown only now: {secret}\n\n{compiled};")


@token.command("check")
@click.option("--token", "secret", prompt="Token", hide_input=True, help="Asked for if not given.")
def check_token(*, secret: str) -> None:
    """Tell whether the gateway lets a token in. Exits with 1 if not."""
    settings = _settings()
    if not asyncio.run(_refuse_other_databases(settings)):
        raise click.exceptions.Exit(1)
    try:
        asyncio.run(_authenticate(settings, secret)).require(auth.READ_RUNS)
    except GatewayError as error:
        raise click.ClickException(error.message) from error
    click.echo("The token is good.")


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        problems = (
            f"{str(each['loc'][0]).upper()}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors()
        )
        raise click.ClickException("\n".join(problems)) from error


def _shown(settings: Settings) -> str:
    """The address of the database without what may be secret in it."""
    url = settings.database_url
    return str(url.set(query={name: url.query[name] for name in {"host"} & url.query.keys()}))


def _unbuilt_file(url: URL) -> Path | None:
    """The file of an SQLite database that is not there yet, or empty."""
    if url.get_backend_name() != "sqlite":
        return None
    file = Path(str(url.database))
    return None if file.exists() and file.stat().st_size else file


def _build(settings: Settings, *, runs: int, seed: int) -> None:
    url = settings.database_url
    file = _unbuilt_file(url)
    try:
        if file is None:
            _fill(url, runs=runs, seed=seed)
        else:
            # The file is there when it is whole, whatever interrupts the build.
            with TemporaryDirectory(dir=file.parent, prefix=f"{file.name}-") as directory:
                unfinished = Path(directory, file.name)
                _fill(url.set(database=str(unfinished)), runs=runs, seed=seed)
                unfinished.replace(file)
    except demo.DatabaseNotEmpty as error:
        raise click.ClickException(str(error)) from error
    except (DBAPIError, OSError) as error:
        raise click.ClickException(
            f"The database {_shown(settings)} cannot be written: {_reason(error)}"
        ) from error


def _fill(url: URL, *, runs: int, seed: int) -> None:
    with click.progressbar(length=runs, label="Building demo runs") as bar:

        def report(done: int, _total: int) -> None:
            bar.update(done - bar.pos)

        async def build() -> None:
            engine = create_async_engine(url)
            try:
                await demo.build(engine, runs=runs, seed=seed, report=report)
            finally:
                await engine.dispose()

        asyncio.run(build())


def _refuse_taken_address(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        raise click.ClickException(f"HOST, PORT: {error.strerror}") from error


async def _refuse_other_databases(settings: Settings) -> bool:
    """Whether the database can be reached; fails if it can and is not a platform's."""
    file = _unbuilt_file(settings.database_url)
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
        _say_unreachable(settings, _reason(error.__cause__ or error))
        return False
    except TypeError as error:  # from the driver, for an option that it does not have
        raise click.ClickException(f"DATABASE_URL: {error}") from error
    finally:
        await database.close()
    if missing:
        raise click.ClickException(
            f"The database {_shown(settings)} lacks:\n  " + "\n  ".join(missing) + "\n"
            "Set DATABASE_URL to the platform's database, "
            "or fill an empty one with `sample-gateway demo`."
        )
    return True


def _say_unreachable(settings: Settings, reason: str) -> None:
    click.echo(f"The database {_shown(settings)} cannot be reached: {reason}", err=True)


def _reason(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause) or "it did not answer in time"


async def _authenticate(settings: Settings, secret: str) -> auth.Token:
    database = Database(
        settings.database_url, pool_size=1, timeout_seconds=settings.database_timeout_seconds
    )
    try:
        authenticator = auth.Authenticator(database, cache_seconds=0)
        return await authenticator.authenticate(f"Bearer {secret}")
    finally:
        await database.close()


def _demo_token(settings: Settings) -> str | None:
    try:
        asyncio.run(_authenticate(settings, demo.DEMO_TOKEN))
    except (Unauthenticated, Unavailable):
        return None
    return demo.DEMO_TOKEN


def _greet(settings: Settings, token: str | None) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    origin = f"http://{host}:{settings.port}"
    click.echo(
        f"GraphiQL  {origin}{GRAPHQL_PATH}\n"
        f"REST      {origin}{PREFIX}/runs/{{run_id}}/samples/{{sample_id}}\n"
        f"          {origin}{PREFIX}{OPENAPI_PATH}\n"
    )
    if token:
        click.echo(
            f"Demo token  {token}\n\n"
            f"curl -H 'Authorization: Bearer {token}' "
            f"{origin}{PREFIX}/runs/{demo.REPORT_LINUX_2026}/samples/1\n"
        )
