"""What is certain about a message, what is in doubt, and which questions that leaves."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from bot.core.coach import Coach
from bot.core.model import Reason, Trap
from bot.core.playbook_model import Playbook, Question
from bot.core.situations import SituationReading, no_deal_to_ask_about

DEMO = Question("demo", "What of it?", "x", when=("demo",), needs=("demo",))
LIVE = Question("live", "What of it?", "x", unless=("lost", "project"))
ALWAYS = Question("always", "What of it?", "x")
GENERAL = Question("general", "What of it?", "x", when=("general",), unless=("lost",))


@pytest.mark.parametrize(
    ("situations", "fitting"),
    [
        ((), [LIVE, ALWAYS, GENERAL]),
        (("demo",), [DEMO, LIVE, ALWAYS, GENERAL]),
        (("demo?",), [LIVE, ALWAYS, GENERAL]),
        (("lost",), [ALWAYS]),
        (("lost?",), [ALWAYS]),
        (("demo", "project?"), [DEMO, ALWAYS, GENERAL]),
        (("demo", "general"), [ALWAYS, GENERAL]),
        (("several",), [ALWAYS]),
    ],
)
def test_a_question_needs_certainty_and_shuns_doubt(
    situations: tuple[str, ...], fitting: list[Question]
) -> None:
    assert [q for q in (DEMO, LIVE, ALWAYS, GENERAL) if q.fits(situations)] == fitting


@pytest.mark.parametrize(
    ("text", "situations", "reason"),
    [
        ("Customers are all like that, every one of them.", ["general"], Reason.NO_ONE_DEAL),
        ("Acme won't sign, and Birch is no better.", ["several", "silence"], Reason.NO_ONE_DEAL),
        ("They just don't see what they would get.", ["general?"], None),
        ("\U0001f921", [], Reason.TOO_LITTLE),
        ("idiots, the lot :clown_face:", ["named_person"], Reason.TOO_LITTLE),
        ("ghosted by the cowards", ["silence"], None),
        ("they are just plain lazy", [], None),
    ],
)
def test_silence_if_there_is_no_deal_to_ask_about(
    text: str, situations: list[str], reason: Reason | None
) -> None:
    assert no_deal_to_ask_about(text, situations) is reason


class FixedReader:
    """Reads the same into every message, and remembers what it was given."""

    def __init__(self, certain: Collection[str], possible: Collection[str]) -> None:
        self._reading = SituationReading(frozenset(certain), frozenset(possible))
        self.cued: list[list[str]] = []

    def __call__(self, text: str, cued: Collection[str]) -> SituationReading:
        self.cued.append(list(cued))
        return self._reading


def test_the_reader_has_the_last_word(playbook: Playbook) -> None:
    """It gets what the phrases found, and may drop it, add to it, or doubt."""
    reader = FixedReader(certain={"silence", "lost"}, possible={"project"})
    coach = Coach(playbook, 30.0, reader)

    found = coach.find_situations("Two pilots and a quote later, still nothing.")

    assert found == ["lost", "silence", "project?"]
    assert reader.cued == [["pilot", "proposal"]]


def test_only_questions_for_lost_deals_first_if_one_is_lost(playbook: Playbook) -> None:
    """Those come first; when they are used up, what fits any message."""
    coach = Coach(playbook, 30.0)
    for trap in Trap:
        asked: dict[str, float] = {}
        chosen = []
        while question := coach.next_question(
            trap, ["lost", "silence"], asked=asked, now=0.0, key="k"
        ):
            chosen.append(question)
            asked[question.id] = 0.0
        for_lost = [q for q in chosen if "lost" in q.when]

        assert for_lost
        assert chosen[: len(for_lost)] == for_lost
        assert not any("lost" in q.unless for q in chosen)
