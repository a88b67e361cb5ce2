"""The offline detector as it ships: the traps it names, and the messages it leaves alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.model import Reason, Trap
from bot.detect.offline import OfflineDetector
from tests.harness import BLAME, ENTITLEMENT, FIXING, LABELLING, ORDINARY, PITCHING
from tests.shipped import shipped_playbook


@pytest.fixture(scope="module")
def detector() -> OfflineDetector:
    return OfflineDetector.shipped(shipped_playbook().cues)


@pytest.mark.parametrize(
    ("text", "trap"),
    [
        (BLAME, Trap.BLAME),
        (LABELLING, Trap.LABELLING),
        (FIXING, Trap.FIXING),
        (ENTITLEMENT, Trap.ENTITLEMENT),
        (PITCHING, Trap.FUTURE_PITCHING),
    ],
)
def test_plain_traps_are_named(detector: OfflineDetector, text: str, trap: Trap) -> None:
    verdict = detector.quick_verdict(text)

    assert (verdict.trap, verdict.sure, verdict.suspicious) == (trap, True, True)
    assert detector.is_candidate(text)
    assert detector.may_lead_to_reply(verdict)


@pytest.mark.parametrize(
    "text",
    [
        f'Tom wrote "{ENTITLEMENT}" in the other channel',
        f"> {ENTITLEMENT}\nsee above",
        f"```{ENTITLEMENT}```",
        f"-- Forwarded message --\n{ENTITLEMENT}",
        f"Someone said: {ENTITLEMENT} I don't see it that way.",
        f"{ENTITLEMENT} Sorry, that was unfair, I'll ask her what happened.",
        ENTITLEMENT.replace("them, they owe", "our legal team, they owe"),
        f"They are being racist to Ana. {ENTITLEMENT}",
        ORDINARY,
        "ok",
        "",
        ":+1:",
        "https://example.com/they-owe-us-a-call-back",
    ],
)
def test_stays_quiet(detector: OfflineDetector, text: str) -> None:
    assert not detector.quick_verdict(text).sure


@pytest.mark.parametrize(
    "mark", ["lol jk", "jk", "j/k", "just kidding", "only kidding", "/s", "/sarcasm", "/joke"]
)
def test_a_joke_that_says_so_is_no_trap(detector: OfflineDetector, mark: str) -> None:
    for text in (f"{ENTITLEMENT} {mark}", f"{ENTITLEMENT}\n{mark.upper()}"):
        verdict = detector.quick_verdict(text)

        assert (verdict.sure, verdict.why) == (False, Reason.JOKE)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("Scratch that, that was unfair.", Reason.SECOND_THOUGHTS),
        ("Rant over.", Reason.SECOND_THOUGHTS),
        ("I should have seen it coming.", Reason.OWN_PART),
        ("We could have closed it in March.", Reason.OWN_PART),
        ("What did we miss?", Reason.OWN_PART),
        ("I'll ask who decides next time.", Reason.NEXT_STEP),
        ("I'd like to understand why.", Reason.NEXT_STEP),
        ("To be fair to them, it was a lot of money.", Reason.THEIR_SIDE),
        ("Best meeting I've had all year, though.", Reason.NO_TRAP),
        ("I don't agree with that.", Reason.QUOTED),
    ],
)
def test_why_a_message_is_no_trap_is_true_of_it(
    detector: OfflineDetector, words: str, why: Reason
) -> None:
    """Nobody who blames themselves is told that they were on to the next step."""
    verdict = detector.quick_verdict(f"{ENTITLEMENT} {words}")

    assert (verdict.sure, verdict.why) == (False, why)


@pytest.mark.parametrize(
    "text",
    [
        f"Words to avoid with this customer: {ENTITLEMENT}",
        f"Labels to avoid in the notes: {LABELLING}",
        f"What we must not say about them: {BLAME}",
        f"Words you must not use about a buyer: {LABELLING}",
    ],
)
def test_a_list_of_words_to_avoid_is_no_trap(detector: OfflineDetector, text: str) -> None:
    verdict = detector.quick_verdict(text)

    assert (verdict.sure, verdict.why) == (False, Reason.QUOTED)


@pytest.mark.parametrize(
    "text",
    [
        f"Tom wrote ~{ENTITLEMENT}~ yesterday",
        f">>> {ENTITLEMENT}\n\n{BLAME}\n{LABELLING}",
        f"\u201e{ENTITLEMENT}\u201c wrote Tom",
        f"\u201eHe wrote \u201c{ENTITLEMENT}\u201d to us\u201c said Tom",
        f"\u00bb{ENTITLEMENT}\u00ab wrote Tom",
    ],
)
def test_what_is_quoted_or_struck_out_is_no_trap(detector: OfflineDetector, text: str) -> None:
    assert not detector.quick_verdict(text).suspicious


def test_context_can_clear_a_message_but_not_accuse_it(detector: OfflineDetector) -> None:
    text = "They owe us an answer after everything we did for them, the least they can do is reply."

    assert detector.quick_verdict(text).sure
    assert not detector.quick_verdict(text, ["our legal team has the addendum since monday"]).sure
    assert not detector.quick_verdict(ORDINARY, [ENTITLEMENT] * 4).sure


def test_closest_trap_is_only_named_if_likely(detector: OfflineDetector) -> None:
    assert detector.closest_trap(detector.quick_verdict(ENTITLEMENT)) is Trap.ENTITLEMENT
    assert detector.closest_trap(detector.quick_verdict(ORDINARY)) is None
    quoted = detector.quick_verdict(f"Someone said: {ENTITLEMENT} I don't see it that way.")
    assert quoted.why is Reason.QUOTED
    assert detector.closest_trap(quoted) is None


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=400))
def test_any_text_gets_a_verdict(detector: OfflineDetector, text: str) -> None:
    verdict = detector.quick_verdict(text)

    assert 0.0 <= verdict.score <= 1.0
    assert not verdict.sure or verdict.suspicious
    assert detector.passes_prefilter(text) or not verdict.suspicious


@pytest.mark.fault_case(42)
def test_forty_thousand_characters(detector: OfflineDetector) -> None:
    """Fault 42: the encoder reads the beginning, the linear model the whole text."""
    assert detector.quick_verdict(ENTITLEMENT + " lorem" * 6_600).score <= 1.0


def test_cached_scores_are_bounded_and_change_no_verdict() -> None:
    """Scores that were evicted are computed again, with the same result."""
    small = OfflineDetector.shipped(shipped_playbook().cues, cached_scores=2)
    texts = [BLAME, ENTITLEMENT, FIXING, LABELLING, PITCHING]
    first = [small.quick_verdict(text) for text in texts]

    assert [small.quick_verdict(text) for text in texts] == first
    assert len(small._score_cache) == 2


def test_threads_share_a_detector(detector: OfflineDetector) -> None:
    """Intake scores in the executor's thread while a worker scores on the event loop."""
    texts = [BLAME, ENTITLEMENT, FIXING, LABELLING, PITCHING, ORDINARY] * 20
    expected = [detector.quick_verdict(text) for text in texts]
    fresh = OfflineDetector.shipped(shipped_playbook().cues)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(fresh.quick_verdict, texts)) == expected
