"""The command that asks a named query."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, quote

import click
import httpx

from gql.cli.gateway import (
    TIMEOUT_SECONDS,
    ExitCode,
    authorization,
    fail,
    gateway_options,
    reason_of,
    shown,
)

_ACCEPT = {"json": "application/json", "csv": "text/csv", "table": "text/csv"}
_OF_THE_CALLER = {400, 404}
MAX_WIDTH = 60

# What a gateway adds to texts in CSV that a spreadsheet could take for a formula.
_DEFUSED = re.compile(r"(?<![^;\t\r\n])'(?=[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")


class _Variable(click.ParamType[tuple[str, str]]):
    name = "name=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        name, separator, text = value.partition("=")
        if not separator or not name:
            self.fail(f"{value} is no variable such as runId=11.", param, ctx)
        return name, text


@click.command("ask")
@click.argument("name")
@click.option(
    "--var",
    "variables",
    type=_Variable(),
    multiple=True,
    help="A variable of the query. Repeat it for others, and for each item of a list.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "csv", "table"]),
    default="json",
    show_default=True,
    help="How to print the answer. A table is for people, and csv and json are for programs.",
)
@gateway_options
def command(
    *, name: str, variables: Sequence[tuple[str, str]], form: str, url: str, token: str
) -> None:
    """Ask a gateway the query NAME, such as PullRequest.

    \b
      sample-gateway ask PullRequest --var pullRequest=1556 --format table

    The gateway lists its queries at /queries. Exits with 2 if it does not know the query or
    rejects a variable, and with 10 if it cannot answer.
    """  # noqa: D301
    headers = {**authorization(token), "Accept": _ACCEPT[form]}
    address = f"{url}/queries/{quote(name, safe='')}"
    try:
        response = httpx.get(
            address, params=list(variables), headers=headers, timeout=TIMEOUT_SECONDS
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        fail(reason_of(error))
    if response.status_code != httpx.codes.OK:
        is_of_caller = response.status_code in _OF_THE_CALLER
        fail(_message(response), ExitCode.USAGE if is_of_caller else ExitCode.PLATFORM_FAILED)
    if not response.headers.get("content-type", "").startswith(_ACCEPT[form]):
        fail(f"{url} is no gateway: what it sends is not {_ACCEPT[form]}.")
    if form == "table":
        click.echo(_table(response.text))
    else:
        click.echo(response.content, nl=False)
    if "next" in response.links:
        following = parse_qsl(response.links["next"]["url"].removeprefix("?"))
        cursor = " ".join(
            f"--var {name}={text}" for name, text in following if (name, text) not in variables
        )
        click.echo(f"More rows follow. Continue with {cursor}", err=True)


def _message(response: httpx.Response) -> str:
    try:
        return str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        return f"{response.url} answered with the status {response.status_code}."


def _table(text: str) -> str:
    """CSV in columns; texts have no `'` before what could be a formula, and are cut."""
    rows = [list(map(_cell, row)) for row in csv.reader(io.StringIO(text, newline=""))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _cell(text: str) -> str:
    line = shown(_DEFUSED.sub("", text))
    return line if len(line) <= MAX_WIDTH else f"{line[: MAX_WIDTH - 1]}…"
