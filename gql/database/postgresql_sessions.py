"""A new session of PostgreSQL: its settings, and values that the driver could not read."""

from typing import Any

from gql.database.timestamps import decode_on_postgresql, encode_on_postgresql

_SCHEMA = "pg_catalog"


async def set_up_session(connection: Any, settings: str) -> None:
    """Prepare a new connection of the driver."""
    # Not when connecting, where a pooler such as PgBouncer rejects unknown settings.
    await connection.execute(settings)
    for name in ("timestamp", "timestamptz"):
        await connection.set_type_codec(
            name,
            schema=_SCHEMA,
            format="tuple",
            encoder=encode_on_postgresql,
            decoder=decode_on_postgresql,
        )
