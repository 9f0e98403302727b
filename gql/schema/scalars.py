"""The scalars that the schema adds to GraphQL's own."""

from datetime import UTC, datetime
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

Sha256 = NewType("Sha256", str)


def _to_iso_8601(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _from_iso_8601(text: object) -> datetime:
    if not isinstance(text, str):
        raise GraphQLError("A moment is a string in ISO 8601, such as 2026-07-14T09:30:00Z.")
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise GraphQLError(f"{text!r} is not a moment in ISO 8601: {error}.") from error


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in ISO 8601, always given in UTC: `2026-07-14T09:30:00Z`.",
        serialize=_to_iso_8601,
        parse_value=_from_iso_8601,
    ),
    Sha256: strawberry.scalar(
        name="Sha256",
        description="The SHA-256 of a file, as 64 hexadecimal characters.",
    ),
}
