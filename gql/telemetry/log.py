"""The log: one line of JSON on standard error for each event."""

import json
import logging
import re
import sys
import time
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

from gql.telemetry.tracing import trace_id

# The id of the request that is under way.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

# Clients put their token where it does not belong, such as into a path.
_TOKEN = re.compile(r"spci_[\w-]+")


def without_tokens(text: str) -> str:
    """The text, with what may be a token of the platform's struck out."""
    return _TOKEN.sub("spci_…", text) if "spci_" in text else text


def write_line(logger: str, message: str, facts: dict[str, Any]) -> None:
    """Log at the level of info, without what `logging` does: that takes three times the time."""
    with suppress(OSError):  # Nobody reads, as in `logging`.
        sys.stderr.write(f"{_worded(time.time(), 'info', logger, message, facts)}\n")


class JsonLine(logging.Formatter):
    """Words a record as one line, whatever is in it, with the id of the request it is about."""

    def format(self, record: logging.LogRecord) -> str:
        exception = {"exception": self.formatException(record.exc_info)} if record.exc_info else {}
        level, message = record.levelname.lower(), record.getMessage()
        return _worded(record.created, level, record.name, message, exception)


def _worded(at: float, level: str, logger: str, message: str, facts: dict[str, Any]) -> str:
    line = {
        "time": datetime.fromtimestamp(at, UTC),
        "level": level,
        "logger": logger,
        "message": message,
        "request_id": request_id.get(),
        **facts,
    }
    if trace := trace_id():
        line["trace_id"] = trace
    try:
        text = orjson.dumps(line).decode()
    except TypeError:  # Text from clients may hold half a character.
        text = json.dumps(line, default=datetime.isoformat)
    return without_tokens(text)


def config(level: str) -> dict[str, Any]:
    """What logging.config.dictConfig takes to log the gateway's records from a level on.

    Of libraries it takes warnings and what is worse.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonLine}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            # Its one warning, of a WebSocket from another origin, is ours as well.
            "strawberry.ws": {"level": "ERROR"},
            **{package: {"level": level.upper()} for package in ("gql", "rest_compat")},
        },
    }
