"""A .env file or an address that cannot be read is one clear line."""

import json
from pathlib import Path

import pytest

from tests.cli.commands import run

pytestmark = pytest.mark.quick


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


LATIN1 = "PORT=1\nDATABASE_URL=mysql://u:pässwörd@h/x\n".encode("latin-1")


@pytest.mark.parametrize("command", [("serve",), ("doctor",), ("demo",)])
@pytest.mark.parametrize("content", [LATIN1, "PORT=1\n".encode("utf-16")])
def test_env_file_in_another_encoding_is_one_line(
    directory: Path, command: tuple[str, ...], content: bytes
) -> None:
    (directory / ".env").write_bytes(content)

    result = run(*command)

    assert result.exit_code == 1
    [line] = result.output.splitlines()
    assert ".env is not in UTF-8" in line


def test_env_file_in_another_encoding_is_one_object_for_programs(directory: Path) -> None:
    (directory / ".env").write_bytes(LATIN1)

    [line] = run("doctor", "--json").output.splitlines()

    assert "line 2" in json.loads(line)["message"]


def test_env_file_with_a_byte_order_mark_is_read(directory: Path) -> None:
    (directory / ".env").write_text("PORT=0", encoding="utf-8-sig")

    assert "PORT" in run("serve").output


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:secret@host:99999/x",
        "mysql://user:secret@host:0/x",
        "postgresql://user:secret@/x?host=one:5432&host=two:70000",
        "postgresql://user:secret@host/x?connect_timeout=soon",
    ],
)
def test_address_that_cannot_be_is_one_line(url: str) -> None:
    result = run("serve", database_url=url)

    assert result.exit_code == 1
    [line] = result.output.splitlines()
    assert line.startswith("Error: DATABASE_URL: ")
    assert "secret" not in line
