"""Sentences that only sound like a trap keep it quiet, and nothing that is said beside them."""

from __future__ import annotations

import pytest

from bot.detect.harmless_sentences import HarmlessSentences
from bot.detect.offline import OfflineDetector
from tests.harness import BLAME, ENTITLEMENT, FIXING, LABELLING, PITCHING
from tests.shipped import shipped_playbook

HARMLESS = (
    "Their buyer is tough but fair.",
    "We should make them a better offer.",
    "Once they've seen the numbers they can decide.",
)
TRAPS = (
    "Once they see the new dashboard they'll sign on the spot",
    "once they see our demo they will be blown away",
    "Once they see the product they can't say no",
    "once they see the numbers they can only say yes",
    "Once they see the dashboard they will realize how wrong they were",
    "once they've seen it they will decide for us, guaranteed",
    "they can decide whatever they want, once they see it they'll want it",
    "after all we did for them they can let us know at least",
    "they could let us know after three demos",
    "We should make them see how broken their process is",
    "we need to make them understand what they're missing",
    "we should make them change their process",
    "we should get them onto our platform whether they like it or not",
    "we should make them an offer they can't refuse and teach them a lesson",
    "We should show them the plan that fixes their broken process",
    "I should send them the proposal that shows them how wrong their setup is",
    "he's stubborn but he's the one who decides",
    "He's direct but a liar",
    "she pretends to be tough but fair, she's just a bully",
)


@pytest.fixture(scope="module")
def offline() -> OfflineDetector:
    return OfflineDetector.shipped(shipped_playbook().cues)


@pytest.mark.parametrize("text", TRAPS)
def test_traps_in_the_same_words_are_still_found(offline: OfflineDetector, text: str) -> None:
    assert offline.quick_verdict(text).sure


@pytest.mark.parametrize("harmless", HARMLESS)
@pytest.mark.parametrize("trap", [BLAME, LABELLING, FIXING, ENTITLEMENT, PITCHING])
def test_a_trap_beside_them_is_still_found(
    offline: OfflineDetector, harmless: str, trap: str
) -> None:
    for text in (f"{harmless} {trap}", f"{trap}\n{harmless}"):
        alone, beside = offline.quick_verdict(trap), offline.quick_verdict(text)

        assert alone.sure
        assert beside.why is None


@pytest.mark.parametrize("harmless", HARMLESS)
def test_they_are_left_out_and_the_rest_is_kept(harmless: str) -> None:
    sentences = HarmlessSentences(shipped_playbook().cues)

    assert sentences.without_them(harmless) == ""
    assert sentences.without_them(f"Call at nine. {harmless}") == "call at nine."
    assert sentences.without_them(ENTITLEMENT) == ENTITLEMENT


def test_a_folder_of_words_without_these_lists_changes_nothing() -> None:
    sentences = HarmlessSentences(
        dict.fromkeys(("firm", "fair", "our_things", "their_choices", "harsh"), ())
    )

    assert [text for text in HARMLESS if sentences.without_them(text) != text] == []
