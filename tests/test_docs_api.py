"""What docs/api.md says in words."""

import json
import re
from typing import Any

from tests.test_docs import DOCS

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
