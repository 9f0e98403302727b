"""GraphQL over HTTP as its specification says, by the audits of npm's graphql-http."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import npm
from tests.support.databases import only_on
from tests.support.platform import Platform
from tests.support.server import serving

AUDITS = Path(__file__).parent / "audit"


@pytest.fixture(scope="session")
def audits() -> Path:
    """Where graphql-http is installed."""
    npm.install(AUDITS)
    return AUDITS


@only_on("sqlite")
async def test_graphql_over_http_audits_all_pass(
    platform: Platform, audits: Path, tmp_path: Path
) -> None:
    url = platform.url.render_as_string(hide_password=False)

    def audit() -> list[dict[str, Any]]:
        with serving(
            tmp_path, database_url=url, rate_limit_requests=1000, work_seconds_per_minute=0
        ) as server:
            command = ["node", "audit.mjs", server.origin + "/graphql", platform.token]
            done = subprocess.run(command, cwd=audits, check=True, capture_output=True, timeout=60)
        results: list[dict[str, Any]] = json.loads(done.stdout)
        return results

    results = await asyncio.to_thread(audit)

    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == 61
