"""Who is asked, and whose word counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot import playbook
from bot.core.model import Reason, Trap, Verdict
from bot.detect.cascade import Cascade, Mode
from bot.detect.offline import OfflineDetector
from bot.flows.ports import JudgeFailed
from tests.house import ENTITLEMENT, ORDINARY

HARASSMENT = "Their director groped my colleague, what a jerk, they owe her an apology."
GERMAN = "Der Kunde ist einfach ein Idiot und schuldet uns eine Antwort, nach all der Arbeit."

YES = Verdict(Trap.BLAME, 0.95, suspicious=True, sure=True, detector="judge-x")
NO = Verdict(None, 0.05, suspicious=True, sure=False, detector="judge-x")


class Sage:
    """A judge with one opinion; implements ``bot.flows.ports.Judge``."""

    name = "judge-x"

    def __init__(self, opinion: Verdict | None, rests: bool = False) -> None:
        self.opinion = opinion
        self.rests = rests
        self.asked: list[tuple[str, Sequence[str]]] = []

    def ready(self) -> bool:
        return not self.rests

    async def judge(self, text: str, context: Sequence[str] = ()) -> Verdict:
        self.asked.append((text, context))
        if self.opinion is None:
            raise JudgeFailed("no answer in time")
        return self.opinion


class Purse:
    """So many calls; implements ``bot.flows.ports.Budget``."""

    def __init__(self, calls: int = 100) -> None:
        self.calls = calls

    async def take(self, team: str, now: float) -> bool:
        self.calls -= 1
        return self.calls >= 0


@pytest.fixture(scope="module")
def offline() -> OfflineDetector:
    return OfflineDetector.shipped(playbook.read().cues)


def cascade(
    offline: OfflineDetector, judge: Sage, mode: Mode = Mode.SUSPICIOUS, calls: int = 100
) -> Cascade:
    return Cascade(offline, judge, mode, Purse(calls), clock=lambda: 0.0)


async def test_the_judge_has_the_last_word_both_ways(offline: OfflineDetector) -> None:
    assert offline.glance(ENTITLEMENT).sure
    assert await cascade(offline, Sage(NO)).judge("T", ENTITLEMENT) == NO
    assert await cascade(offline, Sage(YES)).judge("T", ENTITLEMENT, ["before"]) == YES


async def test_the_judge_gets_the_context(offline: OfflineDetector) -> None:
    judge = Sage(YES)
    await cascade(offline, judge).judge("T", ENTITLEMENT, ["before"])

    assert judge.asked == [(ENTITLEMENT, ["before"])]


@pytest.mark.parametrize("judge", [Sage(None), Sage(YES, rests=True)])
async def test_without_an_answer_the_offline_verdict_stands(
    offline: OfflineDetector, judge: Sage
) -> None:
    verdict = await cascade(offline, judge).judge("T", ENTITLEMENT)

    assert verdict == replace(offline.glance(ENTITLEMENT), fell_back=True)
    assert verdict.sure


async def test_when_the_money_is_spent_the_offline_verdict_stands(offline: OfflineDetector) -> None:
    judge = Sage(NO)
    purse = cascade(offline, judge, calls=1)

    assert await purse.judge("T", ENTITLEMENT) == NO
    assert (await purse.judge("T", ENTITLEMENT)).sure
    assert len(judge.asked) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [(HARASSMENT, Reason.NEVER_COACH), (GERMAN, Reason.OTHER_LANGUAGE), (ORDINARY, None)],
)
async def test_nobody_is_asked_about_what_is_never_answered(
    offline: OfflineDetector, text: str, reason: Reason | None
) -> None:
    judge = Sage(YES)
    verdict = await cascade(offline, judge).judge("T", text)

    assert judge.asked == []
    assert not verdict.sure
    assert verdict.why is reason


async def test_the_modes(offline: OfflineDetector) -> None:
    """Off asks nobody; doubtful about the likely; suspicious about what passes the gate."""
    sure = offline.glance(ENTITLEMENT)
    wide = Verdict(Trap.BLAME, offline.doubt - 0.01, suspicious=True, sure=False, detector="x")
    judge = Sage(YES)

    assert not cascade(offline, judge, Mode.OFF).would_ask(sure)
    assert cascade(offline, judge, Mode.DOUBTFUL).would_ask(sure)
    assert not cascade(offline, judge, Mode.DOUBTFUL).would_ask(wide)
    assert cascade(offline, judge, Mode.SUSPICIOUS).would_ask(wide)


async def test_a_promise_is_a_possible_answer(offline: OfflineDetector) -> None:
    wide = Verdict(Trap.BLAME, 0.1, suspicious=True, sure=False, detector="x")

    assert not offline.promises(wide)
    assert cascade(offline, Sage(YES)).promises(wide)
    assert not cascade(offline, Sage(YES)).promises(offline.glance(ORDINARY))
