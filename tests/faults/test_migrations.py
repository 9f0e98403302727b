"""The platform is upgraded, which alters its tables, while the gateway answers."""

import pytest

from tests.support.clients import Clients
from tests.support.database_servers import DatabaseServer, MariaDB


def with_type(server: DatabaseServer, table: str, column: str, type_: str) -> str:
    change = "MODIFY" if isinstance(server, MariaDB) else "ALTER COLUMN"
    to = type_ if isinstance(server, MariaDB) else f"TYPE {type_}"
    return f"ALTER TABLE {table} {change} {column} {to}"


@pytest.mark.parametrize("table", ["regression_test", "test_result"])
async def test_migration_that_adds_a_column_causes_no_error(
    server: DatabaseServer, clients: Clients, table: str
) -> None:
    async with clients.asking(20):
        for number in range(3):
            await server.administer(f"ALTER TABLE {table} ADD COLUMN new_{number} int", "platform")
            await clients.get(20, 200)
        for number in range(3):
            await server.administer(f"ALTER TABLE {table} DROP COLUMN new_{number}", "platform")
            await clients.get(20, 200)

    assert clients.wrong == []
    assert clients.lost == []


async def test_migration_that_changes_a_column_causes_no_error(
    server: DatabaseServer, clients: Clients
) -> None:
    async def change(length: int) -> None:
        to = with_type(server, "regression_test", "command", f"varchar({length})")
        await server.administer(to, "platform")

    # A change that rewrites the table: on PostgreSQL it is empty to snapshots taken before, as
    # https://www.postgresql.org/docs/current/mvcc-caveats.html says.
    await change(500)
    async with clients.asking(20):
        for length in (600, 700, 800):
            await change(length)
            await clients.get(20, 200)

    assert clients.wrong == []
    assert clients.lost == []
