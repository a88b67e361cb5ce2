"""The renderer: every message that the stories send, checked by the fake Slack's rules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import pytest

from bot.core.advice import Advice
from bot.core.digest_stats import DigestFigures, Theme
from bot.core.model import Delivery, Trap
from bot.core.phrases import Phrases
from bot.core.playbook_model import Playbook, Question
from bot.core.weekly_theme import WeeklyTheme
from bot.flows.digest_figures import sample_digest
from bot.flows.ports.rendering import (
    AskReply,
    Content,
    DigestContent,
    Moment,
    ReflectionContent,
)
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.weekly import FollowUpOutcome
from bot.sandbox import validation
from bot.slack.views import channels, digest, weekly
from bot.slack.views.renderer import SlackRenderer

EVIL = "<!channel> <@U2> <#C2> <https://evil.example|bonus>"
TEAM = SalesTeam("G1", "T1", "U1", f"North {EVIL} & co", "mon 09:00", "C1")
QUESTION = Question("q1", "What could help?", "article")
ADVICE = Advice(
    trap=Trap.BLAME,
    situations=("silence",),
    observation="it is quiet",
    questions=(QUESTION,),
    fill_in_sentence="I need ___.",
    if_then_plan="If they call, then I will ask.",
)
FIGURES = DigestFigures(
    themes=(Theme(Trap.BLAME, 10, 1), Theme(Trap.FIXING, 5)),
)
LONG = "x" * 5_000


class InEnglish:
    """Renders in English, so that no test has to say so."""

    def __init__(self, playbook: Playbook) -> None:
        self._renderer, self._strings = SlackRenderer(playbook), playbook.strings

    def line(self, text: str) -> Content:
        return self._renderer.line(text)

    def __getattr__(self, name: str) -> Any:
        return partial(getattr(self._renderer, name), self._strings)


@pytest.fixture
def renderer(playbook: Playbook) -> InEnglish:
    return InEnglish(playbook)


def reflection(**changes: Any) -> ReflectionContent:
    values: dict[str, Any] = {
        "week": "2026-W48",
        "moments": (Moment("Tuesday, December 1", "where they'd gone quiet", "What could help?"),),
        "idea": "An idea.",
        "question": "What next?",
        "credits": ("Idea from: x", "Idea from: y"),
        "plan": "If they call, then I will ask.",
        "keeps_answers": True,
    }
    return ReflectionContent(**{**values, **changes})


def digest_content(**changes: Any) -> DigestContent:
    values: dict[str, Any] = {
        "team": TEAM,
        "week": "2026-W48",
        "theme": WeeklyTheme(Trap.BLAME, turn=0, from_calendar=False),
        "figures": FIGURES,
        "figures_until": 1_764_547_200.0,  # Monday 2025-12-01, 00:00 UTC
        "for_manager": True,
    }
    return DigestContent(**{**values, **changes})


EVERY_MESSAGE: dict[str, Callable[[InEnglish], Content]] = {
    "line": lambda r: r.line("a < b & c"),
    "line that links": lambda r: r.line(EVIL),
    "long line": lambda r: r.line(LONG),
    "reply: line": lambda r: r.ask_reply(AskReply(line="Sorry.")),
    "reply: question": lambda r: r.ask_reply(AskReply(question=QUESTION, trap=Trap.BLAME)),
    "reply: advice": lambda r: r.ask_reply(AskReply(advice=ADVICE, trap=Trap.BLAME)),
    "hello": lambda r: r.hello("C1", may_speak=True, may_choose=True, delivery=Delivery.THREAD),
    "hello, outsiders": lambda r: r.hello(
        "C1", may_speak=False, may_choose=True, delivery=Delivery.THREAD
    ),
    "notice": lambda r: r.channel_notice(),
    "probation": lambda r: r.probation(Trap.BLAME, not_useful=4, rated=30),
    "probation, nobody rated": lambda r: r.probation(Trap.BLAME, not_useful=0, rated=0),
    "reflection": lambda r: r.reflection(reflection()),
    "reflection, no moments": lambda r: r.reflection(reflection(moments=(), plan="")),
    "reflection, a plan that links": lambda r: r.reflection(reflection(plan=EVIL)),
    "reflection, long plan": lambda r: r.reflection(reflection(plan=LONG)),
    "follow-up": lambda r: r.follow_up("k1", "What could help?"),
    "invitation": lambda r: r.invitation(TEAM),
    "manager gone": lambda r: r.manager_gone(TEAM),
    "team offered": lambda r: r.team_offer(TEAM),
    "team taken over": lambda r: r.team_taken_over(TEAM),
    "digest": lambda r: r.digest(digest_content()),
    "digest, no figures": lambda r: r.digest(digest_content(figures=DigestFigures())),
    "digest, shared": lambda r: r.digest(digest_content(for_manager=False)),
}


@pytest.mark.parametrize("name", EVERY_MESSAGE)
def test_slack_takes_every_message(renderer: InEnglish, name: str) -> None:
    """Blocks are lists that Slack accepts, encoded nowhere; the text is not empty."""
    content = EVERY_MESSAGE[name](renderer)

    assert content["text"]
    assert isinstance(content["blocks"], list)
    for key in ("blocks", "plain_blocks"):
        if key in content:
            validation.validate_blocks(content[key])
    assert json.loads(json.dumps(content)) == content


@pytest.mark.parametrize("name", EVERY_MESSAGE)
def test_no_message_notifies_or_links(renderer: InEnglish, name: str) -> None:
    """What other people wrote stands in plain text, or is escaped."""
    content = EVERY_MESSAGE[name](renderer)
    markdown = [text for text in texts(content["blocks"]) if text["type"] == "mrkdwn"]

    for written in (content["text"], *(text["text"] for text in markdown)):
        assert not re.search(r"<!|<http|<@U2|<#C2", written)


def texts(value: Any) -> list[dict[str, Any]]:
    """Return every text object in some blocks."""
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    if not isinstance(value, dict):
        return []
    if value.get("type") in ("mrkdwn", "plain_text"):
        return [value]
    return [text for item in value.values() for text in texts(item)]


def elements(content: Content) -> list[dict[str, Any]]:
    return [e for b in content["blocks"] if b["type"] == "actions" for e in b["elements"]]


def test_advice_says_everything_twice(renderer: InEnglish, playbook: Playbook) -> None:
    """The notification says what the blocks say; the buttons carry the topic, and no words."""
    content = renderer.ask_reply(
        AskReply(advice=ADVICE, trap=Trap.BLAME, situations=("silence", "price"))
    )

    for said in ("it is quiet", "What could help?", "I need ___.", "If they call"):
        assert said in content["text"]
        assert said in str(content["blocks"])
    assert [(e["action_id"], e["value"]) for e in elements(content)] == [
        ("reframe_another", "blame|silence,price|q1"),
        ("reframe_why", "blame|silence,price|q1"),
    ]
    assert playbook.text("advice", "skipped") not in content["text"]


def test_advice_without_a_trap(renderer: InEnglish) -> None:
    """Without a trap the observation stands alone, and the buttons carry no trap."""
    content = renderer.ask_reply(AskReply(advice=ADVICE))

    assert content["text"].startswith("it is quiet")
    assert {e["value"] for e in elements(content)} == {"||q1"}


def test_hello_offers_every_delivery(renderer: InEnglish) -> None:
    """Whoever invited the bot chooses where questions go; at first, where the house says."""
    private = elements(
        renderer.hello("C1", may_speak=True, may_choose=True, delivery=Delivery.PRIVATE)
    )
    assert private[0]["initial_option"]["value"] == "private|C1"
    select, sample = elements(
        renderer.hello("C1", may_speak=True, may_choose=True, delivery=Delivery.THREAD)
    )

    assert select["action_id"] == "reframe_mode"
    assert sample["action_id"] == channels.EXAMPLE
    assert [channels.read_delivery(o["value"]) for o in select["options"]] == [
        (delivery, "C1") for delivery in Delivery
    ]
    assert select["initial_option"]["value"] == "thread|C1"
    assert (
        "<#C1>"
        in renderer.hello("C1", may_speak=False, may_choose=True, delivery=Delivery.THREAD)["text"]
    )


def test_hello_offers_nothing_where_the_bot_is_off(renderer: InEnglish) -> None:
    """Whoever invited it and may not turn it on hears that it stays off, and who can."""
    content = renderer.hello(
        "C1", may_speak=True, may_choose=False, delivery=Delivery.THREAD, is_off=True
    )

    assert "I'm turned off there" in content["text"]
    assert not elements(content)


def test_probation_names_the_share(renderer: InEnglish, playbook: Playbook) -> None:
    """An admin reads which trap, how many ratings, and can let it speak again."""
    content = renderer.probation(Trap.BLAME, not_useful=4, rated=30)
    (button,) = elements(content)

    assert playbook.traps[Trap.BLAME].title in content["text"]
    assert "13 %" in content["text"]
    assert (button["action_id"], button["value"]) == ("reframe_clear", "blame")


def test_reflection_buttons_carry_the_week(renderer: InEnglish) -> None:
    """Reflect, skip, and no more of these."""
    content = renderer.reflection(reflection())

    assert [(e["action_id"], e["value"]) for e in elements(content)] == [
        ("reframe_reflect_open", "2026-W48"),
        ("reframe_reflect_skip", "2026-W48"),
        ("reframe_reflect_off", "2026-W48"),
    ]
    assert "If they call, then I will ask" in content["text"]
    assert "An idea." not in content["text"]


def test_a_quiet_week_has_an_idea(renderer: InEnglish) -> None:
    """Without moments there are an idea and a question for the week, and no plan if none is."""
    content = renderer.reflection(reflection(moments=(), plan=""))

    assert "An idea." in content["text"]
    assert "What next?" in content["text"]
    assert "your plan" not in content["text"]


def test_a_long_plan_is_cut(renderer: InEnglish) -> None:
    """A plan that is longer than a section is cut, and the words around it stay."""
    content = renderer.reflection(reflection(plan=LONG))

    (plan,) = (t["text"] for t in texts(content["blocks"]) if "\u2026" in t["text"])
    assert plan.startswith("How did your plan go?")
    assert 2_000 <= len(plan) <= 3_000


def test_a_moment_says_what_it_was_about(renderer: InEnglish) -> None:
    """The day and the situation; without one, the time. The small print credits what is shown."""
    moments = (
        Moment("Tuesday, December 1", "where they'd gone quiet", "What could help?"),
        Moment("Wednesday, December 2, 2:05 PM", "", "What else?"),
    )
    content = renderer.reflection(reflection(moments=moments))

    assert "Tuesday, December 1, where they'd gone quiet: What could help?" in content["text"]
    assert "Wednesday, December 2, 2:05 PM: What else?" in content["text"]
    assert "Idea from: x \u00b7 Idea from: y" in str(content["blocks"][-1])


def test_follow_up_outcomes(renderer: InEnglish) -> None:
    """Action ids are those of messages posted before; values name the outcomes of today."""
    content = renderer.follow_up("k1", "What could help?")
    ids = [e["action_id"] for e in elements(content)]
    read = [weekly.read_outcome(e["value"]) for e in elements(content)]

    assert ids == ["reframe_learnt_learnt", "reframe_learnt_asked", "reframe_learnt_not_yet"]
    assert read == [(outcome, "k1") for outcome in FollowUpOutcome]
    assert elements(content)[0]["value"] == "learned|k1"


def test_outcomes_of_old_buttons() -> None:
    """A button that was posted before the outcome was renamed is still understood."""
    assert weekly.read_outcome("learnt|k1") == (FollowUpOutcome.LEARNED, "k1")
    with pytest.raises(ValueError, match="learning"):
        weekly.read_outcome("learning|k1")


def test_invitation(renderer: InEnglish) -> None:
    """The manager is mentioned; the team's name can't mention anyone."""
    content = renderer.invitation(TEAM)

    assert "<@U1>" in content["text"]
    assert "North &lt;!channel&gt; " in content["text"]
    assert [(e["action_id"], e["value"]) for e in elements(content)] == [
        ("reframe_team_yes", "G1"),
        ("reframe_team_no", "G1"),
    ]


def test_digest_with_and_without_its_chart(renderer: InEnglish) -> None:
    """The chart is the only difference between the two layouts."""
    content = renderer.digest(digest_content())
    chart = [b for b in content["blocks"] if b["type"] == "data_visualization"]

    assert len(chart) == 1
    assert content["plain_blocks"] == [b for b in content["blocks"] if b not in chart]
    assert digest.read_share(elements(content)[0]["value"]) == ("G1", "2026-W48")


def test_figures_of_a_digest(renderer: InEnglish) -> None:
    """Each theme by its plain name, with a trend if there is one, and what was found helpful."""
    content = renderer.digest(digest_content(figures=replace(FIGURES, found_helpful=20)))

    figures = content["text"].split("\n")
    start = figures.index("Sellers, in the four weeks up to Sunday, November 30")
    assert figures[start + 1 : start + 4] == [
        "Stuck on their side: 10 or more, up",
        "Their own reasons: 5 or more",
        "Found a question helpful: 20 or more",
    ]


def test_one_theme_needs_no_chart(renderer: InEnglish) -> None:
    """There is nothing to compare it with. A line without a figure is left out."""
    content = renderer.digest(digest_content(figures=DigestFigures((Theme(Trap.BLAME, 5),))))

    assert content["blocks"] == content["plain_blocks"]
    assert "Stuck on their side: 5 or more" in content["text"]
    assert "helpful" not in content["text"]
    assert "calendar" not in content["text"]


def test_digest_without_figures(renderer: InEnglish, playbook: Playbook) -> None:
    """The theme is the calendar's and says so; all that a meeting needs is there."""
    theme = WeeklyTheme(Trap.FIXING, turn=2, from_calendar=True)
    content = renderer.digest(digest_content(figures=DigestFigures(), theme=theme))
    texts_of_theme = playbook.themes[Trap.FIXING]

    assert "comes from the calendar, not from anybody's messages" in content["text"]
    for said in (
        texts_of_theme.title,
        texts_of_theme.examples[2].heard,
        texts_of_theme.examples[2].instead,
        texts_of_theme.exercises[2],
        texts_of_theme.questions[2],
        "one thing a customer said",
        playbook.text("digest", "few"),
    ):
        assert said in content["text"]
    assert "or more" not in content["text"]
    assert content["blocks"] == content["plain_blocks"]


