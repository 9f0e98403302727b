"""What the README shows is what the gateway answers."""

import json
import re
from pathlib import Path

from tests.conftest import Client

README = (Path(__file__).parent.parent / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


async def test_the_query_gives_the_answer_beside_it(client: Client) -> None:
    query = blocks("graphql")[0]
    shown = json.loads(blocks("json")[0])

    assert {"data": await client.ask(query)} == shown


async def test_the_rest_call_gives_the_answer_beside_it(client: Client) -> None:
    path = re.search(r"http://127\.0\.0\.1:8000(/api/v1/\S+)", README)
    shown = json.loads(blocks("json")[1])

    assert path
    assert (await client.get(path[1])).json() == shown
