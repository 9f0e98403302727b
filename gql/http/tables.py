"""Tables over HTTP: CSV by RFC 4180, and JSON lines."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request

from gql.execution.table import PageInfo, Table
from gql.http.negotiation import all_values, media_type_quality, names
from gql.pacing import pause_for, slices

CSV = "text/csv"
NDJSON = "application/x-ndjson"
_JSON_TYPES = ("application/json", "application/graphql-response+json")

# What spreadsheets read as the beginning of a formula, in full width too.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def table_type(request: Request) -> str | None:
    """The kind of table that a GET asks for by name; None if the client prefers JSON."""
    if request.method != "GET":
        return None
    accept = all_values(request.headers, "accept")
    if "csv" not in accept.lower() and "ndjson" not in accept.lower():
        return None
    named = [each for each in (CSV, NDJSON) if names(accept, each)]
    preferred = max(named, key=lambda each: media_type_quality(accept, each), default=None)
    if preferred is None:
        return None
    quality = media_type_quality(accept, preferred)
    others = max(
        (media_type_quality(accept, each) for each in _JSON_TYPES if names(accept, each)), default=0
    )
    return preferred if quality > 0 and quality >= others else None


async def csv_of(table: Table, data: Mapping[str, Any]) -> bytes:
    """The table with a line of names first; a text that could be a formula begins with `'`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.columns)
    for rows in slices(list(table.rows(data))):
        await pause_for(rows)
        writer.writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if isinstance(value, list):
        value = "; ".join(map(_plain, value))
    text = _plain(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


async def lines_of(table: Table, data: Mapping[str, Any]) -> bytes:
    """The items of the list, each as a line of JSON."""
    lines: list[bytes] = []
    for items in slices(list(table.items(data))):
        await pause_for(items)
        lines += map(line, items)
    return b"".join(lines)


def line(value: object) -> bytes:
    """A value as a line of JSON."""
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def last_line(page_info: PageInfo, error: Mapping[str, Any] | None = None) -> bytes:
    """The line that says where the list continues, and why it ended before, if it failed."""
    return line({"pageInfo": page_info.as_json()} | ({"error": error} if error else {}))
