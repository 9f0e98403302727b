"""Tables over HTTP: CSV by RFC 4180, and JSON lines."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from starlette.requests import Request

from gql.errors import BadInput
from gql.execution.table import PageInfo, Table
from gql.http.negotiation import all_values, media_type_quality, names
from gql.pacing import pause_for, slices

CSV = "text/csv"
NDJSON = "application/x-ndjson"
_JSON_TYPES = ("application/json", "application/graphql-response+json")

# Where spreadsheets read a formula, in full width too: at the start of a cell, and after what some
# take for the end of one, as a semicolon where the comma is the decimal sign.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"\A(?=[\t\r\n])|(?<![^;\t\r\n])(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
_SEPARATOR = re.compile(r'[",;\t\r\n]')


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


async def csv_of(table: Table, data: Mapping[str, Any], *, max_bytes: int) -> bytes:
    """The table with a line of names first; `'` is before what could be a formula.

    Raises BadInput if it is too large: an answer of permitted size may repeat a text in each row.
    """
    content = bytearray(_csv_line(table.columns))
    for rows in slices(list(table.rows(data))):
        await pause_for(rows)
        for row in rows:
            content += _csv_line(map(_cell, row))
            if len(content) > max_bytes:
                raise BadInput(
                    f"The table exceeds the limit of {max_bytes} bytes, because its rows repeat "
                    "what they are in. Ask for less beside the list, or accept application/json.",
                    bound="bytes",
                    maximum=max_bytes,
                )
    return bytes(content)


def _csv_line(cells: Iterable[str]) -> bytes:
    """The cells by RFC 4180, quoted also for spreadsheets with other separators than commas."""
    line = ",".join(
        '"' + cell.replace('"', '""') + '"' if _SEPARATOR.search(cell) else cell for cell in cells
    )
    return ((line or '""') + "\r\n").encode()  # Readers skip an empty line.


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(_cell, value))
    if isinstance(value, str):
        return _FORMULA.sub("'", value)
    return "" if value is None else orjson.dumps(value).decode()


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
