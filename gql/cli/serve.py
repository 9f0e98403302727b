"""The command that serves."""

import asyncio
import math
import os
import sys
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import partial
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

import click
import uvicorn

from gql.app import GRAPHQL_PATH, MCP_PATH
from gql.cli.address import address_problem, origin_of
from gql.cli.database import check_database
from gql.cli.settings import misspelt_settings, read_settings
from gql.http.monitoring import METRICS_PATH
from gql.http.protocol import ConnectionLimits, GatewayProtocol
from gql.http.websocket_protocol import GatewayWebSocketProtocol
from gql.settings import Settings
from gql.telemetry import log, metrics
from rest_compat.app import DOCS_PATH, PREFIX

if TYPE_CHECKING:
    from gql.cli.demo import DemoAccess

STOP_SECONDS = 3


@click.command()
@click.option(
    "--demo/--no-demo",
    "is_demo",
    default=None,
    help="Show the demo's token to everybody, and build demo.sqlite if it is not there yet and "
    "DATABASE_URL is not set. On unless DATABASE_URL is set.",
)
@click.option("--host", help="Address to listen on, in place of the setting HOST.")
@click.option("--port", type=int, help="Port to listen on, in place of the setting PORT.")
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    help="Number of processes. Set REDIS_URL so that they share rate limits.",
)
def serve(*, is_demo: bool | None, host: str | None, port: int | None, workers: int) -> None:
    """Serve GraphQL, GraphiQL and the REST API until interrupted.

    Refuses to start on a database that lacks a table or column it needs, and on a file that it
    cannot read. Starts without a server that cannot be reached, and answers 503 until it can be.
    """
    settings = _read_settings(HOST=host, PORT=port)
    if is_demo is None:
        is_demo = "database_url" not in settings.model_fields_set
    access: DemoAccess | None = None
    demo_block: AbstractContextManager[None] = nullcontext()
    if is_demo:
        # Only a demo server imports the demo.
        from gql.cli.demo import access_of, build_built_in, moving  # noqa: PLC0415

        build_built_in(settings)
        demo_block = moving(settings)
    if not asyncio.run(check_database(settings)):
        click.echo("The gateway is answering 503 until it can be.", err=True)
    elif is_demo:
        access = access_of(settings)
    if access:
        _set_defaults(settings, access)
    _print_addresses(settings, access)
    with ExitStack() as stack:
        if workers > 1:
            os.environ[metrics.DIRECTORY] = stack.enter_context(
                TemporaryDirectory(prefix="sample-gateway-metrics-")
            )
        stack.enter_context(demo_block)
        _run(settings, workers)


def _read_settings(**options: str | int | None) -> Settings:
    """The settings, in place of which options count; the server reads them once more."""
    os.environ.update({name: str(value) for name, value in options.items() if value is not None})
    settings = read_settings()
    for name, setting in misspelt_settings():
        click.echo(f"{name} is not a setting. Did you mean {setting}?", err=True)
    if problem := address_problem(settings):
        raise click.ClickException(
            f"Cannot listen on {settings.host} port {settings.port}: {problem}. "
            "Choose another address of this machine or a free port, such as "
            f"--port {settings.port + 1}, or stop the program that listens there."
        )
    return settings


def _set_defaults(settings: Settings, access: "DemoAccess") -> None:
    """Open to everybody what the demo has, where nothing else is set."""
    if not settings.graphiql_token:
        os.environ["GRAPHIQL_TOKEN"] = access.token
    if not settings.metrics_token:
        os.environ["METRICS_TOKEN"] = access.token
    if access.files and not settings.files_url:
        os.environ["FILES_URL"] = access.files.as_uri()


def _run(settings: Settings, workers: int) -> None:
    uvicorn.run(
        "gql.app:create_process_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        server_header=False,
        http=http_protocol(settings),
        ws=GatewayWebSocketProtocol,
        timeout_keep_alive=settings.idle_timeout_seconds,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        ws_max_size=settings.max_body_bytes,
        log_config=log.config(settings.log_level),
        access_log=False,
        # By then every request in progress has a response, even if that is a timeout.
        timeout_graceful_shutdown=math.ceil(settings.database_statement_timeout_seconds)
        + STOP_SECONDS,
    )


def http_protocol(settings: Settings) -> type[asyncio.Protocol]:
    """The protocol of the server's connections, within the limits of the settings."""
    limits = ConnectionLimits(
        receive_seconds=settings.receive_timeout_seconds,
        send_seconds=settings.send_timeout_seconds,
        idle_seconds=settings.idle_timeout_seconds,
    )
    # uvicorn only calls it, also in the processes of workers.
    return cast("type[asyncio.Protocol]", partial(GatewayProtocol, limits=limits))


def _print_addresses(settings: Settings, access: "DemoAccess | None") -> None:
    origin = origin_of(settings)
    click.echo(f"{'GraphiQL' if settings.explorer else 'GraphQL':8}  {origin}{GRAPHQL_PATH}")
    click.echo(f"REST      {origin}{PREFIX}/runs/{{run_id}}/samples/{{sample_id}}")
    if settings.explorer:
        click.echo(f"          {origin}{PREFIX}{DOCS_PATH}")
    if settings.mcp:
        click.echo(f"MCP       {origin}{MCP_PATH}")
    if access or settings.metrics_token:
        click.echo(f"Metrics   {origin}{METRICS_PATH}")
    click.echo()
    if access:
        click.echo(
            f"Demo token  {access.token}\n\n"
            f"curl -H 'Authorization: Bearer {access.token}' {origin}{PREFIX}{access.sample_path}\n"
        )
    if sys.stderr.isatty():
        click.echo("Ctrl+C stops it.\n")
