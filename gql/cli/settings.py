"""The settings of a command, and the command that prints all of them."""

import click
from pydantic import ValidationError

from gql.settings import Settings


def read_settings() -> Settings:
    """The settings; fails with every problem of the settings."""
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


@click.command("settings")
def print_settings() -> None:
    """Print every setting, as a .env file.

    Each with what it is, its variable and its default.
    """
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else field.default
        click.echo(f"# {field.description}\n#{name.upper()}={default}\n")
