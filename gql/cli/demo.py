"""The command that builds the demo platform."""

import asyncio
import shutil
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from gql import demo
from gql.cli.database import shown, unbuilt_file, valid_token_of
from gql.cli.settings import read_settings
from gql.database import DatabaseUnavailable, failure_reason
from gql.database.engines import create_engine
from gql.database.tables import MAX_ID
from gql.demo.build import DEFAULT_RUNS
from gql.demo.files import files_folder
from gql.demo.live import live_demo
from gql.errors import Unauthenticated
from gql.settings import Settings


@dataclass(frozen=True, slots=True)
class DemoAccess:
    """How to read the demo platform.

    A token, the path of a sample to ask for over REST, and the folder of its files, if there is
    one.
    """

    token: str
    sample_path: str
    files: Path | None


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
def command(*, runs: int, seed: int, made_by: str, files: Path | None) -> None:
    """Fill an empty database with demo data.

    Creates the platform's tables in DATABASE_URL, or else in demo.sqlite, and fills them.
    Refuses a database that has any of them.
    """
    settings = read_settings()
    url = settings.database_url
    if files is None and url.get_backend_name() == "sqlite":
        files = files_folder(_file_of(settings))
    build(settings, runs=runs, seed=seed, made_by=demo.MadeBy(made_by), files=files)
    click.echo(f"Built {runs} runs in {shown(url)}")
    if files:
        click.echo(f"Files: {files}")
    click.echo(f"Token: {demo.DEMO_TOKEN}")


def build(settings: Settings, *, files: Path | None, **options: Any) -> None:
    """Build the demo platform in the database of the settings, or fail with the reason."""
    url = settings.database_url
    file = unbuilt_file(url)
    try:
        if file is None:
            _fill(url, files=files, **options)
        else:
            # The file appears only when it is complete, even if the build is interrupted.
            with TemporaryDirectory(dir=file.parent, prefix=f"{file.name}-") as directory:
                unfinished, unfinished_files = Path(directory, file.name), Path(directory, "files")
                _fill(url.set(database=str(unfinished)), files=unfinished_files, **options)
                if files:
                    # An earlier demo's files have the same names, or nothing refers to them.
                    shutil.copytree(
                        unfinished_files, files, copy_function=shutil.move, dirs_exist_ok=True
                    )
                unfinished.replace(file)
    except (demo.DatabaseNotEmpty, demo.TablesNotPossible) as error:
        raise click.ClickException(str(error)) from error
    except (DBAPIError, OSError) as error:
        raise click.ClickException(
            f"The database {shown(url)} cannot be written: {failure_reason(error)}. Set "
            "DATABASE_URL to one that you may write, or start in a folder that you may write."
        ) from error


def _fill(url: URL, *, runs: int, **options: Any) -> None:
    with click.progressbar(length=runs, label="Building demo runs") as bar:

        def report(done: int, _total: int) -> None:
            bar.update(done - bar.pos)

        async def build() -> None:
            engine = create_engine(url)
            try:
                await demo.build(engine, runs=runs, report=report, **options)
            finally:
                await engine.dispose()

        asyncio.run(build())


def build_built_in(settings: Settings) -> None:
    """Build the built-in demo file if it does not exist yet.

    A file that DATABASE_URL names is not built: its name may be misspelt.
    """
    file = unbuilt_file(settings.database_url)
    if file and _is_built_in(settings):
        build(settings, runs=DEFAULT_RUNS, files=files_folder(file))


def access_of(settings: Settings) -> DemoAccess | None:
    """How to read the demo platform; None if its token is not valid on the settings' database."""
    try:
        asyncio.run(valid_token_of(settings, demo.DEMO_TOKEN))
    except (Unauthenticated, DatabaseUnavailable):
        return None
    return DemoAccess(
        demo.DEMO_TOKEN, f"/runs/{demo.REPORT_LINUX_2026}/samples/1", _files_of(settings)
    )


def _files_of(settings: Settings) -> Path | None:
    if settings.database_url.get_backend_name() != "sqlite":
        return None
    folder = files_folder(_file_of(settings)).absolute()
    return folder if folder.is_dir() else None


def moving(settings: Settings) -> AbstractContextManager[None]:
    """A block in which the queued runs of the built-in demo file run, unless DEMO_LIVE is off."""
    is_moving = _is_built_in(settings) and settings.demo_live
    return live_demo(_file_of(settings)) if is_moving else nullcontext()


def _is_built_in(settings: Settings) -> bool:
    return "database_url" not in settings.model_fields_set


def _file_of(settings: Settings) -> Path:
    return Path(str(settings.database_url.database))
