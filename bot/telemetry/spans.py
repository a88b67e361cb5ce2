"""Spans of the way of a message, sent to an OpenTelemetry collector over HTTP.

A span holds its name, its times, and whether it went well: no text, no id of Slack, no outcome.
Processes that take part in one way need not know each other, because its trace and its root span
are derived from the message.
"""

from __future__ import annotations

import time

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from bot.flows.ports.telemetry import Stage

_TRACES_PATH = "/v1/traces"
_SERVICE = "reframe"
_EXPORT_SECONDS = 2.0  # for one request; the end of the process waits for the last one
_NANOSECONDS = 1_000_000_000


class Spans:
    """Sends spans in the background; what the collector doesn't take is dropped.

    Args:
        endpoint: address of the collector, to which ``/v1/traces`` is added. version: of the bot.
    """

    def __init__(self, endpoint: str, version: str) -> None:
        address = endpoint.rstrip("/") + _TRACES_PATH
        about = {"service.name": _SERVICE, "service.version": version}
        self._ids = _Ids()
        self._provider = TracerProvider(
            resource=Resource.create(about), id_generator=self._ids, shutdown_on_exit=False
        )
        exporter = OTLPSpanExporter(endpoint=address, timeout=_EXPORT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(_SERVICE, version)

    def stage_ended(self, stage: Stage, trace_id: bytes, seconds: float, *, is_ok: bool) -> None:
        """Send a stage that has just ended. Args: as in ``Telemetry``."""
        number, root = int.from_bytes(trace_id, "big"), int.from_bytes(trace_id[:8], "big")
        context = Context()
        if stage is Stage.ACKNOWLEDGE:
            self._ids.next_root = (number, root)
        else:
            context = trace.set_span_in_context(_remote(number, root), context)
        ended = time.time_ns()
        began = ended - round(max(0.0, seconds) * _NANOSECONDS)
        span = self._tracer.start_span(stage.value, context=context, start_time=began)
        span.set_status(trace.StatusCode.OK if is_ok else trace.StatusCode.ERROR)
        span.end(ended)

    def close(self) -> None:
        """Send what is left; takes some seconds if the collector doesn't answer."""
        self._provider.shutdown()


class _Ids(RandomIdGenerator):
    """Ids at random, except for those of a root span, which are derived from its message."""

    def __init__(self) -> None:
        self.next_root: tuple[int, int] | None = None

    def generate_trace_id(self) -> int:
        return self.next_root[0] if self.next_root else super().generate_trace_id()

    def generate_span_id(self) -> int:
        root, self.next_root = self.next_root, None
        return root[1] if root else super().generate_span_id()

    def is_trace_id_random(self) -> bool:
        return False


def _remote(trace_number: int, span_number: int) -> trace.Span:
    """Return a span that another process has sent, or this one before."""
    flags = trace.TraceFlags(trace.TraceFlags.SAMPLED)
    return trace.NonRecordingSpan(
        trace.SpanContext(trace_number, span_number, is_remote=True, trace_flags=flags)
    )
