"""The lines of the deployment guide, as a person copies them, name what is there."""

import re
import shlex

import pytest
from click.testing import CliRunner

from gql.cli import main as cli
from tests.docs.documents import DOCS, ROOT, blocks

LINES = [
    line.removeprefix("# ")
    for block in blocks(DOCS / "deployment.md", "console")
    for line in block.splitlines()
]


def test_files_that_are_copied_are_in_a_checkout() -> None:
    copied = [line.split()[1] for line in LINES if line.startswith("cp ")]

    assert copied
    assert [each for each in copied if not (ROOT / each).is_file()] == []


@pytest.mark.parametrize(
    "command", re.findall(r"sample-gateway/bin/sample-gateway ([^>)\n]+)", "\n".join(LINES))
)
def test_command_has_the_options_that_are_used(command: str) -> None:
    result = CliRunner().invoke(cli.main, [*shlex.split(command), "--help"])

    assert result.exit_code == 0, result.output


def test_environment_is_installed_by_hashes_and_upgraded_likewise() -> None:
    installs = [line.partition(" install ")[2] for line in LINES if "/pip install " in line]

    assert installs == ["--require-hashes --requirement requirements.lock", "--no-deps ."] * 2


def test_everybody_can_read_what_is_installed() -> None:
    masks = [line for line in LINES if "umask" in line or line.endswith("--no-deps .")]

    install = ["umask 022", "/opt/sample-gateway/bin/pip install --no-deps ."]
    assert [line for line in masks if not line.startswith("(")] == install * 2


def test_nginx_has_found_the_first_gateway_again_when_the_second_is_restarted() -> None:
    fail_timeout = re.findall(r"fail_timeout=(\d+)s", (DOCS / "deploy/nginx.conf").read_text())
    [pause] = [line.removeprefix("sleep ") for line in LINES if line.startswith("sleep ")]

    assert int(pause) > max(map(int, fail_timeout))
