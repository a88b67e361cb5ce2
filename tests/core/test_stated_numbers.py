"""The numbers in an answer that the seller didn't say."""

from __future__ import annotations

import pytest

from bot.core.free_words import free_word_index
from bot.core.playbook_model import Playbook
from bot.core.said import Said
from bot.core.stated_facts import unsaid_numbers
from bot.core.sums import following_numbers

ASK = "17 open deals, 2 big ones, 85 seats of which 31 are used, 12% off 40,000"


@pytest.fixture(scope="module")
def said(playbook: Playbook) -> Said:
    return Said(ASK, (), free_word_index(playbook.free_words))


def unsaid(reply: str, said: Said) -> list[str]:
    following = following_numbers(said.numbers, ASK, reply)
    return list(unsaid_numbers(reply, said, following=following, is_plan=True))


@pytest.mark.parametrize(
    "reply",
    [
        "Call the other 15 today.",
        "Nobody uses the other 54.",
        "12% is 4,800 on this one.",
        "Ask first.\nMinutes 0 to 3: say where it stood.",
        "Ask first.\nThe next 25: stay with her boss.",
        "Pregunte.\nMinutos 3 a 12: que le cuente.",
        "At 85 seats, 40,000 comes to about 470 each.",
        "That's 31 of 85, or 36 percent.",
        "Give it three working days.",
        "If two days go by, call.",
        "Keep a second offer ready.",
        "Ask first.\n5 to 20, the miss: say it once.",
        "Try both for 60 days.",
        "Ask for 12 months of invoices.",
    ],
)
def test_what_follows_from_the_ask_may_be_said(said: Said, reply: str) -> None:
    assert unsaid(reply, said) == []


@pytest.mark.parametrize(
    "reply",
    [
        "Offer 9% off.",
        "They have 220 people.",
        "They pay 50,000 for the 85 seats.",
        "They pay about 50,000.",
        "At 85 seats, 40,000 comes to about 520 each.",
        "That's 31 of 85, or 52 percent.",
        "They lost 9 months of data.",
        "They were silent for 60 days.",
        "Their third offer is lower.",
        "It took them three weeks.",
        "Minutes 0 to 3: say where it stood.",  # the first line is the answer, and has no lead
        "Ask first.\nMinutes 0 to 3: say that 9 others wait.",
        "Ask first.\nIn the first 90: stay with her boss.",
        "Ask first.\nTo all 9 people: write.",
    ],
)
def test_what_nobody_named_may_not(said: Said, reply: str) -> None:
    assert unsaid(reply, said)


def test_a_draft_works_nothing_out(said: Said) -> None:
    """A customer gets the numbers that the seller named."""
    assert list(unsaid_numbers("Your other 54 seats are unused.", said))
