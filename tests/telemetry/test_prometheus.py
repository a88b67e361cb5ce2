"""What /metrics shows: failures at once, everything about messages ten at a time, nobody's name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.core.model import Reason
from bot.flows.ports.detection import TokenUsage
from bot.flows.ports.telemetry import ModelCallResult, ReplyKind
from bot.telemetry.in_tens import TOGETHER
from bot.telemetry.prometheus import Prices, PrometheusTelemetry, Queue

LABELS = {"result", "outcome", "kind", "queue", "problem", "version", "le"}
NOT_OF_MESSAGES = ("process_", "reframe_build_info")


def shown(telemetry: PrometheusTelemetry) -> dict[str, float]:
    """Return every series and its value, but not when it began or what the process takes."""
    text = telemetry.render({}, [], ()).decode()
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created") and not sample.name.startswith(NOT_OF_MESSAGES)
    }


@pytest.fixture
def telemetry() -> PrometheusTelemetry:
    return PrometheusTelemetry("1.2.3", Prices())


def kept(telemetry: PrometheusTelemetry) -> None:
    telemetry.message_received(None)


def ordinary(telemetry: PrometheusTelemetry) -> None:
    telemetry.message_received(Reason.ORDINARY)


def question(telemetry: PrometheusTelemetry) -> None:
    telemetry.message_decided(None, 20.0)


def muted(telemetry: PrometheusTelemetry) -> None:
    telemetry.message_decided(Reason.MUTED_TRAP, 20.0)


def replied(telemetry: PrometheusTelemetry) -> None:
    telemetry.reply_sent(ReplyKind.QUESTION, 21.0)


def answered(telemetry: PrometheusTelemetry) -> None:
    telemetry.reply_sent(ReplyKind.ANSWER, 1.0)


def posted(telemetry: PrometheusTelemetry) -> None:
    telemetry.post_ended(is_sent=True)


def asked_model(telemetry: PrometheusTelemetry) -> None:
    telemetry.model_called(ModelCallResult.ANSWERED, 0.7, TokenUsage(900, 800, 40))


@pytest.mark.parametrize(
    "happen", [kept, ordinary, question, muted, replied, answered, posted, asked_model]
)
def test_one_seller_cannot_be_watched(
    telemetry: PrometheusTelemetry, happen: Callable[[PrometheusTelemetry], None]
) -> None:
    """A reader who looks after each message sees nothing move until ten of a kind are there."""
    before = shown(telemetry)
    for _ in range(TOGETHER - 1):
        happen(telemetry)
        assert shown(telemetry) == before
    happen(telemetry)
    assert shown(telemetry) != before


def test_a_question_does_not_come_out_with_ten_silences(telemetry: PrometheusTelemetry) -> None:
    """Each outcome has its own ten, so a mixture of ten tells nothing about one of them."""
    question(telemetry)
    for _ in range(3 * TOGETHER):
        muted(telemetry)
    figures = shown(telemetry)

    assert figures["reframe_decisions_total['not_now']"] == 3 * TOGETHER
    assert figures["reframe_decisions_total['question']"] == 0


@pytest.mark.parametrize(
    ("fail", "series"),
    [
        (lambda t: t.payload_handled(0.1, is_taken=False), "reframe_payloads_total['refused']"),
        (lambda t: t.message_decided(Reason.FAILED, 60.0), "reframe_decisions_total['failed']"),
        (lambda t: t.post_ended(is_sent=False), "reframe_posts_total['failed']"),
        (
            lambda t: t.model_called(ModelCallResult.TIMED_OUT, 8.0, TokenUsage()),
            "reframe_model_calls_total['timed_out']",
        ),
        (lambda t: t.model_fell_back(), "reframe_model_fallbacks_total[]"),
    ],
)
def test_a_failure_is_counted_at_once(
    telemetry: PrometheusTelemetry, fail: Callable[[PrometheusTelemetry], None], series: str
) -> None:
    """An alert must not wait for nine others."""
    before = shown(telemetry)[series]
    fail(telemetry)
    assert (before, shown(telemetry)[series]) == (0, 1)


def test_labels_name_nobody(telemetry: PrometheusTelemetry) -> None:
    """Only these labels, and only values that this file's sources list: no id can get in."""
    for happen in (kept, ordinary, question, muted, replied, answered, posted, asked_model):
        for _ in range(TOGETHER):
            happen(telemetry)
    telemetry.payload_handled(0.1, is_taken=True)
    queues = {"posts": Queue(waiting=1, late_seconds=2.0)}
    text = telemetry.render(queues, ["disk"], ("disk", "lock")).decode()
    samples = [s for f in text_string_to_metric_families(text) for s in f.samples]
    ours = [s for s in samples if s.name.startswith("reframe_")]

    assert {label for s in ours for label in s.labels} == LABELS
    assert len({tuple(sorted(s.labels.items())) for s in ours if "le" not in s.labels}) < 50


def test_the_ack_is_measured_at_once(telemetry: PrometheusTelemetry) -> None:
    """How long Slack waits says nothing about a message, and must be seen soon."""
    telemetry.payload_handled(0.2, is_taken=True)
    figures = shown(telemetry)

    assert figures["reframe_payloads_total['taken']"] == 1
    assert figures["reframe_ack_seconds_bucket['0.1']"] == 0
    assert figures["reframe_ack_seconds_bucket['0.25']"] == 1


def test_cost_needs_prices(telemetry: PrometheusTelemetry) -> None:
    """Without prices there is no figure, rather than a zero that looks like one."""
    priced = PrometheusTelemetry("1.2.3", Prices(prompt=0.40, completion=1.60))
    for each in (telemetry, priced):
        for _ in range(TOGETHER):
            asked_model(each)

    assert [s for s in shown(telemetry) if "cost" in s] == []
    assert shown(priced)["reframe_model_cost_total[]"] == pytest.approx(
        TOGETHER * (900 * 0.40 + 40 * 1.60) / 1e6
    )
    assert shown(priced)["reframe_model_tokens_total['cached']"] == TOGETHER * 800


def test_queues_and_problems_are_of_the_moment(telemetry: PrometheusTelemetry) -> None:
    """What is over is not shown any more; a database that says nothing is shown as nothing."""
    first = telemetry.render({"posts": Queue(3, 70.0)}, ["queue"], ("queue", "disk")).decode()
    then = telemetry.render({}, [], ("queue", "disk")).decode()

    assert 'reframe_queue_late_seconds{queue="posts"} 70.0' in first
    assert 'reframe_problem{problem="queue"} 1.0' in first
    assert 'reframe_problem{problem="disk"} 0.0' in first
    assert "reframe_queue_late_seconds{" not in then
    assert 'reframe_problem{problem="queue"} 0.0' in then


def test_two_bots_in_a_process_share_nothing() -> None:
    """Nothing is registered with the library's own registry, which is one per process."""
    from prometheus_client import REGISTRY

    first, second = (PrometheusTelemetry("1", Prices()) for _ in range(2))
    first.post_ended(is_sent=False)

    assert shown(second)["reframe_posts_total['failed']"] == 0
    assert [f.name for f in REGISTRY.collect() if f.name.startswith("reframe")] == []
