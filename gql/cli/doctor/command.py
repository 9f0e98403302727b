"""The command that checks a deployment."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict

import click
from pydantic import ValidationError

from gql.cli.doctor import configuration, database, files, redis
from gql.cli.doctor.check_result import CheckResult, Severity, error
from gql.cli.settings import file_problem, problems_of, read_settings
from gql.database import failure_reason
from gql.execution.documents import DocumentCache
from gql.schema.factory import create_schema
from gql.settings import Settings, read_documents

COLOURS = {
    Severity.OK: "green",
    Severity.INFO: "blue",
    Severity.WARNING: "yellow",
    Severity.ERROR: "red",
}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def command(*, as_json: bool) -> None:
    """Check a deployment, and report what is wrong and what to do.

    Checks the settings, the database, its user's rights, the tables, the clocks,
    Redis and the platform's files.
    Only reads. Exits with 1 if a check fails; warnings do not count.
    """
    settings = _settings_or_lines() if as_json else read_settings()
    if not asyncio.run(_check(settings, as_json=as_json)):
        raise click.exceptions.Exit(1)


async def check_deployment(
    settings: Settings, documents: DocumentCache
) -> AsyncIterator[CheckResult]:
    """The results of all checks, each as soon as it is known."""
    for result in configuration.check_packages():
        yield result
    for result in configuration.check_names():
        yield result
    for result in configuration.check_settings(settings):
        yield result
    for result in configuration.check_trusted_documents(settings, documents):
        yield result
    for result in configuration.check_file_limit():
        yield result
    yield await configuration.check_address(settings)
    try:
        async for result in database.check_database(settings):
            yield result
    except Exception as problem:  # noqa: BLE001  # Any failure is a result of the check.
        yield error(
            "database",
            f"the check failed: {failure_reason(problem)}",
            "Look into the server's log, and run doctor again.",
        )
    for result in await redis.check_redis(settings):
        yield result
    for result in await files.check_files(settings):
        yield result


def _settings_or_lines() -> Settings:
    """The settings; or else a line of JSON for each that is wrong, and the command fails."""
    try:
        return Settings()
    except ValidationError as invalid:
        for problem in problems_of(invalid):
            click.echo(_as_json(error("settings", problem, "Correct the setting.")))
        raise click.exceptions.Exit(1) from invalid
    except (UnicodeDecodeError, OSError) as unreadable:
        click.echo(_as_json(error("settings", file_problem(unreadable), "Correct the file.")))
        raise click.exceptions.Exit(1) from unreadable


async def _check(settings: Settings, *, as_json: bool) -> bool:
    """Whether no check found an error."""
    manifest = settings.graphql_trusted_documents
    documents = create_schema(settings, read_documents(manifest) if manifest else None).documents
    has_no_error = True
    async for result in check_deployment(settings, documents):
        has_no_error = has_no_error and result.severity is not Severity.ERROR
        click.echo(_as_json(result) if as_json else _as_text(result))
    return has_no_error


def _as_json(result: CheckResult) -> str:
    return json.dumps(asdict(result))


def _as_text(result: CheckResult) -> str:
    severity = click.style(f"{result.severity:<8}", fg=COLOURS[result.severity])
    line = f"{severity} {result.subject:<12} {result.message}"
    return line if result.remedy is None else f"{line}\n{'':22}{result.remedy}"
