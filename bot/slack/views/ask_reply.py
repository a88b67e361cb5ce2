"""Replies to asks, as a message or inside a modal."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

from slack_sdk.models.blocks import ActionsBlock, Block

from bot.core.advice import Advice
from bot.core.leads import lines_with_leads, spoken_apart
from bot.flows.advice_topic import pack_topic, unpack_question
from bot.flows.ports.rendering import AskReply
from bot.slack.views.block_kit import (
    RenderedMessage,
    Strings,
    as_json,
    button,
    escape,
    line,
    linked_line,
    linked_section,
    section,
    small,
)

ANOTHER = "reframe_another"
WHY = "reframe_why"
BLANK = "___"


def ask_reply(reply: AskReply, strings: Strings) -> RenderedMessage:
    """Render advice, one more question, or a line."""
    if reply.advice:
        return _advice(reply, reply.advice, strings)
    if reply.question:
        sentence = strings["advice"]["question"]
        text = Template(sentence).substitute(question=reply.question.text)
        return RenderedMessage(escape(text), as_json(section(text), _buttons(reply, strings)))
    return linked_line(reply.line) if reply.is_markup else line(reply.line)


def _advice(reply: AskReply, advice: Advice, strings: Strings) -> RenderedMessage:
    words = strings["advice"]
    observation = advice.observation
    if reply.trap and observation:
        observation = Template(words["observation"]).substitute(observation=observation)
    reply_first = "" if advice.reply_is_note else advice.reply
    parts = [
        ("", reply_first),
        ("", observation),
        (words["reworded"], advice.reworded),
        (words["draft" if BLANK in advice.draft else "draft_ready"], advice.draft.strip()),
        ("", advice.reply if advice.reply_is_note else ""),
        (words["opening"], advice.opening),
        (words["customer_questions"], _questions(advice)),
        (words["questions"], "\n".join(q.text for q in advice.questions)),
        (words["fill_in_sentence"], advice.fill_in_sentence),
        (words["next_step"], advice.next_step),
        (words["if_then_plan"], advice.if_then_plan),
    ]
    blocks: list[Block] = []
    lines = []
    for label, text in parts:
        if not text:
            continue
        if label and advice.is_labeled:
            blocks.append(small(label))
            lines.append(f"{label}:")
        blocks += _prose(text) if text == advice.reply else [section(text)]
        lines.append(text)
    if advice.skipped:
        blocks.append(small(words["skipped"]))
        lines.append(words["skipped"])
    blocks += [_buttons(reply, strings), small(words["footer"])]
    return RenderedMessage(escape("\n".join(lines)), as_json(*blocks))


def _prose(reply: str) -> list[Block]:
    """Return a reply's paragraphs, one block each: Slack folds up a long one."""
    return [
        _paragraph(lead, spoken_apart(rest))
        for lead, rest in lines_with_leads(reply)
        if rest.strip()
    ]


def _paragraph(lead: str, parts: Sequence[tuple[bool, str]]) -> Block:
    """Return a paragraph: its lead in bold, and each of the words to say as a quotation."""
    if not lead and not any(is_spoken for is_spoken, _ in parts):
        return section(" ".join(part for _, part in parts))
    lines = [f"> {escape(part)}" if is_spoken else escape(part) for is_spoken, part in parts]
    if lead and parts[0][0]:
        lines.insert(0, f"*{escape(lead)}*")
    elif lead:
        lines[0] = f"*{escape(lead)}* {lines[0]}"
    return linked_section("\n".join(lines))


def _questions(advice: Advice) -> str:
    """Return the questions to the customer, with bullets where no heading tells what they are."""
    bullet = "" if advice.is_labeled else "\u2022 "
    return "\n".join(f"{bullet}{question}" for question in advice.customer_questions)


def _buttons(reply: AskReply, strings: Strings) -> ActionsBlock:
    words, value = strings["advice"], pack_topic(reply)
    buttons = [button(ANOTHER, words, "another", value)]
    if unpack_question(value):  # an answer that applies no idea of ours has no source to show
        buttons.append(button(WHY, words, "why", value))
    return ActionsBlock(elements=buttons)
