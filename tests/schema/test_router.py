"""A router of npm's @apollo/gateway joins the gateway with a subgraph of another team."""

import asyncio
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from gql import demo
from gql.execution.documents import ExecutionPolicy
from gql.execution.executor import Execution
from gql.schema.federation import Subgraph
from tests.support import npm
from tests.support.databases import only_on
from tests.support.gateway import Client
from tests.support.server import serving

ROUTER = Path(__file__).parent / "router"
RUN = "branch status summary { pass fail }"
QUERIES = [
    f"{{ run(id: 11) {{ {RUN} reviewer }} }}",
    "{ runs(first: 100) { nodes { id reviewer } } }",
    f"""{{
        reviews {{
            verdict
            run {{ {RUN} reviewer }}
            sample {{ status resultMessage }}
            regressionTest {{ command }}
        }}
    }}""",
]

pytestmark = only_on("sqlite")


@pytest.fixture(scope="session")
def router() -> Path:
    """Where the router is installed."""
    npm.install(ROUTER)
    return ROUTER


@pytest.fixture(scope="module")
async def routed(
    demo_url: URL, router: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The supergraph that the router composed, and its answers to the queries."""
    directory = tmp_path_factory.mktemp("router")
    file = directory / "queries.json"
    file.write_text(json.dumps(QUERIES))
    database_url = f"sqlite:///{demo_url.database}"

    def route() -> Any:
        with serving(directory, database_url=database_url, graphql_federation=True) as server:
            url = f"{server.origin}/graphql"
            command = ["node", "ask.cjs", url, demo.DEMO_TOKEN, file]
            done = subprocess.run(command, cwd=router, check=True, capture_output=True, timeout=120)
        return json.loads(done.stdout)

    routed: dict[str, Any] = await asyncio.to_thread(route)
    return routed


async def test_router_answers_a_query_across_two_subgraphs(
    routed: dict[str, Any], client: Client
) -> None:
    one, many, reviews = (answer["data"] for answer in routed["answers"])
    assert [answer for answer in routed["answers"] if "errors" in answer] == []

    alone = await client.ask(
        f"""{{
            broken: run(id: 11) {{ {RUN} }}
            fixed: run(id: 13) {{ {RUN} }}
            lost: run(id: 19) {{ {RUN} }}
            sample(runId: 11, regressionId: 118) {{ status resultMessage }}
            regressionTest(id: 236) {{ command }}
        }}"""
    )
    assert one["run"] == alone["broken"] | {"reviewer": "reviewer of 11"}
    assert many["runs"]["nodes"]
    assert all(each["reviewer"] == f"reviewer of {each['id']}" for each in many["runs"]["nodes"])
    assert reviews["reviews"] == [
        {
            "verdict": "broken",
            "run": alone["broken"] | {"reviewer": "reviewer of 11"},
            "sample": alone["sample"],
            "regressionTest": None,
        },
        {
            "verdict": "fixed",
            "run": alone["fixed"] | {"reviewer": "reviewer of 13"},
            "sample": None,
            "regressionTest": alone["regressionTest"],
        },
        {
            "verdict": "lost",
            "run": alone["lost"] | {"reviewer": "reviewer of 19"},
            "sample": None,
            "regressionTest": None,
        },
    ]


def test_router_supergraph_has_every_type_of_the_schema(routed: dict[str, Any]) -> None:
    words = set(re.findall(r"\w+", routed["supergraphSdl"]))
    types = Subgraph(Execution, ExecutionPolicy())._schema.type_map  # noqa: SLF001
    assert {name for name in types if not name.startswith("_")} <= words
