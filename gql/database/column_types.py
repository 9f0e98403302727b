"""The types of columns, whose values the gateway reads leniently."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from sqlalchemy import DateTime, Dialect, String, Text
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")

E = TypeVar("E", bound=StrEnum)


class LenientEnum(TypeDecorator[E], Generic[E]):
    """A string column read as an enum member; a value outside the enum reads as None."""

    impl = String(50)
    cache_ok = True

    def __init__(self, enum: type[E]) -> None:
        super().__init__()
        self.enum = enum
        self._members: dict[str | None, E] = {member.value: member for member in enum}

    @override
    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        return self._members.get(value)


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC, which the platform stores without a time zone; no date reads as None."""

    impl = DateTime
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        # MariaDB's driver gives the text of an impossible date, such as 0000-00-00.
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) else None


class Sha256(TypeDecorator[str]):
    """A hash as 64 hexadecimal characters; any other text reads as None."""

    impl = Text
    cache_ok = True

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is not None and _SHA256.fullmatch(value) else None
