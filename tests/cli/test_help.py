"""Help describes every command; options are those that are documented."""

import gc
import re
from collections.abc import Iterator
from importlib.metadata import version

import click
import pytest

from gql.cli import main as cli
from tests.cli.commands import run, shown_by_help

pytestmark = [pytest.mark.quick, pytest.mark.usefixtures("no_settings")]


def every_command(
    command: click.Command, *names: str
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield names, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            each = command.get_command(context, name)
            assert each
            yield from every_command(each, *names, name)


@pytest.mark.parametrize(("names", "command"), [*every_command(cli.main)])
def test_help_describes_every_command_and_option(
    names: tuple[str, ...], command: click.Command
) -> None:
    shown = shown_by_help(*names)
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            assert str(parameter.human_readable_name) in command.help
            continue
        assert isinstance(parameter, click.Option)
        assert parameter.help
        assert all(option in shown for option in parameter.opts + parameter.secondary_opts)


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("serve", "--demo --no-demo --host --port --workers"),
        ("demo", "--runs --seed --tables --files"),
        ("schema", "--federation"),
        ("settings", ""),
        ("doctor", "--json"),
        ("grants", "--engine"),
        ("ask", "--var --format --url --token"),
        ("wait", "--timeout --url --token"),
        ("gate", "--fail-on --url --token"),
        ("token create", "--user-id --name --days --results"),
        ("token check", "--token"),
    ],
)
def test_command_has_exactly_these_options(command: str, options: str) -> None:
    shown = re.findall(r"--[a-z-]+", shown_by_help(*command.split()).partition("\nOptions:")[2])
    assert set(shown) == {*options.split(), "--help"}


def test_help_shows_examples_on_separate_lines() -> None:
    lines = [line.strip() for line in shown_by_help().splitlines()]
    assert "DATABASE_URL=mysql://user:password@host/platform sample-gateway serve" in lines


def test_version_option_prints_the_package_version() -> None:
    assert run("--version").output.endswith(f", version {version('sample-gateway')}\n")


def test_command_that_cannot_be_imported_leaves_garbage_collection_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(cli.LAZY_COMMANDS, "absent", "gql.cli.absent:command")

    with pytest.raises(ModuleNotFoundError):
        cli.main.get_command(click.Context(cli.main), "absent")

    assert gc.isenabled()
