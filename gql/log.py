"""The log: a line of JSON on standard error for all that there is to tell."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import orjson

from gql.observed import FACTS, request_id, without_tokens
from gql.tracing import trace_id


class JsonLine(logging.Formatter):
    """Words a record as one line, whatever is in it, with the id of the request it is about."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id(),
            **getattr(record, FACTS, {}),
        }
        if trace := trace_id():
            line["trace_id"] = trace
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
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
        "loggers": {package: {"level": level.upper()} for package in ("gql", "rest_compat")},
    }
