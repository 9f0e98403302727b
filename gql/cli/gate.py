"""The command that judges a change by a run."""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

import click

from gql.cli.gateway import (
    RUN_ID,
    UNREACHABLE,
    ExitCode,
    client_of,
    fail,
    gateway_options,
    reason_of,
    shown,
)
from gql.cli.wait import UNENDED, WITHOUT_RESULT
from sample_gateway_client.enums import ChangeVerdict

MAX_SHOWN = 50
_VERDICTS = {each.value.lower().replace("_", "-"): each for each in ChangeVerdict}


class _Verdicts(click.ParamType[list[ChangeVerdict]]):
    name = "verdicts"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[ChangeVerdict]:
        names = [name.strip() for name in value.split(",")]
        unknown = [name for name in names if name not in _VERDICTS]
        if unknown:
            known = ", ".join(_VERDICTS)
            self.fail(f"{unknown[0]} is no verdict. The verdicts are {known}.", param, ctx)
        return [_VERDICTS[name] for name in names]


@click.command("gate")
@click.argument("run", type=RUN_ID)
@click.option(
    "--fail-on",
    type=_Verdicts(),
    default="broken-here,not-rerun",
    show_default=True,
    help="Verdicts that make the change bad, separated by commas.",
)
@gateway_options
def command(*, run: int, fail_on: Sequence[ChangeVerdict], url: str, token: str) -> None:
    """Judge a change by the run with the number RUN, which has ended.

    Compares the run with its base, and prints the tests with one of the verdicts. Exits with 1
    if a test has one, and with 0 otherwise. Exits with 10 if the run has not completed or has no
    base, or the gateway failed.
    """
    judged = asyncio.run(_judge(run, fail_on, url, token))
    if judged is None:
        fail(f"Run {run} not found.", ExitCode.USAGE)
    if judged.status in UNENDED:
        fail(f"Run {run} is {judged.status.value}. Wait for it first: sample-gateway wait {run}")
    comparison = judged.comparison
    if judged.status in WITHOUT_RESULT or comparison is None:
        fail(f"Run {run} is {judged.status.value}, and says nothing about the change.")
    if comparison.base is None:
        fail(comparison.base_reason)
    click.echo(shown(comparison.base_reason))
    for warning in comparison.coverage.warnings:
        click.echo(f"Warning: {warning.value}")
    for change in comparison.changes[:MAX_SHOWN]:
        click.echo(shown(_line(change)))
    more = len(comparison.changes) - MAX_SHOWN
    if more > 0:
        click.echo(f"And {more} more.")
    if judged.page_url:
        click.echo(judged.page_url)
    if comparison.changes:
        sys.exit(ExitCode.CHANGE_IS_BAD)


async def _judge(run: int, verdicts: Sequence[ChangeVerdict], url: str, token: str) -> Any:
    try:
        async with client_of(url, token) as client:
            return (await client.verdicts(run, list(verdicts))).run
    except UNREACHABLE as error:
        fail(reason_of(error))


def _line(change: Any) -> str:
    test = change.regression_test
    message = change.head.result_message if change.head else None
    return f"{change.verdict.value} {test.id} {test.command or ''}: {message or 'no result'}"