def every_digest() -> Iterator[DigestContent]:
    """Yield the digests of 60 weeks, with none to three themes, for the team and its manager."""
    traps = list(Trap)
    for week, shown in product(range(60), range(4)):
        themes = tuple(Theme(traps[(week + n) % 5], 10 if n else 50, n - 1) for n in range(shown))
        figures = DigestFigures(themes, found_helpful=10 if shown else 0)
        now = 1_790_000_000.0 + week * 7 * 86_400
        team = replace(TEAM, name="North")
        for for_manager in (True, False):
            yield sample_digest(team, now, figures, for_manager=for_manager)


def test_the_main_part_of_a_digest_is_short(renderer: InEnglish) -> None:
    """At most 150 words without the small print (rubric M8), whatever the week and the figures."""
    for content in every_digest():
        shown = renderer.digest(content)["plain_blocks"]
        main = [b["text"]["text"] for b in shown if b["type"] in ("header", "section")]
        assert len(" ".join(main).split()) <= 150, main


def test_no_digest_names_a_trap(renderer: InEnglish, playbook: Playbook) -> None:
    """Neither by its name nor, to the team, by the title of an article, which reads as a charge.
    The manager gets the credit."""
    names = Phrases((*playbook.rubric.trap_names, *(t.title for t in playbook.traps.values())))
    for content in every_digest():
        text = renderer.digest(content)["text"]
        article = playbook.articles[playbook.traps[content.theme.trap].article]
        assert names.first_match(text) is None, text
        assert (article.credit in text) is content.for_manager


