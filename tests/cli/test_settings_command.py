"""`sample-gateway settings`, and what every command does with invalid settings."""

import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from gql.settings import Settings
from tests.cli.commands import run

pytestmark = [pytest.mark.quick, pytest.mark.usefixtures("no_settings")]


def test_settings_command_prints_a_dotenv_file_of_the_defaults() -> None:
    printed = run("settings").output
    Path("all.env").write_text(re.sub(r"^#(?=[A-Z_]+=)", "", printed, flags=re.MULTILINE))
    assert dotenv_values("all.env").keys() == {name.upper() for name in Settings.model_fields}
    assert Settings(_env_file="all.env").model_dump() == Settings().model_dump()


def test_settings_command_describes_every_setting() -> None:
    printed = run("settings").output
    for field in Settings.model_fields.values():
        assert f"# {field.description}\n" in printed


@pytest.mark.parametrize("command", ["serve", "demo", "token create --user-id 1", "token check"])
def test_invalid_settings_are_all_reported_at_once(command: str) -> None:
    bad = {"database_url": "somewhere", "port": "http", "rate_limit_requests": 0}
    result = run(*command.split(), *(["--token=x"] if command.endswith("check") else []), **bad)
    address, *others = result.output.splitlines()
    assert result.exit_code == 1
    assert address.startswith("Error: DATABASE_URL: must be an address such as mysql://")
    assert others == [
        "PORT: Input should be a valid integer, unable to parse string as an integer",
        "RATE_LIMIT_REQUESTS: Input should be greater than or equal to 1",
    ]
