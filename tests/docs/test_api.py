"""The facts in docs/api.md are those of the code."""

import json
import re
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from gql.errors import CODES
from tests.docs.documents import DOCS, blocks, rows
from tests.docs.test_examples import Example, examples
from tests.support.server import Server, serving

API = DOCS / "api.md"


def named_as_in_rest(value: Any, name: str = "") -> Any:
    """What REST has in place of a value of GraphQL."""
    if isinstance(value, dict):
        return {
            re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name): named_as_in_rest(
                inner, name
            )
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [named_as_in_rest(item) for item in value]
    return value.lower() if name == "status" else value


def test_both_apis_show_the_same_sample() -> None:
    document, answer, *_ = map(json.loads, blocks(API, "json"))

    assert named_as_in_rest(answer["data"]["sample"]) == document


def example(text: str) -> Example:
    """The one example of the page that has this in its code."""
    found = [
        example for _, example in map(attrgetter("values"), examples()) if text in example.code
    ]
    [example] = found
    return example


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_subscription_watches_a_run_in_progress(server: Server, tmp_path: Path) -> None:
    event = json.loads(example("subscription Watch {").run(server.origin, tmp_path))

    progress = event["data"]["runProgress"]
    assert progress["run"] == {"status": "RUNNING"}
    assert 0 < progress["completed"] == len(progress["newSamples"]) < progress["total"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_script_that_waits_gets_every_answer_beyond_the_rate_limit(
    demo_url: URL, tmp_path: Path
) -> None:
    script = example("Retry-After")
    limits = {"rate_limit_requests": 1, "rate_limit_window_seconds": 1}
    with serving(tmp_path, database_url=demo_url, **limits) as server:
        assert script.is_shown(script.run(server.origin, tmp_path))


def test_every_error_is_listed_with_its_codes_and_status() -> None:
    listed = {tuple(cells[:3]) for cells in rows(API, "Errors")}

    assert listed == {(each.graphql, each.rest, str(each.status)) for each in CODES.values()}
