"""Texts of any length: Slack takes every view, since all of them are cut in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.core.advice import Advice
from bot.core.digest_stats import DigestFigures, Theme
from bot.core.languages import UiStrings
from bot.core.model import Delivery, Feedback, Preferences, Trap
from bot.core.playbook_model import Playbook, Question
from bot.core.policy import Limits
from bot.flows.channel_settings import ChannelOverview
from bot.flows.decision_log import DecisionLine
from bot.flows.digest_figures import sample_digest
from bot.flows.ports.channels import ChannelFigures, ChannelSettings
from bot.flows.ports.rendering import AskReply, Moment, ReflectionContent
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.preferences import HomeState
from bot.sandbox import validation
from bot.slack.views import (
    block_kit,
    channels,
    decisions,
    erasure,
    home,
    modals,
    nudge,
    settings_modal,
    teams,
    weekly,
    weekly_modals,
)
from bot.slack.views.block_kit import RenderedMessage, Strings
from bot.slack.views.digest import DigestView
from bot.slack.views.renderer import SlackRenderer

# Escaping makes it five times as long, so a cut can fall into an entity.
LONG = "a & <b> " * 1_000
TEAM = SalesTeam("G1", "T1", "U1", LONG, "mon 09:00", "C1")
QUESTION = Question("q1", LONG, "article")
ADVICE = Advice(
    trap=Trap.BLAME,
    situations=(),
    observation=LONG,
    questions=(QUESTION,) * 3,
    fill_in_sentence=LONG,
    if_then_plan=LONG,
)
NUDGE = {"mirror": LONG, "question": LONG, "credit": LONG}
REFLECTION = ReflectionContent(
    week="2026-W48",
    moments=(Moment(LONG, LONG, LONG), Moment(LONG, "", LONG)),
    idea=LONG,
    question=LONG,
    credits=(LONG, LONG),
    plan=LONG,
    keeps_answers=True,
)
FIGURES = DigestFigures((Theme(Trap.BLAME, 10, 1), Theme(Trap.FIXING, 5)))
LINES = [DecisionLine(LONG, "C1", LONG, ""), DecisionLine(LONG, "C1", "", LONG)] * 5


@pytest.fixture(params=["our strings", "long strings"])
def strings(request: pytest.FixtureRequest, playbook: Playbook) -> Strings:
    """Return our strings, or those of a translator who writes a lot."""
    if request.param == "our strings":
        return playbook.strings
    return {
        name: section
        if name == "time"
        else {key: f"{text} {LONG}" for key, text in section.items()}
        for name, section in playbook.strings.items()
    }


MESSAGES: dict[str, Callable[[Strings], RenderedMessage]] = {
    "line": lambda s: block_kit.line(LONG),
    "linked line": lambda s: block_kit.linked_line(block_kit.escape(LONG)),
    "nudge": lambda s: nudge.nudge(NUDGE, "k", s, Limits()),
    "private nudge": lambda s: nudge.nudge(NUDGE, "k", s, Limits(), private=True),
    "shared nudge": lambda s: nudge.nudge(NUDGE, "k", s, Limits(), private=True, note=LONG),
    "thanks": lambda s: nudge.ephemeral_line(
        {"line": LONG, "topic": Feedback.HELPFUL, "offer": "reflection"}, s, Limits()
    ),
    "wrong": lambda s: nudge.ephemeral_line({"line": LONG, "topic": Feedback.WRONG}, s, Limits()),
    "paused": lambda s: nudge.paused(LONG, "k", s, Limits()),
    "reflection": lambda s: weekly.reflection(REFLECTION, s),
    "reflection without moments": lambda s: weekly.reflection(replace(REFLECTION, moments=()), s),
    "follow-up": lambda s: weekly.follow_up("k", LONG, s),
    "invitation": lambda s: teams.invitation(TEAM, s),
    "manager gone": lambda s: teams.manager_gone(TEAM, s),
    "offer": lambda s: teams.offer(TEAM, s),
    "taken over": lambda s: teams.taken_over(TEAM, s),
    "manage": lambda s: teams.manage([TEAM, replace(TEAM, id="G2")], s),
    "hello": lambda s: channels.hello(
        "C1", s, may_speak=True, may_choose=True, delivery=Delivery.THREAD
    ),
    "hello to somebody who may not choose": lambda s: channels.hello(
        "C1", s, may_speak=True, may_choose=False, delivery=Delivery.THREAD
    ),
    "hello to a channel where it is off": lambda s: channels.hello(
        "C1", s, may_speak=True, may_choose=False, delivery=Delivery.THREAD, is_off=True
    ),
    "probation": lambda s: channels.probation(Trap.BLAME, LONG, s, not_useful=3, rated=30),
    "decisions": lambda s: decisions.decisions(LINES, s),
    "erasure": erasure.erasure_prompt,
}
VIEWS: dict[str, Callable[[Strings], dict[str, Any]]] = {
    "ask": modals.ask_form,
    "line": lambda s: modals.line_modal(LONG, s),
    "wrong": lambda s: modals.wrong_form("k", s, keeps_words=True),
    "reflection": lambda s: weekly_modals.reflection_form(s, "2026-W48", LONG),
    "settings": lambda s: settings_modal.settings_form(
        s,
        Preferences(),
        Limits(),
        ChannelOverview(ChannelSettings("C1"), ChannelFigures(5, 5), may_choose=True),
    ),
    "home": lambda s: home.home(
        HomeState(Preferences(), Limits(), LONG, True, tuple(LINES[:5]), 9), s, 90
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_slack_takes_every_message(strings: Strings, name: str) -> None:
    message = MESSAGES[name](strings)
    validation.validate_blocks(message.blocks)
    assert len(message.text) <= block_kit.FALLBACK_LIMIT


@pytest.mark.parametrize("name", VIEWS)
def test_slack_takes_every_view(strings: Strings, name: str) -> None:
    validation.validate_view(VIEWS[name](strings))


def test_slack_takes_every_digest_and_reply(strings: Strings, playbook: Playbook) -> None:
    digest = DigestView(strings, playbook).render(
        sample_digest(TEAM, 1_790_000_000.0, FIGURES, for_manager=True)
    )
    renderer = SlackRenderer(playbook)
    replies = [AskReply(advice=ADVICE), AskReply(question=QUESTION), AskReply(line=LONG)]
    for content in (
        digest,
        *(renderer.ask_reply(UiStrings("en", strings), reply) for reply in replies),
    ):
        validation.validate_blocks(content["blocks"])
        assert len(content["text"]) <= block_kit.FALLBACK_LIMIT


def test_a_long_plan_and_the_words_around_it_are_seen(playbook: Playbook) -> None:
    line = weekly.plan_line("x" * 5_000, playbook.strings)
    assert line.count("x") == weekly.PLAN_LIMIT - 1
    assert line.endswith('\u2026"')
    assert len(line) <= block_kit.SECTION_LIMIT


def test_the_form_takes_no_more_of_a_plan_than_is_shown(playbook: Playbook) -> None:
    form = weekly_modals.reflection_form(playbook.strings, "2026-W48", "")
    longest = {b["block_id"]: b["element"]["max_length"] for b in form["blocks"]}
    assert list(longest) == ["learned", "next", "plan"]
    assert longest["plan"] <= weekly.PLAN_LIMIT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12345", "12345"),
        ("123456", "1234\u2026"),
        ("123&amp;", "123\u2026"),
        ("12<@U1>", "12\u2026"),
        ("&amp;1", "\u2026"),
    ],
)
def test_a_cut_leaves_no_half_entity_or_mention(text: str, expected: str) -> None:
    assert block_kit.fit(text, 5, is_markup=True) == expected
