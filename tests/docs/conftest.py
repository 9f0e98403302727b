from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from gql import demo
from tests.support.server import Server, serving


@pytest.fixture(scope="module")
def server(
    demo_url: URL, demo_files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    settings = {
        "database_url": demo_url,
        "files_url": demo_files.as_uri(),
        "platform_url": "https://sampleplatform.ccextractor.org",
        "rate_limit_requests": 1_000_000,
        "work_seconds_per_minute": 0,
        "metrics_token": demo.DEMO_TOKEN,
        "mcp": "true",
    }
    with serving(tmp_path_factory.mktemp("server"), **settings) as server:
        yield server
