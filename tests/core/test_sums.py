"""The numbers of an answer that follow from the seller's own."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from bot.core.free_words import free_word_index
from bot.core.playbook_model import Playbook
from bot.core.said import Said
from bot.core.sums import following_numbers, worked_out

ASKS = Path(__file__).parents[1] / "corpus" / "answers" / "asks-3.jsonl"
HOURS = "Retainer is 40 hours. We've done 61, 58 and 70 the last three months, at $6,400."
HOURS_SAID = frozenset({"40", "61", "58", "70", "3", "6400"})
PRICES = "We're at 4.15, he'll open at 3.60, I can go 3.95 or 3.85."
PRICES_SAID = frozenset({"4.15", "3.60", "3.95", "3.85"})


@pytest.mark.parametrize(
    ("said", "ask", "answer", "expected"),
    [
        (HOURS_SAID, HOURS, "Do the math first: 189 hours against 120, so 69 over.", "189 120 69"),
        (HOURS_SAID, HOURS, "Your 6,400 for 40 hours is 160 an hour.\nSo 69 more.", "160"),
        (HOURS_SAID, HOURS, "It's 189 against 120, each a month.\nWrite off the 69.", "189 120 69"),
        (
            HOURS_SAID,
            HOURS,
            "That's 11,040 for 69, at 160 an hour: 189 less 120.",
            "160 120 189 69 11040",
        ),
        (PRICES_SAID, PRICES, "Halfway to 3.60 is about 3.88.", "3.88"),
        (PRICES_SAID, PRICES, "That's 30 cents, or 7.2%, against 55, or 13.3%.", "30 7.2 55 13.3"),
        (frozenset({"18", "3.20"}), "18 MT, 3.20 per kg", "3.20 on 18 is 57,600.", "57600"),
        (frozenset({"190000", "63"}), "63 sites, 190k", "It's about 3,000 a site.", "3000"),
        (frozenset({"87.000", "140"}), "87.000 por 140", "87.000 entre 140 son 621.", "621 87000"),
        (frozenset({"138"}), "1,38 Mio", "It's 1.38 million.", "1.38"),
        (frozenset({"18", "50"}), "18 MT, 50% of it", "18 less 50% leaves 9.", "9"),
        (
            frozenset({"38", "31"}),
            "38%, 31%",
            "On every $1,000 it's 1,380 or 1,310.",
            "1380 1310 1000",
        ),
        (frozenset({"4.8", "4"}), "4.8, target 4", "0.8 over.", "0.8"),
        (frozenset({"34"}), "34 trucks", "Each of the 34 is about 3%.", "3"),
        (frozenset({"400", "2"}), "400k in 2 years", "That's 200k a year.", "200 200000"),
        (PRICES_SAID, PRICES, "Then say 4.05.", "4.05"),
        (frozenset({"12", "6"}), "12% off, I can do 6", "Say 2%. Then 4 for a year.", "2 4"),
        (frozenset({"90", "45"}), "90 days, now 45", "First 60 days, then 75.", "60 75"),
        (frozenset({"91", "97"}), "91 vs 97", "That's 9 in every 100, not 3.", "9 3 100"),
        (frozenset({"18000", "4"}), "Rs 4", "18,000 by 4 is 72,000 a month.", "72000"),
        (frozenset({"72000"}), "72,000", "72,000 a month is Rs 8.64 lakh a year.", "8.64"),
        (
            frozenset({"96000", "34"}),
            "96k, 34",
            "34 of them at about 2,824, or about 2,800.",
            "2824 2800",
        ),
        (frozenset({"12", "400"}), "12 of 400", "Write to them.", ""),
    ],
)
def test_what_follows(said: frozenset[str], ask: str, answer: str, expected: str) -> None:
    assert following_numbers(said, ask, answer) == frozenset(expected.split())


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (HOURS_SAID, "Nobody has seen 35 people."),
        (HOURS_SAID, "That's about 175 an hour."),
        (HOURS_SAID, "They have 9 offers."),
        (HOURS_SAID, "It's 12,500 a year."),
        (PRICES_SAID, "Offer 4.30."),
        (frozenset({"63", "190000"}), "It's about 3,500 a site."),  # off by more than its rounding
        (frozenset(), "They have 200 users."),
        (frozenset({"12", "6"}), "They lost 4 people."),
        (frozenset({"90", "45"}), "They have 60 people."),
    ],
)
def test_what_follows_from_nothing(said: frozenset[str], answer: str) -> None:
    assert following_numbers(said, "", answer) == frozenset()


def test_a_sum_needs_its_first_step() -> None:
    """69 alone follows from nothing: only the 189 and the 120 before it make it a sum."""
    assert following_numbers(HOURS_SAID, HOURS, "You're 69 over.") == frozenset()


def test_thousands_are_worked_with() -> None:
    said = frozenset({"400", "400000", "2", "340"})
    answer = "400k over 2 years is 200k a year, or 588 for each of 340."
    assert following_numbers(said, "", answer) >= {"200", "588"}


def test_the_digits_of_a_price_are_no_numbers() -> None:
    """40,000 and 12 don't make 52."""
    said = frozenset({"12", "40", "40000"})
    assert following_numbers(said, "12 off 40,000", "It's 52.") == frozenset()


def test_sums_of_two() -> None:
    assert worked_out(frozenset({"17", "2"})) == {"15", "19"}
    assert worked_out(frozenset({"12", "40000"})) == {"4800", "35200", "44800", "39988", "40012"}
    assert worked_out(frozenset({"17"})) == worked_out(frozenset()) == frozenset()
    assert worked_out(frozenset({"0", "5"})) == frozenset()
    assert len(worked_out(frozenset(str(n) for n in range(1_000, 1_400)))) < 5_000


@pytest.mark.parametrize(
    ("digits", "template", "most"),
    [
        (2, "They have {} people.", 0.08),
        (3, "They have {} people.", 0.02),
        (4, "They have {} people.", 0.005),
        (2, "With {said}, they have {} people.", 0.12),
        (3, "With {said}, they have {} people.", 0.02),
    ],
)
def test_few_numbers_follow_by_chance(
    playbook: Playbook, digits: int, template: str, most: float
) -> None:
    """Random numbers, five for each of 60 asks that others wrote."""
    chance = random.Random(1)
    free = free_word_index(playbook.free_words)
    hits = tries = 0
    for line in ASKS.read_text("utf-8").splitlines():
        ask = json.loads(line)["text"]
        said = Said(ask, (), free).numbers
        for number in chance.sample(range(10 ** (digits - 1), 10**digits), 5):
            if said and str(number) not in said:
                answer = template.format(number, said=chance.choice(sorted(said)))
                tries += 1
                hits += str(number) in following_numbers(said, ask, answer)
    assert tries > 200
    assert hits / tries <= most
