"""The settings of a command, and the command that prints all of them."""

import os
from collections.abc import Iterator
from difflib import get_close_matches

import click
from dotenv import dotenv_values
from pydantic import ValidationError

from gql.settings import Settings

SIMILARITY = 0.8
# Two swapped letters of four leave this similarity.
SHORT = 4
SHORT_SIMILARITY = 0.75


def read_settings() -> Settings:
    """The settings; fails with every problem of the settings."""
    try:
        return Settings()
    except ValidationError as error:
        raise click.ClickException("\n".join(problems_of(error))) from error
    except (UnicodeDecodeError, OSError) as error:
        raise click.ClickException(file_problem(error)) from error


def file_problem(error: UnicodeDecodeError | OSError) -> str:
    """Why the .env file cannot be read."""
    if isinstance(error, OSError):
        return f".env cannot be read: {error.strerror}"
    line = error.object[: error.start].count(b"\n") + 1
    return f".env is not in UTF-8: save it in UTF-8, from line {line} on."


def problems_of(error: ValidationError) -> list[str]:
    """What is wrong with each setting, by the name of its variable."""
    return [
        f"{str(each['loc'][0]).upper()}: {each['msg'].removeprefix('Value error, ')}"
        for each in error.errors()
    ]


def misspelt_settings() -> Iterator[tuple[str, str]]:
    """Environment variables that are no setting, each with the setting that it is similar to."""
    known = [name.upper() for name in Settings.model_fields]
    for name in sorted({*os.environ, *dotenv_values(".env", encoding="utf-8-sig")} - {*known}):
        similarity = SHORT_SIMILARITY if len(name) <= SHORT else SIMILARITY
        nearest = get_close_matches(name.upper(), known, 1, similarity)
        if nearest and nearest != [name.upper()]:
            yield name, nearest[0]


@click.command("settings")
def print_settings() -> None:
    """Print every setting, as a .env file.

    Each with what it is, its variable and its default.
    """
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else field.default
        click.echo(f"# {field.description}\n#{name.upper()}={default}\n")
