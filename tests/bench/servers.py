"""The servers that are compared, in processes of their own, and what they take of the machine."""

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import URL

from gql import demo
from gql.settings import Settings
from tests.bench.workloads import Request
from tests.support.paths import ROOT
from tests.support.server import free_port

STARTS_WITHIN_SECONDS = 30
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

COMMANDS = {
    "limit": [sys.executable, "-m", "tests.bench.limit"],
    "gateway": [str(Path(sysconfig.get_path("scripts"), "sample-gateway")), "serve"],
}
HEADERS = {"Authorization": f"Bearer {demo.DEMO_TOKEN}", "Content-Type": "application/json"}


class Server:
    def __init__(self, name: str, command: Sequence[str], url: URL) -> None:
        port = free_port()
        self.name = name
        self.origin = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(
            base_url=self.origin, headers=HEADERS, timeout=60, trust_env=False
        )
        address = url.set(drivername=url.get_backend_name())
        settings = {name.upper(): "" for name in Settings.model_fields} | {
            "DATABASE_URL": address.render_as_string(hide_password=False),
            "PORT": str(port),
            "PYTHONPATH": str(ROOT),
            # Its modules are compiled, as pip compiles them.
            "PYTHONDONTWRITEBYTECODE": "",
            # It counts, as deployed, and refuses nothing.
            "RATE_LIMIT_REQUESTS": "1000000000",
            "WORK_SECONDS_PER_MINUTE": "1000000000",
            "MAX_CONCURRENT_REQUESTS": "1000",
            # Of the peer.
            "NODE_ENV": "production",
        }
        self.started = time.monotonic()
        # A server logs an error for each request that wrk leaves unfinished at its end.
        self.log = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            command,
            cwd="/",  # where there is no .env
            env=os.environ | settings,
            stdout=self.log,
            stderr=self.log,
        )

    def ask(self, request: Request) -> Any:
        response = self.client.request(request.method, request.path, content=request.body)
        response.raise_for_status()
        answer = response.json()
        answer.pop("extensions", None)  # The gateway reports the cost there.
        return answer

    def wait_for_answer(self, request: Request) -> float:
        """The seconds from the start of the process to its first answer."""
        while time.monotonic() - self.started < STARTS_WITHIN_SECONDS:
            try:
                self.ask(request)
            except httpx.TransportError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.005)
            else:
                return time.monotonic() - self.started
        self.log.seek(0)
        sys.exit(f"{self.name} does not start: {self.log.read().decode()}")

    @property
    def cpu_seconds(self) -> float:
        """What all threads of the process have used so far."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / TICKS_PER_SECOND

    @property
    def memory(self) -> float:
        """MiB at present."""
        return self._status("VmRSS")

    @property
    def peak_memory(self) -> float:
        """MiB at the most since `forget_peak`."""
        return self._status("VmHWM")

    def forget_peak(self) -> None:
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def _status(self, name: str) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        [kibibytes] = (line.split()[1] for line in status.splitlines() if line.startswith(name))
        return int(kibibytes) / 1024

    def stop(self) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait()
        self.log.close()


@contextmanager
def running(commands: Mapping[str, Sequence[str]], url: URL) -> Iterator[dict[str, Server]]:
    with ExitStack() as stack:
        servers = {}
        for name, command in commands.items():
            servers[name] = Server(name, command, url)
            stack.callback(servers[name].stop)
        yield servers
