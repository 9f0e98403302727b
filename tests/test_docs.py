"""Every command in docs/ does what the document shows.

A block marked `sh` or `python` is run against a gateway before the demo platform, in an empty
directory, with ACCESS_TOKEN and METRICS_TOKEN set. A block marked `json` or `text` that follows at
once shows what it prints; `…` stands for whatever differs from one time to another. What is not to
be run is marked otherwise: `console`.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import URL

from gql import demo
from tests.support.databases import only_on
from tests.support.server import Server, serving

DOCS = Path(__file__).parent.parent / "docs"
ORIGIN = "http://127.0.0.1:8000"
INTERPRETERS = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}
SECONDS = 60

_BLOCK = re.compile(
    r"^```(?P<language>sh|python)\n(?P<code>.*?)^```\n"
    r"(?:\s*^```(?P<format>json|text)\n(?P<shown>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)


class Example(NamedTuple):
    language: str
    code: str
    format: str | None
    shown: str

    def run(self, origin: str, directory: Path) -> str:
        """What the command prints, on either channel; it must not fail."""
        done = subprocess.run(
            [*INTERPRETERS[self.language], self.code.replace(ORIGIN, origin)],
            cwd=directory,
            env=os.environ | {"ACCESS_TOKEN": demo.DEMO_TOKEN, "METRICS_TOKEN": demo.DEMO_TOKEN},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout.replace(origin, ORIGIN).replace("\r\n", "\n")

    def assert_is_shown(self, output: str) -> None:
        if self.format == "json":
            assert json.loads(output) == json.loads(self.shown)
        elif self.format == "text":
            pattern = ".*".join(re.escape(part) for part in self.shown.strip().split("…"))
            assert re.fullmatch(pattern, output.strip()), f"{output}\nis not\n{self.shown}"


def examples() -> list[Any]:
    """Each block that is run, by its file and line."""
    found = []
    for file in sorted(DOCS.glob("*.md")):
        document = file.read_text()
        for block in _BLOCK.finditer(document):
            line = document.count("\n", 0, block.start()) + 1
            example = Example(block["language"], block["code"], block["format"], block["shown"])
            found.append(pytest.param(example, id=f"{file.name}:{line}"))
    return found


@pytest.fixture(scope="module")
def server(demo_url: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "database_url": demo_url,
        "rate_limit_requests": 1_000_000,
        "metrics_token": demo.DEMO_TOKEN,
    }
    with serving(tmp_path_factory.mktemp("server"), **settings) as server:
        yield server


@only_on("sqlite")
@pytest.mark.parametrize("example", examples())
def test_what_is_shown_is_what_is_printed(example: Example, server: Server, tmp_path: Path) -> None:
    example.assert_is_shown(example.run(server.origin, tmp_path))
