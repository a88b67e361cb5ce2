"""The manager's weekly digest.

Its chart is Slack's ``data_visualization`` (docs.slack.dev/reference/block-kit). Text and table say
the same, and a second layout without the chart goes along for workspaces that refuse it.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from slack_sdk.models.blocks import ActionsBlock, Block, SectionBlock

from bot.core.digest_stats import DigestFigures, Theme
from bot.core.playbook_model import Playbook
from bot.flows.ports.rendering import Content, DigestContent
from bot.slack.views.block_kit import (
    FIELD_LIMIT,
    Json,
    RenderedMessage,
    Strings,
    as_json,
    button,
    escape,
    header,
    plain,
    section,
    small,
)

SHARE = "reframe_share"

_CHART_TITLE = 50  # characters
_CHART_LABEL = 20  # characters
_TREND = {1: "more", -1: "fewer", 0: "same", None: "unknown"}


class DigestView:
    """Renders digests.

    Args:
        strings: the UI strings.
        playbook: titles, questions and credits of the traps.
    """

    def __init__(self, strings: Strings, playbook: Playbook) -> None:
        self._words: Mapping[str, str] = strings["digest"]
        self._playbook = playbook

    def render(self, content: DigestContent) -> Content:
        """Return a digest with its chart, and as ``plain_blocks`` without."""
        words, figures = self._words, content.figures
        headline, notes = self._headline(content), self._notes(content)
        questions = self._questions(content)
        title = Template(words["title"]).substitute(week=content.week)
        before_chart: list[Block] = [header(title), section(headline)]
        after_chart: list[Block] = []
        if figures.themes:
            after_chart.append(
                SectionBlock(fields=[plain(c, FIELD_LIMIT) for c in self._cells(figures)])
            )
        after_chart.append(section("\n".join([words["questions"], *questions])))
        after_chart += [small(note) for note in notes]
        if content.for_manager:
            after_chart.append(small(words["ending"]))
        if content.for_manager and content.team.channel_id:
            share = button(SHARE, words, "share", f"{content.team.id}|{content.week}")
            after_chart.append(ActionsBlock(elements=[share]))
        chart = [self._chart(figures)] if figures.themes else []
        lines = [headline, *(self._row(t) for t in figures.themes), *questions, *notes]
        rendered = RenderedMessage(
            escape("\n".join(lines)), [*as_json(*before_chart), *chart, *as_json(*after_chart)]
        )
        return {**rendered.content, "plain_blocks": as_json(*before_chart, *after_chart)}

    def _headline(self, content: DigestContent) -> str:
        words, name, themes = self._words, content.team.name, content.figures.themes
        if not themes:
            return Template(words["headline_none"]).substitute(team=name)
        theme = self._title(themes[0]).lower()
        return Template(words["headline"]).substitute(team=name, theme=theme)

    def _row(self, theme: Theme) -> str:
        return f"{self._title(theme)}: {self._band(theme.band)} ({self._trend(theme)})"

    def _cells(self, figures: DigestFigures) -> list[str]:
        words = self._words
        cells = [words["theme"], f"{words['sellers']} · {words['trend']}"]
        for theme in figures.themes:
            cells += [self._title(theme), f"{self._band(theme.band)} · {self._trend(theme)}"]
        return cells

    def _chart(self, figures: DigestFigures) -> Json:
        words = self._words
        labels = [self._title(theme)[:_CHART_LABEL] for theme in figures.themes]
        data = [
            {"label": label, "value": theme.band}
            for label, theme in zip(labels, figures.themes, strict=True)
        ]
        return {
            "type": "data_visualization",
            "title": words["chart"][:_CHART_TITLE],
            "chart": {
                "type": "bar",
                "series": [{"name": words["chart_label"], "data": data}],
                "axis_config": {"categories": labels},
            },
        }

    def _questions(self, content: DigestContent) -> list[str]:
        traps = [theme.trap for theme in content.figures.themes] or [content.article]
        return [self._playbook.traps[trap].team_question for trap in traps]

    def _notes(self, content: DigestContent) -> list[str]:
        words, figures = self._words, content.figures
        trap = figures.themes[0].trap if figures.themes else content.article
        notes = [self._playbook.articles[self._playbook.traps[trap].article].credit]
        if figures.empty:
            notes.append(words["few"])
        return [*notes, words["review"]]

    def _title(self, theme: Theme) -> str:
        return self._playbook.traps[theme.trap].title

    def _band(self, lowest: int) -> str:
        return self._words[f"band_{lowest}"]

    def _trend(self, theme: Theme) -> str:
        return self._words[_TREND[theme.trend]]


def read_share(value: str) -> tuple[str, str]:
    """Return the team's id and the week that the button carries."""
    team_id, _, week = value.partition("|")
    return team_id, week
