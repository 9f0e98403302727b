"""The console command."""

import asyncio
import json
import math
import os
import shutil
import socket
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import uvicorn
from pydantic import ValidationError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo, doctor
from gql.app import GRAPHQL_PATH, METRICS_PATH, schema_of
from gql.console import (
    authenticate,
    problems_of,
    read_settings,
    refuse_other_databases,
    shown,
    unbuilt_file,
)
from gql.database import reason
from gql.demo.build import DEFAULT_RUNS
from gql.demo.files import files_folder
from gql.demo.live import live_demo
from gql.errors import Unauthenticated, Unavailable
from gql.execution.operations import Rules
from gql.execution.streaming import Execution
from gql.federation import Subgraph
from gql.schema import schema
from gql.settings import Settings, read_documents
from gql.tables import MAX_ID
from gql.telemetry import log, metrics
from gql.token_commands import token
from rest_compat.app import DOCS_PATH, PREFIX

STOP_SECONDS = 3
SIGN_COLOURS = {
    doctor.Sign.OK: "green",
    doctor.Sign.NOTE: "blue",
    doctor.Sign.WARNING: "yellow",
    doctor.Sign.FAILURE: "red",
}


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
    settings = read_settings()
    _refuse_taken_address(settings)
    is_built_in = "database_url" not in settings.model_fields_set
    if is_demo is None:
        is_demo = is_built_in
    if is_demo and (file := unbuilt_file(settings.database_url)):
        _build(settings, runs=DEFAULT_RUNS, files=files_folder(file))
    is_reachable = asyncio.run(refuse_other_databases(settings))
    demo_token = _demo_token(settings) if is_demo and is_reachable else None
    if demo_token and not settings.graphiql_token:
        os.environ["GRAPHIQL_TOKEN"] = demo_token
    if demo_token and not settings.metrics_token:
        os.environ["METRICS_TOKEN"] = demo_token
    _greet(settings, demo_token, has_metrics=bool(demo_token or settings.metrics_token))
    with ExitStack() as stack:
        if workers > 1:
            os.environ[metrics.DIRECTORY] = stack.enter_context(
                TemporaryDirectory(prefix="sample-gateway-metrics-")
            )
        if is_demo and is_built_in and settings.demo_live:
            stack.enter_context(live_demo(Path(str(settings.database_url.database))))
        _run(settings, workers)


def _run(settings: Settings, workers: int) -> None:
    uvicorn.run(
        "gql.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        server_header=False,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        ws_max_size=settings.max_body_bytes,
        log_config=log.config(settings.log_level),
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
    default=demo.DEFAULT_SEED,
    show_default=True,
    type=click.IntRange(0, MAX_ID),
    help="The same seed gives the same data.",
)
@click.option(
    "--tables",
    "made_by",
    default=str(demo.MadeBy.MODELS),
    show_default=True,
    type=click.Choice([str(each) for each in demo.MadeBy]),
    help="How tables are made: as the platform's models do or, on MariaDB and MySQL, as its "
    "migrations do or with mixed collations.",
)
@click.option(
    "--files",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for outputs, logs and media info. Beside the file of an SQLite database "
    "by default, otherwise they are not written.",
)
def build_demo(*, runs: int, seed: int, made_by: str, files: Path | None) -> None:
    """Fill an empty database with demo data.

    Creates the platform's tables in DATABASE_URL, or else in demo.sqlite, and fills them.
    Refuses a database that has any of them.
    """
    settings = read_settings()
    url = settings.database_url
    if files is None and url.get_backend_name() == "sqlite":
        files = files_folder(Path(str(url.database)))
    _build(settings, runs=runs, seed=seed, made_by=demo.MadeBy(made_by), files=files)
    click.echo(f"Built {runs} runs in {shown(url)}")
    if files:
        click.echo(f"Files: {files}")
    click.echo(f"Token: {demo.DEMO_TOKEN}")


@main.command("schema")
@click.option("--federation", is_flag=True, help="As a subgraph of Apollo Federation 2.")
def print_schema(*, federation: bool) -> None:
    """Print the GraphQL schema, as schema.graphql has it."""
    printed = Subgraph(Execution, Rules()) if federation else schema
    click.echo(printed.as_str())


@main.command("settings")
def print_settings() -> None:
    """Print every setting, as a .env file.

    Each with what it is, its variable and its default.
    """
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else field.default
        click.echo(f"# {field.description}\n#{name.upper()}={default}\n")


