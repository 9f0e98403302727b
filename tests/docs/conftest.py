from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from gql import demo
from tests.support.server import Server, serving


@pytest.fixture(scope="module")
def server(demo_url: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "database_url": demo_url,
        "rate_limit_requests": 1_000_000,
        "work_seconds_per_minute": 0,
        "metrics_token": demo.DEMO_TOKEN,
    }
    with serving(tmp_path_factory.mktemp("server"), **settings) as server:
        yield server
