"""The console command's entry point."""

import gc
from importlib import import_module

import click

# A server must not import the demo platform, and a client not the server.
LAZY_COMMANDS = {
    "ask": "gql.cli.ask:command",
    "demo": "gql.cli.demo:command",
    "doctor": "gql.cli.doctor.command:command",
    "gate": "gql.cli.gate:command",
    "grants": "gql.cli.grants:print_grants",
    "schema": "gql.cli.schema:print_schema",
    "serve": "gql.cli.serve:serve",
    "settings": "gql.cli.settings:print_settings",
    "token": "gql.cli.token:token",
    "wait": "gql.cli.wait:command",
}


class _LazyGroup(click.Group):
    """Imports the module of a command only when it is used.

    https://click.palletsprojects.com/en/stable/complex/#lazily-loading-subcommands
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *LAZY_COMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in LAZY_COMMANDS:
            module, _, name = LAZY_COMMANDS[cmd_name].partition(":")
            # Imports leave hardly any garbage: to look for it takes a fifth of a server's start.
            gc.disable()
            try:
                command: click.Command = getattr(import_module(module), name)
                gc.freeze()
            finally:
                gc.enable()
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
