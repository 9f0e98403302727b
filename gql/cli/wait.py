"""The command that waits for a run to end."""

import asyncio
import sys
from contextlib import aclosing
from typing import Any

import click

from gql.cli.gateway import (
    RUN_ID,
    UNREACHABLE,
    Duration,
    ExitCode,
    client_of,
    fail,
    gateway_options,
    is_of_caller,
    reason_of,
    status_of,
)
from sample_gateway_client import Client
from sample_gateway_client.enums import RunStatus

UNENDED = {RunStatus.QUEUED, RunStatus.RUNNING}
WITHOUT_RESULT = {RunStatus.CANCELED, RunStatus.ERROR}

RECONNECT_SECONDS = 5


@click.command("wait")
@click.argument("run", type=RUN_ID)
@click.option(
    "--timeout",
    type=Duration(),
    default="2h",
    show_default=True,
    help="Time to wait, such as 90s, 30m or 2h.",
)
@gateway_options
def command(*, run: int, timeout: float, url: str, token: str) -> None:
    """Wait until the run with the number RUN has ended.

    Shows its progress on a terminal. Exits with 0 when the run has completed, with 9 after the
    timeout, and with 10 if the run was canceled or has no result, or the gateway failed.
    """
    status = asyncio.run(_wait(run, timeout, url, token))
    click.echo(f"Run {run}: {status.value}")
    if status in WITHOUT_RESULT:
        sys.exit(ExitCode.PLATFORM_FAILED)


async def _wait(run: int, seconds: float, url: str, token: str) -> RunStatus:
    try:
        async with client_of(url, token) as client, asyncio.timeout(seconds):
            return await _end_of(run, client)
    except TimeoutError:
        fail(f"Run {run} has not ended in time.", ExitCode.TIMED_OUT)


async def _end_of(run: int, client: Client) -> RunStatus:
    """The status with which the run ends."""
    is_known = False
    with click.progressbar(
        length=1,
        label=f"Run {run}",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
        update_min_steps=0,
    ) as bar:
        while True:
            try:
                status = await status_of(client, run)
                is_known = True
                if status not in UNENDED:
                    return status
                stream: Any = client.run_progress(run)
                async with aclosing(stream) as events:
                    async for event in events:
                        progress = event.run_progress
                        bar.length, bar.pos = max(1, progress.total), progress.completed
                        bar.update(0)
            except UNREACHABLE as error:
                # A gateway that restarts is there again soon.
                if not is_known or is_of_caller(error):
                    fail(reason_of(error))
            await asyncio.sleep(RECONNECT_SECONDS)
