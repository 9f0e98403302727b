"""The scalars that the schema adds to GraphQL's own."""

from datetime import UTC, date, datetime
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

Sha256 = NewType("Sha256", str)


def _to_iso_8601(timestamp: datetime) -> str:
    return timestamp.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _from_iso_8601(text: object) -> datetime:
    if not isinstance(text, str):
        raise GraphQLError("A DateTime must be a string in ISO 8601, such as 2026-07-14T09:30:00Z.")
    try:
        timestamp = datetime.fromisoformat(text)
        return timestamp.astimezone(UTC) if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise GraphQLError(f"{text!r} is not a DateTime in ISO 8601: {error}.") from error


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A timestamp in ISO 8601. Answers are in UTC: `2026-07-14T09:30:00Z`.",
        serialize=_to_iso_8601,
        parse_value=_from_iso_8601,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day in ISO 8601, such as `2021-12-14`.",
        serialize=date.isoformat,
        parse_value=date.fromisoformat,
    ),
    Sha256: strawberry.scalar(
        name="Sha256",
        description="The SHA-256 of a file, as 64 hexadecimal characters.",
    ),
}
