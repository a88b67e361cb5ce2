"""Traces arrive at a collector: the way of a message, linked across processes, without a word."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from bot.flows.errors import SettingsError
from bot.flows.ports.telemetry import Stage
from bot.flows.work_context import trace_of
from bot.telemetry.spans import Spans
from bot.telemetry.traces import open_spans
from tests.fake_model import GOOD, FakeModel, error, running
from tests.harness import ENTITLEMENT, ORDINARY, BotHarness

CANARY = "hush7f3a"


class Collector:
    """Takes traces as an OpenTelemetry collector does, and keeps them.

    Attributes:
        bodies: of each request, as they came. url: what a bot is told.
    """

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        return web.Response(content_type="application/x-protobuf")

    @property
    def requests(self) -> list[ExportTraceServiceRequest]:
        return [ExportTraceServiceRequest.FromString(body) for body in self.bodies]

    @property
    def spans(self) -> list[Span]:
        """Return all spans, in the order in which they began."""
        found = [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return sorted(found, key=lambda span: (span.start_time_unix_nano, span.name))


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    collector, site = Collector(), web.Application()
    site.router.add_post("/v1/traces", collector.take)
    async with TestServer(site) as server:
        collector.url = str(server.make_url("/"))
        yield collector


async def close(spans: Spans) -> None:
    await asyncio.to_thread(spans.close)


async def test_stages_of_two_processes_are_one_trace() -> None:
    """Each derives the same root; nothing is handed over between them."""
    trace_id = trace_of("T1", "nudge-C1-1.1")
    async with collecting() as collector:
        web_process, worker = (Spans(collector.url, "1.2.3") for _ in range(2))
        web_process.stage_ended(Stage.ACKNOWLEDGE, trace_id, 0.02, is_ok=True)
        worker.stage_ended(Stage.DECIDE, trace_id, 1.5, is_ok=True)
        worker.stage_ended(Stage.POST, trace_id, 0.3, is_ok=False)
        for process in (web_process, worker):
            await close(process)
        by_name = {span.name: span for span in collector.spans}

    root = by_name["acknowledge"]
    assert {span.trace_id for span in by_name.values()} == {trace_id}
    assert root.parent_span_id == b""
    assert {by_name[name].parent_span_id for name in ("decide", "post")} == {root.span_id}
    assert len({span.span_id for span in by_name.values()}) == 3
    assert by_name["decide"].status.code == Status.STATUS_CODE_OK
    assert by_name["post"].status.code == Status.STATUS_CODE_ERROR
    took = by_name["decide"].end_time_unix_nano - by_name["decide"].start_time_unix_nano
    assert took / 1e9 == pytest.approx(1.5)


async def test_two_messages_are_two_traces() -> None:
    """Also those in one channel, and those with the same key in two workspaces."""
    traces = {trace_of("T1", "nudge-C1-1.1"), trace_of("T1", "nudge-C1-1.2")}
    traces.add(trace_of("T2", "nudge-C1-1.1"))
    async with collecting() as collector:
        spans = Spans(collector.url, "1.2.3")
        for trace_id in traces:
            spans.stage_ended(Stage.ACKNOWLEDGE, trace_id, 0.01, is_ok=True)
        await close(spans)

        assert {span.trace_id for span in collector.spans} == traces
        assert len({span.span_id for span in collector.spans}) == 3


async def test_the_way_of_a_message(harness: BotHarness) -> None:
    """From the acknowledgment to the post, with each call to the model; no text and no id of Slack,
    no token, no outcome. An ordinary message that is not kept leaves no span."""
    async with collecting() as collector, running(FakeModel(GOOD, error(500))) as model:
        await harness.start(
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            OPENAI_BASE_URL=model.url,
            OPENAI_MODEL="m",
            REFRAME_JUDGE="candidates",
        )
        await harness.say(f"{ORDINARY} {CANARY}")
        ts = await harness.say(f"{ENTITLEMENT} {CANARY}")
        await harness.idle()
        await harness.until(lambda: len(harness.replies(ts)) == 1)
        await harness.stop()
    space, key = harness.workspace, f"nudge-{harness.deal}-{ts}"
    names = [span.name for span in collector.spans]

    assert names[0] == "acknowledge"
    assert {"acknowledge", "decide", "ask_model", "post"} == set(names)
    assert {span.trace_id for span in collector.spans} == {trace_of(space.team_id, key)}
    calls = [span.status.code for span in collector.spans if span.name == "ask_model"]
    assert calls[:2] == [Status.STATUS_CODE_OK, Status.STATUS_CODE_ERROR]
    sent = b"".join(collector.bodies)
    hidden = (CANARY, ENTITLEMENT[:20], space.team_id, harness.deal, harness.ana, ts)
    secrets = (space.bot_token, space.signing_secret, "speak", "entitlement")
    assert [word for word in (*hidden, *secrets) if word.encode() in sent] == []
    assert all(not span.attributes and not span.events for span in collector.spans)


async def test_without_an_endpoint_nothing_is_imported(harness: BotHarness) -> None:
    """The extra need not be there."""
    for name in [name for name in sys.modules if name == "bot.telemetry.spans"]:
        del sys.modules[name]
    await harness.start()
    await harness.stop()

    assert "bot.telemetry.spans" not in sys.modules


def test_a_missing_extra_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the setting and the command."""
    monkeypatch.delitem(sys.modules, "bot.telemetry.spans", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    for name in [name for name in sys.modules if name.startswith("opentelemetry.")]:
        monkeypatch.delitem(sys.modules, name)

    with pytest.raises(SettingsError, match=r"pip install '\.\[traces\]'") as missing:
        open_spans("http://127.0.0.1:4318", "1.2.3")
    assert missing.value.name == "OTEL_EXPORTER_OTLP_ENDPOINT"


async def test_a_collector_that_is_gone_stops_nothing(harness: BotHarness) -> None:
    """The bot answers, and ends."""
    await harness.start(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()
    assert len(harness.replies(ts)) == 1
    async with asyncio.timeout(20):
        await harness.stop()
