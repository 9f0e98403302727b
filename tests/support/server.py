"""Gateways that run as processes of their own."""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import URL

from gql.settings import Settings

COMMAND = Path(sysconfig.get_path("scripts"), "sample-gateway")
DEADLINE_SECONDS = 60


def address(url: URL) -> str:
    """An address as the setting takes it, with its password."""
    return url.render_as_string(hide_password=False)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Server:
    """A gateway that runs in a directory."""

    def __init__(
        self,
        directory: Path,
        *arguments: str,
        command: Path = COMMAND,
        max_address_space: int = resource.RLIM_INFINITY,
        **settings: Any,
    ) -> None:
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.started = time.monotonic()
        unset = dict.fromkeys(Settings.model_fields, "") | {"log_level": "warning"}
        environment = {name.upper(): str(value) for name, value in (unset | settings).items()}
        self.process = subprocess.Popen(
            [command, "serve", *arguments],
            cwd=directory,
            env=os.environ | environment | {"PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pipesize=1 << 20,  # A process waits while its pipe is full.
            text=True,
        )
        limit = (max_address_space, max_address_space)
        resource.prlimit(self.process.pid, resource.RLIMIT_AS, limit)

    @property
    def peak_memory(self) -> int:
        """The most bytes of memory that the process has had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024

    def get(self, path: str, **arguments: Any) -> httpx.Response:
        return httpx.get(self.origin + path, **arguments)

    def post(self, path: str, token: str, **arguments: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.post(self.origin + path, headers=headers, timeout=60, **arguments)

    def wait_for(self, path: str, status: int) -> None:
        while time.monotonic() - self.started < DEADLINE_SECONDS:
            try:
                if self.get(path).status_code == status:
                    return
            except httpx.TransportError:
                assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.02)
        pytest.fail(f"no {status} at {path}")

    def stop(self, by: signal.Signals = signal.SIGINT) -> tuple[str, str]:
        """Stop it, and return all that it printed."""
        self.process.send_signal(by)
        return self.process.communicate(timeout=DEADLINE_SECONDS)


def logged(errors: str) -> list[dict[str, Any]]:
    """The lines of a gateway's log, from what it printed on standard error."""
    return [json.loads(line) for line in errors.splitlines()]


@contextmanager
def serving(directory: Path, *arguments: str, **options: Any) -> Iterator[Server]:
    server = Server(directory, *arguments, **options)
    try:
        server.wait_for("/healthz", 200)
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
