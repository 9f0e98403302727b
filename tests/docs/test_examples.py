"""Every example in the documents does what the document shows.

A block marked `sh`, `python` or `graphql` is run against a gateway that serves the demo platform,
in an empty directory, with ACCESS_TOKEN and METRICS_TOKEN set. A block marked `json` or `text` that
follows at once, maybe folded, shows what it prints; `…` stands for what differs from one time to
another, and at the end of a list for what follows. Other
marks, such as `console`, and GraphQL that is a part of a schema are not run. `make examples` writes
what was printed into the documents.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from graphql import ExecutableDefinitionNode, parse

from gql import demo
from tests.docs.documents import DOCUMENTS, ROOT
from tests.support.gateway import without_cost
from tests.support.server import Server

ORIGIN = "http://127.0.0.1:8000"
INTERPRETERS = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}
TIMEOUT_SECONDS = 60
WIDTH = 100
IS_UPDATE = "UPDATE_EXAMPLES" in os.environ

_BLOCK = re.compile(
    r"^```(?P<language>sh|python|graphql)\n(?P<code>.*?)^```\n"
    r"(?:\s*(?:^<details>[^\n]*\n\s*)?^```(?P<format>json|text)\n(?P<shown>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)


class Example(NamedTuple):
    language: str
    code: str
    format: str | None
    shown: str

    @property
    def is_run(self) -> bool:
        """Whether the block is a command, a script or an operation."""
        return self.language != "graphql" or all(
            isinstance(definition, ExecutableDefinitionNode)
            for definition in parse(self.code).definitions
        )

    def run(self, origin: str, directory: Path) -> str:
        """What the example prints, on either channel; it must not fail."""
        if self.language == "graphql":
            return self._execute(origin)
        done = subprocess.run(
            [*INTERPRETERS[self.language], self.code.replace(ORIGIN, origin)],
            cwd=directory,
            env=os.environ | {"ACCESS_TOKEN": demo.DEMO_TOKEN, "METRICS_TOKEN": demo.DEMO_TOKEN},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout.replace(origin, ORIGIN).replace("\r\n", "\n")

    def _execute(self, origin: str) -> str:
        """The answer to the operation, or the first event of a subscription."""
        headers = {"Authorization": f"Bearer {demo.DEMO_TOKEN}"}
        if self.code.startswith("subscription"):
            headers["Accept"] = "text/event-stream"
        with httpx.stream(
            "POST", f"{origin}/graphql", json={"query": self.code}, headers=headers
        ) as response:
            lines = (line.removeprefix("data: ") for line in response.iter_lines())
            answer = next(line for line in lines if line.startswith("{"))
        assert "errors" not in json.loads(answer), answer
        return answer

    def is_shown(self, output: str) -> bool:
        """Whether the document shows this output; true where it shows none."""
        if self.format == "json":
            return _is_like(_answer(output), _answer(self.shown))
        if self.format == "text":
            pattern = ".*".join(re.escape(part) for part in self.shown.strip().split("…"))
            return bool(re.fullmatch(pattern, output.strip()))
        return True


def _is_like(value: Any, shown: Any) -> bool:
    """Whether a value is what is shown; `…` stands for any value, or for the rest of a list."""
    if isinstance(value, dict) and isinstance(shown, dict):
        return value.keys() == shown.keys() and all(
            _is_like(value[each], shown[each]) for each in value
        )
    if isinstance(value, list) and isinstance(shown, list):
        if shown[-1:] == ["…"]:
            value, shown = value[: len(shown) - 1], shown[:-1]
        return len(value) == len(shown) and all(map(_is_like, value, shown))
    return bool(shown in (value, "…"))


def _answer(text: str) -> Any:
    """The JSON without its cost, which differs each time."""
    answer = json.loads(text)
    return without_cost(answer) if isinstance(answer, dict) and "data" in answer else answer


def examples() -> list[Any]:
    """The parameters of each example that is run: its file and itself, by its file and line."""
    found = []
    for file in DOCUMENTS:
        document = file.read_text()
        for block in _BLOCK.finditer(document):
            example = Example(block["language"], block["code"], block["format"], block["shown"])
            line = document.count("\n", 0, block.start()) + 1
            if example.is_run and file.name != "CONTRIBUTING.md":
                place = f"{file.relative_to(ROOT)}:{line}"
                found.append(pytest.param(file, example, id=place))
    return found


def formatted(value: Any, indentation: str = "") -> str:
    """JSON in which what fits into a line stands in one."""
    inline = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, list | dict) or len(indentation + inline) < WIDTH:
        return inline
    inner = indentation + "  "
    if isinstance(value, list):
        parts = [formatted(item, inner) for item in value]
    else:
        parts = [f"{json.dumps(key)}: {formatted(item, inner)}" for key, item in value.items()]
    opening, closing = "[]" if isinstance(value, list) else "{}"
    lines = ",\n".join(inner + part for part in parts)
    return f"{opening}\n{lines}\n{indentation}{closing}"


def update(file: Path, example: Example, output: str) -> None:
    """Put the output in the place of what the document shows below the example."""
    text = formatted(json.loads(output)) if example.format == "json" else output.strip()

    def replaced(block: re.Match[str]) -> str:
        if block["code"] != example.code:
            return block[0]
        return block[0].replace(
            f"```{example.format}\n{block['shown']}", f"```{example.format}\n{text}\n"
        )

    file.write_text(_BLOCK.sub(replaced, file.read_text()))


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("file", "example"), examples())
def test_example_prints_what_the_document_shows(
    file: Path, example: Example, server: Server, tmp_path: Path
) -> None:
    output = example.run(server.origin, tmp_path)

    if IS_UPDATE and not example.is_shown(output):
        update(file, example, output)
    else:
        assert example.is_shown(output), f"{output}\nis not\n{example.shown}"


def test_formatted_answer_is_the_same_json_in_short_lines() -> None:
    value = {"a": [{"b": "…" * 40, "c": [1, 2]}, {"b": "x" * 40}], "d": None}

    assert json.loads(formatted(value)) == value
    assert max(map(len, formatted(value).splitlines())) <= WIDTH
