"""What the bot answers when it is asked, as a message or inside a modal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import Template

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ConfirmObject,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from bot.core.coach import Advice
from bot.flows.ask import packed
from bot.flows.ask_ports import Answer
from bot.flows.wishes import Told
from bot.slack.blocks import Look, Voice, built, button, mention, plain, small

ANOTHER = "reframe_another"
WHY = "reframe_why"
FORGET = "reframe_forget"


def answer(given: Answer, voice: Voice) -> Look:
    """An answer: advice, one more question, or a line."""
    words = voice["advice"]
    if given.advice:
        return _advice(given, given.advice, voice)
    if given.question:
        text = Template(words["question"]).substitute(question=given.question.text)
        return Look(text, built(SectionBlock(text=plain(text)), _more(given, voice)))
    return Look(given.line, built(SectionBlock(text=plain(given.line))))


def why(decided: Sequence[Told], voice: Voice) -> Look:
    """The last decisions about a person's own messages."""
    words = voice["record"]
    if not decided:
        return Look(words["none"], built(SectionBlock(text=plain(words["none"]))))
    lines = list(told(decided, voice))
    rows: list[Block] = [SectionBlock(text=plain(words["why"]))]
    rows += [SectionBlock(text=MarkdownTextObject(text=row, verbatim=True)) for row in lines]
    return Look("\n".join([words["why"], *lines]), built(*rows))


def told(decided: Iterable[Told], voice: Voice) -> Iterable[str]:
    """One line a decision, the channel by its name."""
    words = voice["record"]
    for one in decided:
        said = words["said" if one.question else "quiet"]
        yield Template(said).substitute(
            when=one.when, channel=mention(one.channel), question=one.question, reason=one.reason
        )


def forget(voice: Voice) -> Look:
    """Whether all is to be erased; asked twice, since nothing brings it back."""
    words = voice["record"]
    erase = button(FORGET, words, "forget_button", "forget", style="danger", confirm=sure(voice))
    return Look(
        words["forget"],
        built(SectionBlock(text=plain(words["forget"])), ActionsBlock(elements=[erase])),
    )


def sure(voice: Voice) -> ConfirmObject:
    """The second question before all is erased."""
    words = voice["record"]
    return ConfirmObject(
        title=words["forget_title"],
        text=PlainTextObject(text=words["forget"]),
        confirm=words["forget_confirm"],
        deny=words["forget_deny"],
    )


def _advice(given: Answer, advice: Advice, voice: Voice) -> Look:
    words = voice["advice"]
    near = Template(words["near"]).substitute(near=advice.near) if given.trap else advice.near
    parts = [
        ("", near),
        (words["questions"], "\n".join(q.text for q in advice.questions)),
        (words["reworded"] if advice.reworded else words["frame"], advice.reworded or advice.frame),
        (words["move"], advice.move),
    ]
    rows: list[Block] = []
    lines = []
    for label, text in parts:
        if not text:
            continue
        if label:
            rows.append(small(label))
            lines.append(f"{label}:")
        rows.append(SectionBlock(text=plain(text)))
        lines.append(text)
    if advice.skipped:
        rows.append(small(words["skipped"]))
        lines.append(words["skipped"])
    rows += [_more(given, voice), small(words["footer"])]
    return Look("\n".join(lines), built(*rows))


def _more(given: Answer, voice: Voice) -> ActionsBlock:
    words, value = voice["advice"], packed(given.trap, given.scenes)
    return ActionsBlock(
        elements=[
            button(ANOTHER, words, "another", value),
            button(WHY, words, "why", value),
        ]
    )
