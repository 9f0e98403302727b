"""The console command's entry point."""

from importlib import import_module

import click

from gql.cli.grants import print_grants
from gql.cli.schema import print_schema
from gql.cli.serve import serve
from gql.cli.settings import print_settings
from gql.cli.token import token

# Their modules import the demo platform, which a server must not import.
LAZY_COMMANDS = {"demo": "gql.cli.demo", "doctor": "gql.cli.doctor.command"}


class _LazyGroup(click.Group):
    """Imports the modules of LAZY_COMMANDS only when one of them is used.

    https://click.palletsprojects.com/en/stable/complex/#lazily-loading-subcommands
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *LAZY_COMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in LAZY_COMMANDS:
            command: click.Command = import_module(LAZY_COMMANDS[cmd_name]).command
            return command
        return super().get_command(ctx, cmd_name)


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
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


for command in (serve, print_grants, print_schema, print_settings, token):
    main.add_command(command)
