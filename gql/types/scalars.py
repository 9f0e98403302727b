"""The scalars that the schema adds to GraphQL's own."""

from datetime import UTC, datetime
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

Sha256 = NewType("Sha256", str)


def _to_iso_8601(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC, ISO 8601: `2026-07-14T09:30:00Z`.",
        serialize=_to_iso_8601,
    ),
    Sha256: strawberry.scalar(
        name="Sha256",
        description="The SHA-256 of a file, as 64 hexadecimal characters.",
    ),
}
