"""Traces, as OpenTelemetry has them; imported if they are wanted, for it takes the extra.

OpenTelemetry's own variables set how much is exported, and where to:
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from threading import Thread
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, get_current_span

MAX_STATEMENT = 2_000
STOP_SECONDS = 2
SERVER_ERROR = 500


class Traces:
    """Makes spans and exports them by OTLP over HTTP."""

    def __init__(self) -> None:
        os.environ.setdefault("OTEL_SERVICE_NAME", "sample-gateway")
        self._provider = TracerProvider(shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("sample-gateway")

    def stop(self) -> None:
        # The library waits as long as its exporter does, whose retries and time-outs add up.
        stopping = Thread(target=self._provider.shutdown, daemon=True)
        stopping.start()
        stopping.join(STOP_SECONDS)

    def request_span(
        self, name: str, headers: Iterable[tuple[bytes, bytes]]
    ) -> AbstractContextManager[None]:
        carrier = {key.decode("latin-1"): value.decode("latin-1") for key, value in headers}
        return self._span(name, kind=SpanKind.SERVER, context=extract(carrier))

    def span(self, name: str, attributes: Mapping[str, Any]) -> AbstractContextManager[None]:
        return self._span(name, attributes=_dotted(attributes))

    def statement_span(self, statement: Any) -> AbstractContextManager[None]:
        attributes = {"db.query.text": str(statement)[:MAX_STATEMENT]}
        return self._span("SELECT", kind=SpanKind.CLIENT, attributes=attributes)

    def describe(self, attributes: Mapping[str, Any]) -> None:
        span = get_current_span()
        span.set_attributes(_dotted(attributes))
        if attributes.get("http__response__status_code", 0) >= SERVER_ERROR:
            span.set_status(StatusCode.ERROR)

    def trace_id(self) -> str | None:
        context = get_current_span().get_span_context()
        return f"{context.trace_id:032x}" if context.is_valid else None

    @contextmanager
    def _span(self, name: str, **options: Any) -> Iterator[None]:
        # What an error says may hold values.
        quiet: Any = {"record_exception": False, "set_status_on_exception": False}
        with self._tracer.start_as_current_span(name, **quiet, **options) as span:
            try:
                yield
            except Exception as error:
                span.set_attribute("error.type", type(error).__qualname__)
                span.set_status(StatusCode.ERROR)
                raise


def _dotted(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name.replace("__", "."): value for name, value in attributes.items()}
