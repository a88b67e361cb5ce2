"""What comes once a week, laid out: the look back, the follow-up, the digest. Pure.

The chart is Slack's own (``data_visualization``, docs.slack.dev/reference/block-kit); text and
table say the same, and a second layout without the chart goes along for workspaces that refuse it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    HeaderBlock,
    MarkdownTextObject,
    SectionBlock,
    TextObject,
)

from bot.core.tally import Facts, Theme
from bot.core.words import Playbook
from bot.flows.digest import Digest
from bot.flows.reflect import LookBack
from bot.flows.week_ports import Group, Learnt
from bot.slack.blocks import Look, Voice, built, button, escaped, line, plain, small

LOOK = "reframe_reflect_open"
SKIP = "reframe_reflect_skip"
OFF = "reframe_reflect_off"
LEARNT = "reframe_learnt_"  # + the outcome
YES = "reframe_team_yes"
NO = "reframe_team_no"
SHARE = "reframe_share"
_CHART_TITLE = 50  # characters; labels have 20
_TREND = {1: "more", -1: "fewer", 0: "same", None: "unknown"}


class WeekLayout:
    """Implements ``bot.flows.reflect.Layout`` and ``bot.flows.digest.DigestLayout``.

    Args:
        playbook: the words.
    """

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self._voice: Voice = playbook.voice

    def look_back(self, shown: LookBack) -> Mapping[str, str]:
        words = self._voice["reflection"]
        parts = [words["open" if shown.kept else "open_unkept"]]
        if shown.moments:
            moments = [
                Template(words["moment"]).substitute(when=when, question=question)
                for when, question in shown.moments
            ]
            parts += [f"{words['moments']}\n" + "\n".join(moments)]
        else:
            parts += [Template(words["no_moments"]).substitute(idea=shown.idea)]
            parts += [Template(words["question"]).substitute(question=shown.question)]
        if all(shown.plan):
            when, then = shown.plan
            parts += [Template(words["plan"]).substitute({"if": when, "then": then})]
        rows: list[Block] = [HeaderBlock(text=plain(words["title"]))]
        rows += [SectionBlock(text=plain(part)) for part in parts]
        rows += [
            ActionsBlock(
                elements=[
                    button(LOOK, words, "look", shown.week),
                    button(SKIP, words, "skip", shown.week),
                    button(OFF, words, "off", shown.week),
                ]
            ),
            small(Template(words["credit"]).substitute(credit=shown.credit)),
        ]
        return Look("\n".join([words["title"], *parts]), built(*rows)).body

    def follow_up(self, key: str, question: str) -> Mapping[str, str]:
        words = self._voice["followup"]
        text = Template(words["line"]).substitute(question=question)
        choices = [button(f"{LEARNT}{o}", words, o, f"{o}|{key}") for o in Learnt]
        look = Look(text, built(SectionBlock(text=plain(text)), ActionsBlock(elements=choices)))
        return look.body

    def invitation(self, group: Group) -> Mapping[str, str]:
        words = self._voice["team"]
        text = Template(words["asked"]).substitute(
            manager=f"<@{group.manager}>", team=escaped(group.name)
        )
        choices = [button(YES, words, "yes", group.id), button(NO, words, "no", group.id)]
        section = SectionBlock(text=MarkdownTextObject(text=text, verbatim=True))
        return Look(text, built(section, ActionsBlock(elements=choices))).body

    def manager_gone(self, group: Group) -> Mapping[str, str]:
        text = Template(self._voice["team"]["manager_gone"]).substitute(team=group.name)
        return line(text).body

    def digest(self, shown: Digest) -> Mapping[str, str]:
        words, facts = self._voice["digest"], shown.facts
        head = self._headline(shown)
        lines = [*(self._row(t) for t in facts.themes), *self._questions(shown)]
        notes = self._notes(shown)
        rows: list[Block] = [
            HeaderBlock(text=plain(Template(words["title"]).substitute(week=shown.week))),
            SectionBlock(text=plain(head)),
        ]
        after: list[Block] = []
        if facts.themes:
            after += [SectionBlock(fields=self._table(facts))]
        questions = f"{words['questions']}\n" + "\n".join(self._questions(shown))
        after += [SectionBlock(text=plain(questions)), *(small(note) for note in notes)]
        if shown.shareable:
            value = f"{shown.group.id}|{shown.week}"
            after += [ActionsBlock(elements=[button(SHARE, words, "share", value)])]
        chart = [self._chart(facts)] if facts.themes else []
        text = "\n".join([head, *lines, *notes])
        body = Look(text, [*built(*rows), *chart, *built(*after)]).body
        return {**body, "plain": json.dumps(built(*rows, *after), ensure_ascii=False)}

    def _headline(self, shown: Digest) -> str:
        words, team = self._voice["digest"], shown.group.name
        if not shown.facts.themes:
            return Template(words["headline_none"]).substitute(team=team)
        title = self._playbook.traps[shown.facts.themes[0].trap].title
        return Template(words["headline"]).substitute(team=team, theme=title.lower())

    def _row(self, theme: Theme) -> str:
        title = self._playbook.traps[theme.trap].title
        return f"{title}: {self._band(theme.band)} ({self._trend(theme)})"

    def _table(self, facts: Facts) -> Sequence[str | TextObject]:
        words = self._voice["digest"]
        cells = [words["theme"], f"{words['sellers']} · {words['trend']}"]
        for theme in facts.themes:
            cells.append(self._playbook.traps[theme.trap].title)
            cells.append(f"{self._band(theme.band)} · {self._trend(theme)}")
        return [plain(cell) for cell in cells]

    def _chart(self, facts: Facts) -> dict[str, Any]:
        words = self._voice["digest"]
        titles = [self._playbook.traps[t.trap].title[:20] for t in facts.themes]
        data = [
            {"label": title, "value": theme.band}
            for title, theme in zip(titles, facts.themes, strict=True)
        ]
        return {
            "type": "data_visualization",
            "title": words["chart"][:_CHART_TITLE],
            "chart": {
                "type": "bar",
                "series": [{"name": words["chart_label"], "data": data}],
                "axis_config": {"categories": titles},
            },
        }

    def _questions(self, shown: Digest) -> list[str]:
        traps = [t.trap for t in shown.facts.themes] or [shown.article]
        return [self._playbook.traps[trap].for_the_team for trap in traps]

    def _notes(self, shown: Digest) -> list[str]:
        words, facts = self._voice["digest"], shown.facts
        trap = facts.themes[0].trap if facts.themes else shown.article
        notes = [self._playbook.articles[self._playbook.traps[trap].article].credit]
        if facts.empty:
            notes += [words["few"]]
        else:
            notes += [
                Template(words["health"]).substitute(
                    shown=self._band(facts.shown),
                    helpful=self._band(facts.helpful),
                    not_useful=self._band(facts.not_useful),
                    paused=self._band(facts.paused),
                )
            ]
        if facts.looked_back:
            notes += [words[f"looked_{facts.looked_back}"]]
        return [*notes, words["review"]]

    def _band(self, least: int) -> str:
        words = self._voice["digest"]
        return words[f"band_{least}"] if least else words["unknown"]

    def _trend(self, theme: Theme) -> str:
        return self._voice["digest"][_TREND[theme.trend]]
