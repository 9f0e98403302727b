"""The console command."""

import asyncio
import base64
import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import uvicorn
from pydantic import ValidationError
from sqlalchemy import insert
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.asyncio import create_async_engine

from gql import auth, demo
from gql.app import GRAPHQL_PATH
from gql.database import Database
from gql.errors import Forbidden, Unauthenticated, Unavailable
from gql.schema import schema
from gql.settings import Settings
from gql.tables import ApiToken
from rest_compat.app import OPENAPI_PATH, PREFIX

DEFAULT_RUNS = 60
DEFAULT_SEED = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="sample-gateway")
def main() -> None:
    r"""GraphQL and REST gateway to the results of the CCExtractor Sample Platform.

    Try it with nothing set up:

    \b
      sample-gateway serve          builds demo.sqlite if it is not there, and serves it

    Put it before a platform's database, which it only reads:

    \b
      DATABASE_URL=mysql://user:password@host/platform sample-gateway serve

    Settings are environment variables, or lines of a .env file: see `sample-gateway settings`.
    """


@main.command()
@click.option(
    "--demo/--no-demo",
    "is_demo",
    default=None,
    help="Build the demo data set if the SQLite file is not there yet, and show its token to "
    "everybody. On unless DATABASE_URL is set.",
)
@click.option("--workers", default=1, show_default=True, help="Processes to serve with.")
def serve(*, is_demo: bool | None, workers: int) -> None:
    """Serve GraphQL, GraphiQL and the REST API until interrupted.

    Refuses to start on a database that lacks a table or column it needs.
    """
    settings = _settings()
    if is_demo is None:
        is_demo = "database_url" not in settings.model_fields_set
    file = settings.database_url.database
    is_file = settings.database_url.get_backend_name() == "sqlite"
    if is_demo and is_file and file and not Path(file).exists():
        _build(settings, runs=DEFAULT_RUNS, seed=DEFAULT_SEED)
    asyncio.run(_refuse_other_databases(settings))
    token = _demo_token(settings) if is_demo else None
    if token:
        os.environ["GRAPHIQL_TOKEN"] = token
    _greet(settings, token)
    uvicorn.run(
        "gql.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        log_level="info" if workers > 1 else "warning",
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
    """Create the platform's tables in an empty database and fill them with demo data.

    Writes to DATABASE_URL, or else to demo.sqlite. Refuses a database that has any of the
    platform's tables.
    """
    settings = _settings()
    _build(settings, runs=runs, seed=seed)
    click.echo(f"Built {runs} runs in {settings.database_url}")
    click.echo(f"Token: {demo.DEMO_TOKEN}")


@main.command("schema")
def print_schema() -> None:
    """Print the GraphQL schema, as schema.graphql has it."""
    click.echo(schema.as_str())


@main.command("settings")
def print_settings() -> None:
    """Print every setting: its environment variable, its default, and what it is."""
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else field.default
        click.echo(f"{name.upper()}={default}\n    {field.description}")


@main.group()
def token() -> None:
    """Make and check bearer tokens."""


@token.command("create")
@click.option("--user-id", type=int, required=True, help="The platform user it is for.")
@click.option("--name", default="gateway", show_default=True, help="What the user calls it.")
@click.option("--days", default=90, show_default=True, help="How long it is good.")
def create_token(*, user_id: int, name: str, days: int) -> None:
    """Make a token that may read runs, and print the statement that registers it.

    The gateway never writes to the platform's database: run the statement yourself.
    """
    secret = "spci_" + base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    now = datetime.now(UTC).replace(microsecond=0)
    statement = insert(ApiToken).values(
        user_id=user_id,
        token_name=name,
        token_hash=auth.hash_of(secret),
        token_prefix=secret[: auth.PREFIX_LENGTH],
        scopes_json=json.dumps([auth.READ_RUNS]),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    compiled = statement.compile(dialect=mysql.dialect(), compile_kwargs={"literal_binds": True})
    click.echo(f"Token, shown only now: {secret}\n\n{compiled};")


@token.command("check")
@click.option("--token", "secret", prompt=True, hide_input=True, help="Asked for if not given.")
def check_token(*, secret: str) -> None:
    """Tell whether the gateway lets a token in. Exits with 1 if not."""
    try:
        asyncio.run(_authenticate(_settings(), secret)).require(auth.READ_RUNS)
    except (Unauthenticated, Forbidden, Unavailable) as error:
        raise click.ClickException(error.message) from error
    click.echo("The token is good.")


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        problems = (
            f"{each['loc'][0]}: {each['msg'].removeprefix('Value error, ')}".upper()
            for each in error.errors()
        )
        raise click.ClickException("\n".join(problems)) from error


def _build(settings: Settings, *, runs: int, seed: int) -> None:
    with click.progressbar(length=runs, label="Building demo runs") as bar:

        def report(done: int, _total: int) -> None:
            bar.update(done - bar.pos)

        async def build() -> None:
            engine = create_async_engine(settings.database_url)
            try:
                await demo.build(engine, runs=runs, seed=seed, report=report)
            finally:
                await engine.dispose()

        try:
            asyncio.run(build())
        except demo.DatabaseNotEmpty as error:
            raise click.ClickException(str(error)) from error


async def _refuse_other_databases(settings: Settings) -> None:
    database = Database(settings.database_url, pool_size=1)
    try:
        missing = await database.missing()
    except Unavailable:
        click.echo(f"The database {settings.database_url} cannot be reached yet.", err=True)
        return
    finally:
        await database.close()
    if missing:
        raise click.ClickException(
            f"The database {settings.database_url} lacks:\n  " + "\n  ".join(missing) + "\n"
            "Set DATABASE_URL to the platform's database, "
            "or fill an empty one with `sample-gateway demo`."
        )


async def _authenticate(settings: Settings, secret: str) -> auth.Token:
    database = Database(settings.database_url, pool_size=1)
    try:
        async with database.snapshot() as snapshot:
            return await auth.authenticate(f"Bearer {secret}", snapshot)
    finally:
        await database.close()


def _demo_token(settings: Settings) -> str | None:
    try:
        asyncio.run(_authenticate(settings, demo.DEMO_TOKEN))
    except (Unauthenticated, Unavailable):
        return None
    return demo.DEMO_TOKEN


def _greet(settings: Settings, token: str | None) -> None:
    origin = f"http://{settings.host}:{settings.port}"
    shown_token = token or "$ACCESS_TOKEN"
    click.echo(
        f"GraphiQL  {origin}{GRAPHQL_PATH}\n"
        f"REST      {origin}{PREFIX}/runs/{{run_id}}/samples/{{sample_id}}\n"
        f"          {origin}{PREFIX}{OPENAPI_PATH}\n"
    )
    if token:
        click.echo(f"Demo token  {token}\n")
    run_id, regression_id = demo.REPORT_LINUX_2026, 1
    click.echo(
        f"curl -H 'Authorization: Bearer {shown_token}' "
        f"{origin}{PREFIX}/runs/{run_id}/samples/{regression_id}\n"
    )
