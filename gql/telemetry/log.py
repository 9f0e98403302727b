"""The log: one line on standard error for each event, as JSON unless a person watches."""

import asyncio
import json
import logging
import re
import sys
import time
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
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
        sys.stderr.write(f"{_line(time.time(), 'info', logger, message, facts)}\n")


class Line(logging.Formatter):
    """Words a record as one line, whatever is in it, with the id of the request it is about."""

    def format(self, record: logging.LogRecord) -> str:
        exception = {"exception": self.formatException(record.exc_info)} if record.exc_info else {}
        level, message = record.levelname.lower(), record.getMessage()
        return _line(record.created, level, record.name, message, exception)


@cache
def _is_terminal() -> bool:
    return sys.stderr.isatty()


def _line(at: float, level: str, logger: str, message: str, facts: dict[str, Any]) -> str:
    if _is_terminal():
        return without_tokens(_readable(at, level, message, facts))
    return _json(at, level, logger, message, facts)


def _readable(at: float, level: str, message: str, facts: dict[str, Any]) -> str:
    """A line for a person: of a request its method, path, status, time, operation and error."""
    if "duration_ms" in facts:
        parts = [facts["method"] or message, facts["path"], facts.get("status")]
        parts += [f"{facts['duration_ms']:.0f} ms", facts["operation"], facts["code"]]
        message = "  ".join(str(part) for part in parts if part)
    elif level != "info":
        message = f"{level}: {message}"
    # What a client sends must not move the cursor.
    message = "".join(each if each.isprintable() else "\ufffd" for each in message)
    exception = f"\n{facts['exception']}" if "exception" in facts else ""
    return f"{time.strftime('%H:%M:%S', time.localtime(at))}  {message}{exception}"


def _json(at: float, level: str, logger: str, message: str, facts: dict[str, Any]) -> str:
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


class StoppedInBetween(logging.Filter):
    """Makes a line of the tracebacks of what a second Ctrl-C or the end of the time cuts off."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is logged."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, asyncio.CancelledError):
            record.exc_info = None
            record.msg = "The server stopped before a request was answered"
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        # The server logs the traceback of its own task as a message.
        _, _, last = str(record.msg).rstrip().rpartition("\n")
        return not last.startswith("asyncio.exceptions.CancelledError")


def config(level: str) -> dict[str, Any]:
    """What logging.config.dictConfig takes to log the gateway's records from a level on.

    Of libraries it takes warnings and what is worse.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": Line}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "filters": {"stopped": {"()": StoppedInBetween}},
        "loggers": {
            "uvicorn.error": {"filters": ["stopped"]},
            # Its one warning, of a WebSocket from another origin, is ours as well.
            "strawberry.ws": {"level": "ERROR"},
            # What a client sends that is no message of the protocol is in the client's answer.
            "mcp": {"level": "ERROR"},
            **{package: {"level": level.upper()} for package in ("gql", "rest_compat")},
        },
    }
