"""`ask`, `wait` and `gate` ask a gateway over HTTP, and say by their exit codes how it went."""

import asyncio
import csv
import io
import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import Mock

import pytest
from click.testing import Result
from sqlalchemy import URL

from gql import demo
from gql.database import tables
from sample_gateway_client import Client
from tests.cli.commands import run
from tests.support import rows
from tests.support.databases import only_on
from tests.support.platform import Platform
from tests.support.server import COMMAND, Server, address, serving

pytestmark = [only_on("sqlite"), pytest.mark.usefixtures("engine")]

LINUX_RUN = demo.BREAKING_PR_LINUX
UNREACHABLE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def server(demo_url: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("client"), database_url=address(demo_url)) as server:
        yield server


def asked(server: Server, *arguments: str, token: str = demo.DEMO_TOKEN) -> Result:
    return run(*arguments, gateway_url=server.origin, gateway_token=token)


@pytest.fixture
def other_server() -> Iterator[str]:
    """The address of a server of pages."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<h1>Sign in</h1>")

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


# Ask


def test_ask_prints_the_answer_in_json(server: Server) -> None:
    result = asked(server, "ask", "PullRequest", "--var", "pullRequest=1556")

    assert result.exit_code == 0
    assert [each["id"] for each in json.loads(result.stdout)["data"]["runs"]["nodes"]] == [12, 11]


def test_ask_prints_csv_as_the_gateway_sends_it(server: Server) -> None:
    result = asked(server, "ask", "FailsToday", "--format", "csv")

    header, *failures = csv.reader(io.StringIO(result.stdout))
    assert header[0] == "runs.id"
    assert len(failures) > 1


def test_ask_prints_a_table_in_columns(server: Server) -> None:
    arguments = ["--var", "pullRequest=1556", "--format", "table"]
    lines = asked(server, "ask", "PullRequest", *arguments).stdout.splitlines()

    assert lines[0].split() == ["id", "platform", "status", "url", "commit"]
    assert lines[1].startswith("--  --------  ------")
    assert lines[2].split()[:3] == ["12", "WINDOWS", "FAIL"]
    assert {line.index(line.split()[2]) for line in (lines[0], *lines[2:])} == {14}


def test_ask_says_that_more_rows_follow(server: Server) -> None:
    variables = ["--var", "pullRequest=1556", "--var", "first=1"]
    result = asked(server, "ask", "PullRequest", *variables, "--format", "table")

    assert len(result.stdout.splitlines()) == 3
    [*_, name, cursor] = result.stderr.split()
    rest = asked(server, "ask", "PullRequest", *variables, name, cursor, "--format", "table")
    assert rest.stdout.splitlines()[2].startswith("11  LINUX")
    assert rest.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Broke"], 'There is no query named "Broke". Did you mean Broken? /queries lists all.'),
        (["Broken"], "runId is required, of type Int!."),
        (["Broken", "--var", "runId"], "runId is no variable such as runId=11."),
        (["Unstable", "--format", "csv"], "A table needs one list"),
        (["../graphql"], 'There is no query named "../graphql".'),
    ],
)
def test_ask_exits_with_2_for_what_the_caller_can_change(
    server: Server, arguments: list[str], message: str
) -> None:
    result = asked(server, "ask", *arguments)

    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_ask_exits_with_10_without_an_answer(server: Server) -> None:
    unreachable = run("ask", "Waiting", gateway_url=UNREACHABLE, gateway_token="t")
    unauthorized = asked(server, "ask", "Waiting", token="wrong")

    assert (unreachable.exit_code, unauthorized.exit_code) == (10, 10)
    assert "The gateway cannot be reached: " in unreachable.stderr
    assert "Bearer token is missing, expired, or invalid." in unauthorized.stderr


def test_ask_needs_a_token() -> None:
    result = run("ask", "Waiting", gateway_token="")

    assert result.exit_code == 2
    assert "GATEWAY_TOKEN" in result.stderr


async def test_ask_prints_nothing_that_controls_a_terminal(
    platform: Platform, tmp_path: Path
) -> None:
    await platform.add(rows.run(1, branch="\x1b]0;title\x07\x9b31m\u202e", pr_nr=7))
    query = "query Mine { runs { nodes { branch } } }"
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({"mine": query}))
    options = {"database_url": address(platform.url), "graphql_trusted_documents": manifest}
    with serving(tmp_path, **options) as server:
        result = await asyncio.to_thread(
            asked, server, "ask", "Mine", "--format", "table", token=platform.token
        )

    assert result.exit_code == 0, result.output
    assert "\ufffd]0;title\ufffd\ufffd31m\ufffd" in result.stdout


@pytest.mark.parametrize("command", [("ask", "Waiting"), ("gate", "11"), ("wait", "58")])
@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("127.0.0.1:8000", "t"),
        ("http://[::1", "t"),
        ("http://", "t"),
        ("http://127.0.0.1:99999", "t"),
        (UNREACHABLE, "t\u00f6ken"),
        (UNREACHABLE, "Bearer secret"),
        (UNREACHABLE, "secret\nX: y"),
    ],
)
def test_address_or_token_that_cannot_be_is_refused_and_the_token_not_shown(
    command: tuple[str, ...], url: str, token: str
) -> None:
    result = run(*command, gateway_url=url, gateway_token=token)

    assert result.exit_code == 2
    assert "secret" not in result.output


@pytest.mark.parametrize("command", ["gate", "wait"])
@pytest.mark.parametrize("number", ["0", "2147483648", "eleven"])
def test_number_that_no_run_has_is_refused(command: str, number: str) -> None:
    result = run(command, number, gateway_url=UNREACHABLE, gateway_token="t")

    assert result.exit_code == 2
    assert "RUN" in result.stderr


def test_token_may_have_a_line_break_at_its_end(server: Server) -> None:
    assert asked(server, "ask", "Waiting", token=f"{demo.DEMO_TOKEN}\n").exit_code == 0


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_ask_takes_no_page_for_an_answer(form: str, other_server: str) -> None:
    result = run("ask", "Waiting", "--format", form, gateway_url=other_server, gateway_token="t")

    assert (result.exit_code, result.stdout) == (10, "")
    assert "is no gateway" in result.stderr


@pytest.mark.parametrize("error", [KeyError("message"), KeyboardInterrupt()])
@pytest.mark.parametrize("command", ["gate", "wait"])
def test_command_that_breaks_or_is_interrupted_judges_nothing(
    command: str, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Client, "execute", Mock(side_effect=error))
    result = run(command, "11", gateway_url=UNREACHABLE, gateway_token="t")

    assert result.exit_code == (130 if isinstance(error, KeyboardInterrupt) else 10)


# Gate


def test_gate_exits_with_1_and_names_the_tests_that_broke(server: Server) -> None:
    result = asked(server, "gate", str(LINUX_RUN))

    assert result.exit_code == 1
    assert result.stdout.startswith("Run 9 is the newest completed run of master")
    broken = [line.split()[1] for line in result.stdout.splitlines() if "BROKEN_HERE" in line]
    assert [int(each) for each in broken] == list(demo.TESTS_BROKEN_BY_PR)


def test_gate_exits_with_0_without_the_verdicts_that_it_fails_on(server: Server) -> None:
    result = asked(server, "gate", str(LINUX_RUN), "--fail-on", "fixed-here, not-rerun")

    assert result.exit_code == 0, result.output


def test_gate_lists_the_verdicts_if_one_is_unknown(server: Server) -> None:
    result = asked(server, "gate", "11", "--fail-on", "broken")

    assert result.exit_code == 2
    assert "broken is no verdict. The verdicts are broken-here, fixed-here," in result.stderr


@pytest.mark.parametrize(
    ("number", "code", "message"),
    [
        (9317, 2, "Run 9317 not found."),
        (58, 10, "Run 58 is RUNNING. Wait for it first: sample-gateway wait 58"),
    ],
)
def test_gate_judges_no_run_that_has_not_completed(
    server: Server, number: int, code: int, message: str
) -> None:
    result = asked(server, "gate", str(number))

    assert (result.exit_code, result.stderr) == (code, f"Error: {message}\n")


async def test_gate_exits_with_10_without_a_base(platform: Platform, tmp_path: Path) -> None:
    await platform.add(
        rows.run(1, "testing", "completed"),
        rows.run(2, "canceled"),
        rows.regression_test(1),
        rows.result(1, 1),
    )
    with serving(tmp_path, database_url=address(platform.url)) as server:
        no_base, canceled = [
            await asyncio.to_thread(asked, server, "gate", number, token=platform.token)
            for number in ("1", "2")
        ]

    assert (no_base.exit_code, canceled.exit_code) == (10, 10)
    assert "Run 2 is CANCELED, and says nothing about the change." in canceled.stderr


# Wait


def test_wait_ends_at_once_for_a_run_that_has_ended(server: Server) -> None:
    result = asked(server, "wait", str(LINUX_RUN))

    assert (result.exit_code, result.stdout, result.stderr) == (0, "Run 11: FAIL\n", "")


def test_wait_exits_with_9_after_its_timeout(server: Server) -> None:
    result = asked(server, "wait", "58", "--timeout", "1s")

    assert (result.exit_code, result.stderr) == (9, "Error: Run 58 has not ended in time.\n")


def test_wait_survives_that_the_rate_limit_is_reached(demo_url: URL, tmp_path: Path) -> None:
    with serving(tmp_path, database_url=address(demo_url), rate_limit_requests=2) as server:
        result = asked(server, "wait", "58", "--timeout", "2s")

    assert result.exit_code == 9, result.output


@pytest.mark.parametrize(
    ("timeout", "message"), [("2", "2 is no duration"), ("1d", "1d is no duration")]
)
def test_wait_refuses_other_durations(server: Server, timeout: str, message: str) -> None:
    result = asked(server, "wait", "58", "--timeout", timeout)

    assert result.exit_code == 2
    assert message in result.stderr


def test_wait_does_not_wait_for_what_cannot_happen(server: Server) -> None:
    unknown = asked(server, "wait", "9317")
    unauthorized = asked(server, "wait", "58", token="wrong")
    unreachable = run("wait", "58", gateway_url=UNREACHABLE, gateway_token="t")

    assert [each.exit_code for each in (unknown, unauthorized, unreachable)] == [2, 10, 10]
    assert "Bearer token is missing, expired, or invalid." in unauthorized.stderr


@pytest.mark.parametrize(("last", "code"), [("completed", 0), ("canceled", 10)])
async def test_wait_shows_progress_on_a_terminal_until_the_run_ends(
    platform: Platform, tmp_path: Path, last: str, code: int
) -> None:
    await platform.add(
        rows.run(1, "testing"),
        rows.regression_test(1),
        rows.regression_test(2),
        *(tables.CustomizedTest(test_id=1, regression_id=test) for test in (1, 2)),
        rows.result(1, 1),
    )
    terminal, its_end = os.openpty()
    options = {"subscription_poll_interval_seconds": 0.05}
    with serving(tmp_path, database_url=address(platform.url), **options) as server:
        environment = {"GATEWAY_URL": server.origin, "GATEWAY_TOKEN": platform.token}
        waiting = await asyncio.create_subprocess_exec(
            COMMAND,
            "wait",
            "1",
            env=os.environ | environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=its_end,
        )
        os.close(its_end)  # So that reading ends with the command.
        await asyncio.to_thread(_read_until, terminal, b"50%")
        await platform.add(rows.progress(1, last))
        printed, _ = await waiting.communicate()
    os.close(terminal)

    assert waiting.returncode == code
    assert printed.decode().startswith("Run 1: ")


def _read_until(terminal: int, text: bytes) -> None:
    shown = b""
    while text not in shown:
        shown += os.read(terminal, 1024)


def test_commands_ask_a_gateway_of_trusted_documents(demo_url: URL, tmp_path: Path) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_text('{"mine": "{ tags { id } }"}')
    options = {"graphql_trusted_documents": manifest, "graphql_introspection": False}
    with serving(tmp_path, database_url=address(demo_url), **options) as server:
        gate = asked(server, "gate", str(LINUX_RUN))
        waited = asked(server, "wait", "58", "--timeout", "1s")

    assert (gate.exit_code, waited.exit_code) == (1, 9), gate.output + waited.output


def test_options_of_the_environment_are_shown_by_help() -> None:
    for command in ("ask", "wait", "gate"):
        help_: Any = run(command, "--help").stdout
        assert "GATEWAY_URL" in help_
        assert "GATEWAY_TOKEN" in help_
