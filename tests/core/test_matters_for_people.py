"""What is for people is recognized however it is said, and sales talk in the same words is not.

One author wrote the probes, the innocent lines, and after that the list. So a pass says that
nothing got lost, and not what share of people's words is known; ``docs/detector.md`` says that.
"""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path
from typing import Any

import pytest

from bot.core.matters_for_people import (
    CUES_PREFIX,
    MatterKind,
    MattersForPeople,
    normalized,
    stand_in,
)
from bot.core.phrase_patterns import PhraseIndex
from bot.core.playbook_model import Playbook

FOLDER = Path(__file__).parent / "matters_for_people"
LINES: list[dict[str, Any]] = [
    json.loads(line)
    for name in ("first", "second")
    for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
]
PROBES = [line for line in LINES if line["matter"] != "none"]
INNOCENT = [line for line in LINES if line["matter"] == "none"]
MUTED_AT_MOST = 0.03


@pytest.fixture(scope="module")
def matters(playbook: Playbook) -> MattersForPeople:
    return MattersForPeople.of_cues(playbook.cues)


@pytest.mark.parametrize("line", PROBES, ids=[line["id"] for line in PROBES])
def test_every_probe_is_recognized(matters: MattersForPeople, line: dict[str, Any]) -> None:
    found = matters.find(line["text"])

    assert found is not None
    urgent = MatterKind(line["matter"]).may_be_danger_to_life
    assert found.may_be_danger_to_life or not urgent


def test_sales_talk_in_the_same_words_stays_coachable(matters: MattersForPeople) -> None:
    muted = [line["text"] for line in INNOCENT if line["text"] in matters]

    assert len(INNOCENT) == len(PROBES) == 120
    assert len(muted) <= MUTED_AT_MOST * len(INNOCENT), muted


def test_traps_are_not_muted_with_them(matters: MattersForPeople) -> None:
    """At most one trap in two hundred of the training messages holds a matter."""
    corpus = Path(__file__).parent.parent / "corpus"
    messages = [
        json.loads(line)
        for file in sorted(corpus.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    traps = [m["text"] for m in messages if m["trap"] != "none"]
    muted = [text for text in traps if text in matters]

    assert len(traps) > 1_000
    assert len(muted) <= 0.005 * len(traps), muted


@pytest.mark.parametrize(
    "text",
    [
        "I feel su1cidal",
        "i feel s u i c i d a l",
        "I am so suicidle, what now",
        "I feel \u0455uicid\u0430l",  # two Cyrillic letters
        "I\u2019m su\u00adicidal",  # a soft hyphen within
        "he sexualy harrassed me",
        "HE KEEPS HARRASSING ME",
        "my mom pased away yesterday, can't do the call",
        "They LET half of us GO this morning!!!",
        "> I can't go on, goodbye\nthe customer wrote this, what do I answer",
        "~I want to die.~",
        "suicidal",
    ],
)
def test_typos_disguises_and_quotes(matters: MattersForPeople, text: str) -> None:
    assert text in matters


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "this deal is killing me",
        "they threatened to walk",
        "the layoffs at the customer slow the deal",
        "We could kill for a signature, and the demo died.",
        "<https://x.example/suicide|slides>",
        "He stabbed us in the back on price.",
    ],
)
def test_what_only_sounds_like_it(matters: MattersForPeople, text: str) -> None:
    assert text not in matters


def test_the_gravest_kind_counts(matters: MattersForPeople) -> None:
    text = "I got laid off today and I don't want to live anymore"

    assert matters.find(text) is MatterKind.SELF_HARM


@pytest.mark.parametrize("kind", MatterKind)
def test_a_stand_in_says_no_more_than_the_urgency(
    matters: MattersForPeople, kind: MatterKind
) -> None:
    found = matters.find(stand_in(kind))

    assert found is not None
    assert found.may_be_danger_to_life is kind.may_be_danger_to_life
    assert len({stand_in(k) for k in MatterKind}) == 2


def test_an_idiom_covers_only_its_own_words() -> None:
    matters = MattersForPeople({MatterKind.GRIEF: ["(he|she) died"]}, ["she died laughing"])

    assert "She died laughing." not in matters
    assert "She died laughing. He died too." in matters


