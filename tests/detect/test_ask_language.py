"""Asks are told apart by language, however short, and no English one is turned away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.detect.learned_intents import may_be_english

CORPUS = Path("tests/corpus")
IN_GERMAN = {"auf deutsch geht auch?"}  # labeled as a question about the bot


def english_asks() -> Iterator[str]:
    """Yield the asks of the corpus that are labeled with what they want, all but foreign ones."""
    for folder in ("intents", "plays"):
        for path in sorted((CORPUS / folder).rglob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                if line.strip() and (row := json.loads(line)).get("intent") != "not_english":
                    yield row["text"]


@pytest.mark.parametrize(
    "asked",
    [
        "Kunde will Rabatt",
        "Der Chef will 20 % Rabatt",
        "Kein Budget mehr, was tun?",
        "Champion ist weg, was jetzt",
        "Termin abgesagt",
        "Die antworten nicht",
        "Acme will kündigen",
        "hilf mir bitte",
        "Deal verloren",
        "proyecto cancelado",
        "Keine Ahnung",
        "client perdu",
        "cliente perdido",
        "reunião cancelada",
        "klant wil korting",
        "brak budżetu",
        "ei budjettia",
        "bütçe yok",
        "Zákazník neodpovídá",
        "客户不回复我",
        # More words than a short ask, and nearly all of them the trade's: only some are German.
        "Champion weg, Economic Buyer ghostet, Demo war ok, Deal im Forecast, wie bekomme ich"
        " ein Meeting und was sage ich",
    ],
)
def test_a_short_ask_in_another_language_is_seen(asked: str) -> None:
    assert not may_be_english(asked)


@pytest.mark.parametrize(
    "asked",
    [
        "Zoë from Société Générale ghosted me",
        "Le Monde went dark",
        "die Bahn said no",
        "Der Spiegel wants a discount",
        "El Corte Inglés wants 20% off",
        "merci is what they said, nothing else",
        "We got Absage for the robot cell",
        "van der Berg wont sign",
        "multi-thread Nestlé?",
        "am I toast",
        "how do I prove ROI",
        "wtf do i do",
        "POC stalled",
        "MSA redlines",
        "ASML NDA hell",
        "Barça stadium deal",
        "hasta mañana, mariposa closes at 8 tonight fyi not 10",
        'They wrote "Der Preis ist uns zu hoch". Now?',
    ],
)
def test_foreign_names_and_scraps_stay_english(asked: str) -> None:
    assert may_be_english(asked)


def test_no_english_ask_of_the_corpus_is_turned_away() -> None:
    labeled = [text for text in english_asks() if text not in IN_GERMAN]
    wrong = [text for text in labeled if not may_be_english(text)]

    assert len(labeled) > 4_000
    assert wrong == []
