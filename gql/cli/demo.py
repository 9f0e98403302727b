"""The command that builds the demo platform."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from gql import demo
from gql.cli.database import check_database, shown, unbuilt_file, valid_token_of
from gql.cli.settings import read_settings
from gql.database import failure_reason
from gql.errors import Unauthenticated, Unavailable
from gql.settings import Settings

DEFAULT_RUNS = 60
DEFAULT_SEED = 1


@dataclass(frozen=True, slots=True)
class DemoAccess:
    """A token of the demo platform, and the path of a sample to ask for over REST."""

    token: str
    sample_path: str


@click.command("demo")
@click.option(
    "--runs",
    default=DEFAULT_RUNS,
    show_default=True,
    type=click.IntRange(min=demo.MINIMUM_RUNS),
    help="Number of runs, with about 237 results each.",
)
@click.option(
    "--seed",
    default=DEFAULT_SEED,
    show_default=True,
    help="The same seed gives the same data.",
)
def command(*, runs: int, seed: int) -> None:
    """Fill an empty database with demo data.

    Creates the platform's tables in DATABASE_URL, or else in demo.sqlite, and fills them.
    Refuses a database that has any of them.
    """
    settings = read_settings()
    build(settings, runs=runs, seed=seed)
    click.echo(f"Built {runs} runs in {shown(settings.database_url)}")
    click.echo(f"Token: {demo.DEMO_TOKEN}")


def build(settings: Settings, *, runs: int, seed: int) -> None:
    """Build the demo platform in the database of the settings, or fail with the reason."""
    url = settings.database_url
    file = unbuilt_file(url)
    try:
        if file is None:
            _fill(url, runs=runs, seed=seed)
        else:
            # The file appears only when it is complete, even if the build is interrupted.
            with TemporaryDirectory(dir=file.parent, prefix=f"{file.name}-") as directory:
                unfinished = Path(directory, file.name)
                _fill(url.set(database=str(unfinished)), runs=runs, seed=seed)
                unfinished.replace(file)
    except demo.DatabaseNotEmpty as error:
        raise click.ClickException(str(error)) from error
    except (DBAPIError, OSError) as error:
        raise click.ClickException(
            f"The database {shown(url)} cannot be written: {failure_reason(error)}"
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


def prepare(settings: Settings) -> DemoAccess | None:
    """How to read the demo platform; builds it first if its SQLite file does not exist yet.

    None if the demo's token is not valid on the database of the settings.
    """
    if unbuilt_file(settings.database_url):
        build(settings, runs=DEFAULT_RUNS, seed=DEFAULT_SEED)
    if not asyncio.run(check_database(settings)):
        return None
    try:
        asyncio.run(valid_token_of(settings, demo.DEMO_TOKEN))
    except (Unauthenticated, Unavailable):
        return None
    return DemoAccess(demo.DEMO_TOKEN, f"/runs/{demo.REPORT_LINUX_2026}/samples/1")
