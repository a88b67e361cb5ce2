"""The weekly messages to a seller: the reflection and the follow-up."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from slack_sdk.models.blocks import ActionsBlock, Block

from bot.flows.ports.rendering import Moment, ReflectionContent
from bot.flows.ports.weekly import FollowUpOutcome
from bot.slack.views.block_kit import (
    RenderedMessage,
    Strings,
    as_json,
    button,
    escape,
    fit,
    header,
    section,
    small,
)

PLAN_LIMIT = 2_500  # characters; it and the words around it fit a paragraph

REFLECT = "reframe_reflect_open"
SKIP = "reframe_reflect_skip"
OFF = "reframe_reflect_off"
OUTCOME = "reframe_learnt_"  # + a name from ``_OUTCOME_NAMES``

# These names are in action ids and values of messages that were posted long ago.
_OUTCOME_NAMES = {
    FollowUpOutcome.LEARNED: "learnt",
    FollowUpOutcome.ASKED: "asked",
    FollowUpOutcome.NOT_YET: "not_yet",
}
_OUTCOMES = {name: outcome for outcome, name in _OUTCOME_NAMES.items()}


def reflection(content: ReflectionContent, strings: Strings) -> RenderedMessage:
    """Render a weekly reflection."""
    words = strings["reflection"]
    parts = [words["open" if content.keeps_answers else "open_unkept"]]
    if content.moments:
        moments = (_moment_line(moment, words) for moment in content.moments)
        parts.append("\n".join([words["moments"], *moments]))
    else:
        parts.append(Template(words["no_moments"]).substitute(idea=content.idea))
        parts.append(Template(words["question"]).substitute(question=content.question))
    if content.plan:
        parts.append(plan_line(content.plan, strings))
    blocks: list[Block] = [header(words["title"])]
    blocks += [section(part) for part in parts]
    blocks += [
        ActionsBlock(
            elements=[
                button(REFLECT, words, "look", content.week),
                button(SKIP, words, "skip", content.week),
                button(OFF, words, "off", content.week),
            ]
        ),
        small(Template(words["credit"]).substitute(credit=" \u00b7 ".join(content.credits))),
    ]
    return RenderedMessage(escape("\n".join([words["title"], *parts])), as_json(*blocks))


def reflected(week: str, text: str, strings: Strings) -> RenderedMessage:
    """Render what takes the place of a reflection that was filled in.

    Args:
        week: its ISO name. text: whether it was kept.
        strings: the UI strings.
    """
    words = strings["reflection"]
    again = button(REFLECT, words, "look", week)
    blocks = as_json(header(words["title"]), section(text), ActionsBlock(elements=[again]))
    return RenderedMessage(escape(f"{words['title']}\n{text}"), blocks)


def _moment_line(moment: Moment, words: Mapping[str, str]) -> str:
    if not moment.situation:
        return Template(words["moment_at"]).substitute(when=moment.when, question=moment.question)
    return Template(words["moment"]).substitute(
        when=moment.when, situation=moment.situation, question=moment.question
    )


def plan_line(plan: str, strings: Strings) -> str:
    """Return the sentence that repeats last time's plan, and asks how it went."""
    return Template(strings["reflection"]["plan"]).substitute(plan=fit(plan, PLAN_LIMIT))


def follow_up(key: str, question: str, strings: Strings) -> RenderedMessage:
    """Render the line that asks what came of a question.

    Args:
        key: of the nudge.
        question: that was asked.
        strings: the UI strings.
    """
    words = strings["followup"]
    text = Template(words["line"]).substitute(question=question)
    buttons = [
        button(f"{OUTCOME}{name}", words, outcome, f"{outcome}|{key}")
        for outcome, name in _OUTCOME_NAMES.items()
    ]
    return RenderedMessage(escape(text), as_json(section(text), ActionsBlock(elements=buttons)))


def read_outcome(value: str) -> tuple[FollowUpOutcome, str]:
    """Return the outcome and the nudge's key that a button of ``follow_up`` carries.

    Raises:
        ValueError: it isn't one of ours.
    """
    name, _, key = value.partition("|")
    return _OUTCOMES.get(name) or FollowUpOutcome(name), key
