"""What sounds like an idiom of sales and is somebody's trouble: an idiom must not hide it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from bot.core.matters_for_people import CUES_PREFIX, IDIOMS, MattersForPeople
from bot.detect.learned_matters import matters_in_asks, matters_in_channels
from bot.playbook import load_playbook

TROUBLE = (Path(__file__).parent / "near_idioms.txt").read_text(encoding="utf-8").splitlines()
SALES = (
    "is it ok to go over the purchasing guys head to the plant manager or is that career suicide",
    "Legal says their liability clause is suicide pricing for us at that cap",
    "that buyer is a killer negotiator, he beat me up on payment terms",
    "We got beaten on price again and now he wants 30 days more",
    "he pushed me on the price again and wants an answer by Friday",
    "our VAR says the hospital told me they would rather buy direct",
    "How do I say no without insulting the buyer",
    "what happens to the account if I get hit by a bus, they asked",
    "I want to throw myself into the new territory, where do I start",
)
Readers = Callable[[Mapping[str, Sequence[str]]], MattersForPeople]


@pytest.fixture(scope="module", params=[matters_in_asks, matters_in_channels])
def matters(request: pytest.FixtureRequest) -> MattersForPeople:
    readers: Readers = request.param
    return readers(load_playbook().cues)


def test_idioms_hide_no_trouble(matters: MattersForPeople) -> None:
    """The lines were written beside the idioms: some of them once hid 31 of these."""
    assert len(TROUBLE) >= 59
    assert [line for line in TROUBLE if matters.find(line) is None] == []


def test_what_sellers_say_is_still_an_idiom(matters: MattersForPeople) -> None:
    assert [line for line in SALES if matters.find(line) is not None] == []


def test_without_its_idioms_sales_talk_is_a_matter() -> None:
    """So the idioms are what keeps it apart, and the test above can fail."""
    cues = dict(load_playbook().cues)
    cues[f"{CUES_PREFIX}{IDIOMS}"] = ("no such idiom",)
    matters = matters_in_asks(cues)

    assert len([line for line in SALES if matters.find(line) is not None]) >= 4