def test_four_digests_in_a_row_differ(renderer: InEnglish) -> None:
    """With the same figures for four weeks, the example and the question are new each week."""
    one = DigestFigures((Theme(Trap.BLAME, 10),))
    weeks = [
        renderer.digest(
            sample_digest(TEAM, 1_790_000_000.0 + n * 7 * 86_400, one, for_manager=False)
        )["text"].split("\n")
        for n in range(4)
    ]
    for start in ("Invented example", "A question for the team"):
        lines = {line for week in weeks for line in week if line.startswith(start)}
        assert len(lines) == 4


def test_words_to_say_stand_apart(renderer: InEnglish) -> None:
    """A seller between two calls finds the words to say at a glance."""
    reply = (
        "Call “him” first.\n"
        "To him: Say it once. “Which of the two do you want to keep?” Then wait.\n"
        "If he asks for more: “I can do that & sign by then, or not at all.”\n"
        "Say “no” to <that>: “I would rather not do that at all.”"
    )
    shown = renderer.ask_reply(AskReply(advice=Advice(None, (), "", (), reply=reply)))

    assert [block["text"]["text"] for block in shown["blocks"][:4]] == [
        "Call “him” first.",
        "*To him:* Say it once.\n> “Which of the two do you want to keep?”\nThen wait.",
        "*If he asks for more:*\n> “I can do that &amp; sign by then, or not at all.”",
        "Say “no” to <that>: “I would rather not do that at all.”",
    ]
    assert shown["blocks"][3]["text"]["type"] == "plain_text"


def test_a_reply_reads_in_paragraphs(renderer: InEnglish) -> None:
    """They stand apart in the message, each with its lead in bold, and not in the text of the
    notification."""
    reply = "Call first.\nIf he waits: ask B & C.\nThen: write to *her*.\nThen write."
    advice = Advice(None, (), "", (), reply=reply, next_step="Call today.")
    shown = renderer.ask_reply(AskReply(advice=advice))

    assert [block["text"] for block in shown["blocks"][:4]] == [
        {"type": "plain_text", "text": "Call first.", "emoji": False},
        {"type": "mrkdwn", "text": "*If he waits:* ask B &amp; C.", "verbatim": True},
        {"type": "plain_text", "text": "Then: write to *her*.", "emoji": False},
        {"type": "plain_text", "text": "Then write.", "emoji": False},
    ]
    assert shown["text"].startswith("Call first.\nIf he waits: ask B &amp; C.\n")
