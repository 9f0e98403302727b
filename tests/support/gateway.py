"""The whole app in this process, and a client of it over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from sqlalchemy import URL

from gql import demo
from gql.app import create_app
from gql.settings import Settings


def settings(url: URL, **changes: Any) -> Settings:
    """Settings that limit nothing, not even how long a busy machine takes to answer."""
    unlimited = {
        "graphql_timeout_seconds": 60,
        "database_statement_timeout_seconds": 60,
        "rate_limit_requests": 1_000_000,
        "work_seconds_per_minute": 0,
        "token_cache_ttl_seconds": 0,
    }
    return Settings(database_url=url, **unlimited | changes)


@asynccontextmanager
async def running_app(
    settings: Settings, token: str | None = demo.DEMO_TOKEN
) -> AsyncIterator["Client"]:
    """A client of the whole app, in this process, over HTTP."""
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        Client(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url="http://gateway",
            headers={"Authorization": f"Bearer {token}"} if token else {},
        ) as client,
    ):
        yield client


def without_cost(body: dict[str, Any]) -> dict[str, Any]:
    """An answer without the cost, which differs each time."""
    return {name: value for name, value in body.items() if name != "extensions"}


class Client(httpx.AsyncClient):
    """An HTTP client that can send GraphQL."""

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data that answers a query; a test that expects errors uses `post`."""
        response = await self.post("/graphql", json={"query": query, "variables": variables})
        body = response.json()
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data

    async def sample(self, run_id: int | str, sample_id: int | str) -> httpx.Response:
        return await self.get(f"/api/v1/runs/{run_id}/samples/{sample_id}")
