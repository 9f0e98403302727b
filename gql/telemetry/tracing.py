"""Where spans begin and end; nothing is done there unless the setting OPENTELEMETRY is on."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any

_traces: Any = None
_no_span: AbstractContextManager[None] = nullcontext()


def start() -> None:
    """Make spans from here on, and export them."""
    global _traces  # noqa: PLW0603  (a process has one, as it has one log)
    _traces = import_module("gql.telemetry.opentelemetry").Traces()


def stop() -> None:
    """Make no more spans, and return when those that were made are exported or given up."""
    global _traces  # noqa: PLW0603
    if _traces is not None:
        _traces.stop()
        _traces = None


def is_on() -> bool:
    return _traces is not None


def request_span(name: str, headers: Iterable[tuple[bytes, bytes]]) -> AbstractContextManager[None]:
    """The span of a request, in the trace that its headers name."""
    return _no_span if _traces is None else _traces.request_span(name, headers)


def span(name: str, **attributes: Any) -> AbstractContextManager[None]:
    """The span of what a block does; `__` in an attribute's name stands for a dot."""
    return _no_span if _traces is None else _traces.span(name, attributes)


def statement_span(statement: Any) -> AbstractContextManager[None]:
    """The span of a statement. It shows the text, never the bound values."""
    return _no_span if _traces is None else _traces.statement_span(statement)


def describe(**attributes: Any) -> None:
    """Set attributes of the span that is under way."""
    if _traces is not None:
        _traces.describe(attributes)


def trace_id() -> str | None:
    """The id of the trace that is under way, if one is."""
    return None if _traces is None else _traces.trace_id()