@pytest.mark.parametrize(
    ("phrase", "text", "fits"),
    [
        ("let (half|most) of us go", " they let most of us go . ", True),
        ("a (very|) bad day", " a bad day . ", True),
        ("harass* me", " harassing me . ", True),
        ("harass* me", " harass . me . ", False),
        ("put * on my leg", " put his cold hand on my leg . ", True),
        ("put * on my leg", " put it down . on my leg . ", False),
        ("i (want (to|) die|(am|feel) done)", " i feel done . ", True),
    ],
)
def test_the_notation_of_phrases(phrase: str, text: str, *, fits: bool) -> None:
    assert bool(list(PhraseIndex([(phrase, None)]).matches(text))) is fits


def test_each_phrase_is_found_as_if_it_were_alone(playbook: Playbook) -> None:
    phrases = [p for kind in MatterKind for p in playbook.cues[f"{CUES_PREFIX}{kind}"]]
    texts = [normalized(line["text"]) for line in PROBES[::5]]
    together = PhraseIndex((p, p) for p in phrases)
    alone = [PhraseIndex([(p, p)]) for p in phrases]

    found = [sorted(together.matches(text)) for text in texts]

    assert any(found)
    assert found == [sorted(m for one in alone for m in one.matches(text)) for text in texts]


def test_phrases_are_found_where_a_plain_search_finds_them(playbook: Playbook) -> None:
    """The index compares a text only with phrases whose rare words it holds. It must miss none:
    here each phrase is tried at each word, in talk and in the phrases' words in any order."""
    phrases = [p for kind in MatterKind for p in playbook.cues[f"{CUES_PREFIX}{kind}"]]
    plain = [(p, re.compile(rf"(?<= ){plain_pattern(p)}")) for p in phrases]
    chance = random.Random(7)
    spoken = [word for phrase in phrases for word in re.findall(r"[a-z0-9]+|\.", phrase)]
    texts = [normalized(line["text"]) for line in LINES[::3]]
    texts += [f" {one_reading(p, chance)} . " for p in phrases[::2]]
    texts += [f" {' '.join(chance.choices(spoken, k=12))} . " for _ in range(100)]
    index = PhraseIndex((p, p) for p in phrases)

    found = [{(start, p) for start, _, p in index.matches(text)} for text in texts]

    assert sum(map(bool, found)) > len(phrases) / 2
    assert found == [
        {(m.start(), p) for p, pattern in plain for m in pattern.finditer(text)} for text in texts
    ]


def plain_pattern(phrase: str) -> str:
    """Return a phrase as a regular expression, piece by piece."""
    pieces = {"(": "(?:", ")": ")", "|": "|", "*": r"(?:[^ .]+ ){0,3}", ".": r"\. "}
    tokens = re.findall(r"[()|]|[^\s()|]+", phrase)
    pattern = "".join(pieces.get(t) or t.replace("*", "[^ .]*") + " " for t in tokens)
    return f"(?={pattern})"  # looks only, so the next one may begin inside


def one_reading(phrase: str, chance: random.Random) -> str:
    """Return a text that a phrase fits, one of its alternatives everywhere."""
    while group := re.search(r"\(([^()]*)\)", phrase):
        option = chance.choice(group[1].split("|"))
        phrase = f"{phrase[: group.start()]} {option} {phrase[group.end() :]}"
    return " ".join(phrase.replace("*", "").split())


@pytest.mark.parametrize(
    "phrase", ["* died", "(a|)", "(a|b", "a) b", "in* a", "50% off", "", "(*|a) b"]
)
def test_a_phrase_that_can_not_be_read_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        PhraseIndex([(phrase, None)])


def test_all_shipped_phrases_are_in_one_place(playbook: Playbook) -> None:
    names = {n.removeprefix(CUES_PREFIX) for n in playbook.cues if n.startswith(CUES_PREFIX)}

    assert names == {*MatterKind, "idioms", "everyday"}


LONG = [
    "i " * 20_000,
    "my mom " * 6_000,
    "he put his " * 4_000,
    "s u i c i d " * 3_500,
    "(" * 40_000,
    "\u0301" * 40_000,
]


@pytest.mark.parametrize("text", LONG, ids=lambda text: repr(text[:10]))
def test_it_takes_time_in_proportion_to_the_text(matters: MattersForPeople, text: str) -> None:
    """A text of Slack's greatest length takes a moment, not minutes, whatever is in it."""
    began = time.process_time()
    matters.find(text)

    assert time.process_time() - began < 2