@main.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line.")
def examine(*, as_json: bool) -> None:
    """Tell what is not right about a deployment, and what to do.

    Looks at the settings, the database, what its user may do, the tables, the clocks and Redis.
    Only reads. Exits with 1 if anything fails; warnings alone do not.
    """
    settings = _settings_or_lines() if as_json else read_settings()
    if not asyncio.run(_examine(settings, as_json=as_json)):
        raise click.exceptions.Exit(1)


main.add_command(token)


def _settings_or_lines() -> Settings:
    """The settings; or else a line of JSON for each that is wrong, and the command fails."""
    try:
        return Settings()
    except ValidationError as error:
        for problem in problems_of(error):
            click.echo(_as_line(doctor.failure("settings", problem, "Correct the setting.")))
        raise click.exceptions.Exit(1) from error


async def _examine(settings: Settings, *, as_json: bool) -> bool:
    """Whether nothing failed."""
    manifest = settings.graphql_trusted_documents
    operations = schema_of(settings, read_documents(manifest) if manifest else None).operations
    is_well = True
    async for finding in doctor.examination(settings, operations):
        is_well = is_well and finding.sign is not doctor.Sign.FAILURE
        click.echo(_as_line(finding) if as_json else _told(finding))
    return is_well


def _as_line(finding: doctor.Finding) -> str:
    return json.dumps(asdict(finding))


def _told(finding: doctor.Finding) -> str:
    sign = click.style(f"{finding.sign:<8}", fg=SIGN_COLOURS[finding.sign])
    line = f"{sign} {finding.subject:<12} {finding.found}"
    return line if finding.remedy is None else f"{line}\n{'':22}{finding.remedy}"


def _build(settings: Settings, *, files: Path | None, **options: Any) -> None:
    url = settings.database_url
    file = unbuilt_file(url)
    try:
        if file is None:
            _fill(url, files=files, **options)
        else:
            # The file is there when it is whole, whatever interrupts the build.
            with TemporaryDirectory(dir=file.parent, prefix=f"{file.name}-") as directory:
                unfinished, unfinished_files = Path(directory, file.name), Path(directory, "files")
                _fill(url.set(database=str(unfinished)), files=unfinished_files, **options)
                if files:
                    # What an earlier demo left there has the same names, or is not asked for.
                    shutil.copytree(
                        unfinished_files, files, copy_function=shutil.move, dirs_exist_ok=True
                    )
                unfinished.replace(file)
    except (demo.DatabaseNotEmpty, demo.TablesNotPossible) as error:
        raise click.ClickException(str(error)) from error
    except (DBAPIError, OSError) as error:
        raise click.ClickException(
            f"The database {shown(settings.database_url)} cannot be written: {reason(error)}"
        ) from error


def _fill(url: URL, *, runs: int, **options: Any) -> None:
    with click.progressbar(length=runs, label="Building demo runs") as bar:

        def report(done: int, _total: int) -> None:
            bar.update(done - bar.pos)

        async def build() -> None:
            engine = create_async_engine(url)
            try:
                await demo.build(engine, runs=runs, report=report, **options)
            finally:
                await engine.dispose()

        asyncio.run(build())


def _refuse_taken_address(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        raise click.ClickException(f"HOST, PORT: {error.strerror}") from error


def _demo_token(settings: Settings) -> str | None:
    try:
        asyncio.run(authenticate(settings, demo.DEMO_TOKEN))
    except (Unauthenticated, Unavailable):
        return None
    return demo.DEMO_TOKEN


def _greet(settings: Settings, token: str | None, *, has_metrics: bool) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    origin = f"http://{host}:{settings.port}"
    click.echo(
        f"GraphiQL  {origin}{GRAPHQL_PATH}\n"
        f"REST      {origin}{PREFIX}/runs/{{run_id}}/samples/{{sample_id}}\n"
        f"          {origin}{PREFIX}{DOCS_PATH}"
    )
    if has_metrics:
        click.echo(f"Metrics   {origin}{METRICS_PATH}")
    click.echo()
    if token:
        click.echo(
            f"Demo token  {token}\n\n"
            f"curl -H 'Authorization: Bearer {token}' "
            f"{origin}{PREFIX}/runs/{demo.REPORT_LINUX_2026}/samples/1\n"
        )
