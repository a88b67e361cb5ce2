"""The manager's weekly digest: a theme for the team meeting, and figures where there are any.

Its chart is Slack's ``data_visualization`` (docs.slack.dev/reference/block-kit). The text says the
same, and a second layout without the chart goes along for workspaces that refuse it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Template

from slack_sdk.models.blocks import ActionsBlock, Block

from bot.core.digest_stats import Theme
from bot.core.durations import format_day
from bot.core.model import Person, Trap
from bot.core.playbook_model import Playbook
from bot.core.policy import DAY
from bot.core.weekly_slot import week_end
from bot.flows.ports.rendering import Content, DigestContent
from bot.slack.views.block_kit import (
    Json,
    RenderedMessage,
    Strings,
    as_json,
    button,
    escape,
    header,
    section,
    small,
)

SHARE = "reframe_share"

_CHART_TITLE = 50  # characters
_TREND = {1: "more", -1: "fewer", 0: "same"}
_UTC = Person.unknown("")  # the weeks of digests are UTC weeks


class DigestView:
    """Renders digests.

    Args:
        strings: the UI strings.
        playbook: the texts of the themes, and credits.
    """

    def __init__(self, strings: Strings, playbook: Playbook) -> None:
        self._words: Mapping[str, str] = strings["digest"]
        self._time = strings["time"]
        self._playbook = playbook

    def render(self, content: DigestContent) -> Content:
        """Return a digest with its chart, and as ``plain_blocks`` without."""
        title = self._fill("title", day=self._day(week_end(content.week)))
        meeting, rows, notes = self._meeting(content), self._rows(content), self._notes(content)
        before_chart: list[Block] = [header(title), *map(section, meeting)]
        if rows:
            before_chart.append(section("\n".join(rows)))
        after_chart: list[Block] = [small(note) for note in notes]
        if content.for_manager and content.team.channel_id:
            value = f"{content.team.id}|{content.week}"
            after_chart.append(ActionsBlock(elements=[button(SHARE, self._words, "share", value)]))
        rendered = RenderedMessage(
            escape("\n".join([title, *meeting, *rows, *notes])),
            [
                *as_json(*before_chart),
                *self._chart(content.figures.themes),
                *as_json(*after_chart),
            ],
        )
        return {**rendered.content, "plain_blocks": as_json(*before_chart, *after_chart)}

    def _meeting(self, content: DigestContent) -> list[str]:
        """Return what the team meeting can use, a paragraph each."""
        theme, texts = content.theme, self._playbook.themes[content.theme.trap]
        example = theme.pick(texts.examples)
        headline = self._fill("headline", team=content.team.name, theme=texts.title)
        if theme.from_calendar:
            headline = f"{headline}\n{self._words['calendar']}"
        return [
            headline,
            self._fill("example", heard=example.heard, instead=example.instead),
            self._fill("exercise", exercise=theme.pick(texts.exercises)),
            self._fill("question", question=theme.pick(texts.questions)),
            self._words["bring"],
        ]

    def _rows(self, content: DigestContent) -> list[str]:
        """Return the figures under a heading, a line each; nothing if there are none."""
        figures = content.figures
        if figures.empty:
            return []
        rows = [self._fill("figures", day=self._day(content.figures_until - DAY))]
        rows += [self._row(theme) for theme in figures.themes]
        if figures.found_helpful:
            rows.append(self._fill("worked", count=self._band(figures.found_helpful)))
        return rows

    def _row(self, theme: Theme) -> str:
        values = {"theme": self._label(theme.trap), "count": self._band(theme.band)}
        if theme.trend is None:
            return self._fill("row", **values)
        return self._fill("row_trend", **values, trend=self._words[_TREND[theme.trend]])

    def _chart(self, themes: Sequence[Theme]) -> list[Json]:
        """Return the chart; a single theme has nothing to be compared with, so it gets none."""
        if len(themes) < 2:
            return []
        labels = [self._label(theme.trap) for theme in themes]
        data = [
            {"label": label, "value": theme.band}
            for label, theme in zip(labels, themes, strict=True)
        ]
        chart = {
            "type": "bar",
            "series": [{"name": self._words["chart_label"], "data": data}],
            "axis_config": {"categories": labels},
        }
        title = self._words["chart"][:_CHART_TITLE]
        return [{"type": "data_visualization", "title": title, "chart": chart}]

    def _notes(self, content: DigestContent) -> list[str]:
        """Return the small print. Articles are for the manager: their titles read as a charge."""
        notes = [self._words["few"]] if content.figures.empty else []
        notes.append(self._words["review"])
        if content.for_manager:
            article = self._playbook.traps[content.theme.trap].article
            notes += [self._playbook.articles[article].credit, self._words["ending"]]
        return notes

    def _fill(self, key: str, **values: str) -> str:
        return Template(self._words[key]).substitute(values)

    def _day(self, at: float) -> str:
        return format_day(at, _UTC, self._time)

    def _label(self, trap: Trap) -> str:
        return self._playbook.themes[trap].label

    def _band(self, lowest: int) -> str:
        return self._words[f"band_{lowest}"]


def read_share(value: str) -> tuple[str, str]:
    """Return the team's id and the week that the button carries."""
    team_id, _, week = value.partition("|")
    return team_id, week
