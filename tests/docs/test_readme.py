"""The README fits on a screen, and what it shows is so."""

import json
import re
import tomllib

import pytest

from tests.docs.documents import README, ROOT, blocks
from tests.support.gateway import Client

MAX_WORDS = 700
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_readme_has_few_words() -> None:
    assert len(README.read_text().split()) <= MAX_WORDS


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_rest_call_asks_for_the_sample_of_the_query(client: Client) -> None:
    [path] = re.findall(r"http://127\.0\.0\.1:8000(/api/v1/\S+)", README.read_text())
    sample = json.loads(blocks(README, "json")[0])["data"]["sample"]

    document = (await client.get(path)).json()

    assert document["status"].upper() == sample["status"]
    assert document["result_message"] == sample["resultMessage"]


def test_readme_names_the_oldest_python_that_is_supported() -> None:
    oldest = PROJECT["requires-python"].removeprefix(">=")

    assert re.findall(r"Python ([\d.]+) or newer", README.read_text()) == [oldest]


def test_changelog_begins_with_the_version_of_the_project() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert re.fullmatch(
        rf"{re.escape(PROJECT['version'])}, (unreleased|\d{{4}}-\d\d-\d\d)", headings[0]
    )
