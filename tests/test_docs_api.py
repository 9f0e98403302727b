"""What docs/api.md says in words."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from tests.server import serving
from tests.test_docs import DOCS, examples

DOCUMENT = (DOCS / "api.md").read_text()


def shown(n: int) -> Any:
    return json.loads(re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)[n])


def in_rest_words(value: Any, name: str = "") -> Any:
    """What REST has in place of a value of GraphQL."""
    if isinstance(value, dict):
        return {
            re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name): in_rest_words(one, name)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [in_rest_words(one) for one in value]
    return value.lower() if name == "status" else value


def test_both_faces_show_the_same_sample() -> None:
    assert in_rest_words(shown(1)["data"]["sample"]) == shown(0)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_the_script_that_waits_gets_all_that_it_asks_for(demo_url: URL, tmp_path: Path) -> None:
    [script] = [each for [each] in (e.values for e in examples()) if "Retry-After" in each.code]
    limits = {"rate_limit_requests": 1, "rate_limit_window_seconds": 1}
    with serving(tmp_path, database_url=demo_url, **limits) as server:
        script.assert_is_shown(script.run(server.origin, tmp_path))
