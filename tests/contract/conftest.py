from typing import Any

import pytest

from gql.database.urls import async_url
from tests.support.gateway import running_app, settings


@pytest.fixture(scope="session")
async def description(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The published OpenAPI description, as somebody without a token or a database gets it."""
    nowhere = tmp_path_factory.mktemp("description") / "nowhere.sqlite"
    async with running_app(settings(async_url(f"sqlite:///{nowhere}")), token=None) as client:
        response = await client.get("/api/v1/openapi.json")
    assert response.status_code == 200
    return response.json()
