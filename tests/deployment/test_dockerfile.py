"""What the Dockerfile of docs/deploy runs; the image itself is built by nobody here."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.deployment.proxies import FILES
from tests.support.paths import ROOT
from tests.support.platform import Platform
from tests.support.server import serving

DOCKERFILE = (FILES / "Dockerfile").read_text()


def test_dockerfile_health_check_reflects_whether_the_gateway_answers(
    small_platform: Platform, tmp_path: Path
) -> None:
    [check] = re.findall(r"^HEALTHCHECK .*\\\n +CMD (.*)$", DOCKERFILE, re.MULTILINE)
    _, *arguments = json.loads(check)

    def is_healthy(port: int) -> bool:
        environment = {"PORT": str(port)}
        done = subprocess.run(
            [sys.executable, *arguments], env=environment, check=False, capture_output=True
        )
        return done.returncode == 0

    with serving(tmp_path, database_url=f"sqlite:///{small_platform.url.database}") as gateway:
        assert is_healthy(gateway.port)
    assert not is_healthy(gateway.port)


def test_dockerfile_build_context_is_exactly_what_it_copies() -> None:
    copied = {
        name
        for names in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
        for name in names.split()
    }
    given = (ROOT / ".dockerignore").read_text().splitlines()

    assert given[0] == "*"
    assert {line.removeprefix("!") for line in given if line.startswith("!")} == copied
    assert all((ROOT / name).exists() for name in copied)


def test_dockerfile_copies_all_that_the_wheel_is_made_of() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    parts = project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)

    assert set(parts) <= set(" ".join(copied).split())
