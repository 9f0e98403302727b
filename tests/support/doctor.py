"""What `sample-gateway doctor` finds in a deployment."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from gql.cli.doctor.check_result import CheckResult, Severity
from gql.cli.doctor.command import check_deployment
from gql.schema.factory import create_schema
from gql.settings import read_documents
from tests.support.gateway import settings
from tests.support.server import free_port

Run = Callable[..., Any]


async def examined(url: URL, **changes: Any) -> list[CheckResult]:
    """All that is found."""
    chosen = settings(url, **{"port": free_port()} | changes)
    manifest = chosen.graphql_trusted_documents
    documents = create_schema(chosen, read_documents(manifest) if manifest else None).documents
    return [each async for each in check_deployment(chosen, documents)]


def of(findings: list[CheckResult], subject: str) -> list[CheckResult]:
    return [each for each in findings if each.subject == subject]


def wrong(findings: list[CheckResult], *, notes: bool = False) -> list[CheckResult]:
    right = {Severity.OK} if notes else {Severity.OK, Severity.INFO}
    return [each for each in findings if each.severity not in right]


@asynccontextmanager
async def administered(url: URL) -> AsyncIterator[Run]:
    """Runs statements as the owner of a database."""
    owner = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with owner.connect() as connection:

        async def run(*statements: str) -> None:
            for statement in statements:
                await connection.execute(text(statement))

        yield run
    await owner.dispose()
