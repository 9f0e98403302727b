"""The console command, run in this process, and what it shows on a terminal."""

import os
from contextlib import suppress
from typing import Any

from click.testing import CliRunner, Result

from gql import demo
from gql.cli import main as cli

FEWEST = str(demo.MINIMUM_RUNS)


def run(*arguments: str, **settings: Any) -> Result:
    """The command, run in this process."""
    environment = {name.upper(): str(value) for name, value in settings.items()}
    return CliRunner().invoke(cli.main, arguments, env=environment)


def shown_by_help(*command: str) -> str:
    result = run(*command, "--help")
    assert result.exit_code == 0
    return result.output


def read_to_the_end(terminal: int) -> bytes:
    shown = b""
    with suppress(OSError):  # how a terminal ends
        while chunk := os.read(terminal, 1024):
            shown += chunk
    os.close(terminal)
    return shown
