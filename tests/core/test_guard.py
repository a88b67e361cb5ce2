"""The guard stops every reply that breaks the rubric: each rule, its limits, smuggled text."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.guard import Guard
from bot.core.model import Reply
from bot.core.playbook_model import Playbook, Rubric

MIRROR = "No answer so far from them."
QUESTION = "What could you ask them this week?"
CREDIT = "Idea from an article on what customers owe us"

RULES = {
    "trap_names": "R5 names the trap",
    "verdicts": "R5 holds a verdict",
    "directives": "R6 directs",
    "feelings": "R2 names a feeling",
    "cheering": "R8 cheers",
    "harsh_lines": "R10 quotes a harsh line",
    "openings": "R3 opens badly",
}


@pytest.fixture(scope="module")
def guard(playbook: Playbook) -> Guard:
    """Return the guard with the shipped rubric and credits."""
    return Guard(playbook.rubric, frozenset(a.credit for a in playbook.articles.values()))


def reply(mirror: str = MIRROR, question: str = QUESTION, credit: str = CREDIT) -> Reply:
    """Return a valid reply, apart from the given parts."""
    return Reply("q", mirror, question, credit)


def words(count: int, end: str, start: str = "Many") -> str:
    """Return a sentence with this number of words."""
    return " ".join([start, *["thing"] * (count - 1)]) + end


def test_a_good_reply_passes(guard: Guard) -> None:
    """A short mirror or none, an open question and a known credit pass."""
    assert guard.violations(reply()) == []
    assert guard.violations(reply(mirror="")) == []


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        ("R1", reply(question="What comes first. What then. And what after that?")),
        ("R2", reply(" ")),
        ("R2", reply("Quiet for now.")),
        ("R2", reply(words(26, "."))),
        ("R2", reply("No answer so far from them")),
        ("R2", reply("No answer so far. The week is over.")),
        ("R2", reply("You are frustrated with this account.")),
        ("R3", reply(question="What is next? And what then?")),
        ("R3", reply("No answer (or is there one?) from them.")),
        ("R3", reply(question="What could you ask them this week.")),
        ("R3", reply(question="What could you ask? Them, this week.")),
        ("R3", reply(question=words(21, "?", "What"))),
        ("R3", reply(question="Who over there could tell you?")),
        ("R3", reply(question="what could you ask them?")),
        ("R3", reply(question="Whatever could you ask them?")),
        ("R3", reply(question="Could you ask them, and how?")),
        ("R3", reply(question="Why is it quiet?")),
        ("R3", reply(question="What is quiet there, and why?")),
        ("R3", reply("It is open why this is quiet.")),
        ("R5", reply("There is some blaming in this.")),
        ("R5", reply("The buyer there is a jerk.")),
        ("R5", reply("They said \u201clater\u201d in this deal.")),
        ("R6", reply("You should call them this week.")),
        ("R7", reply("There is more at www.northwind about them.")),
        ("R8", reply("Great job with this account.")),
        ("R8", reply("No answer so far \U0001f600 from them.")),
        ("R8", reply("No answer so far (!) from them.")),
        ("R10", reply("They owe us nothing so far.")),
        ("R10", reply(credit="Idea from somebody else")),
        ("R10", reply(credit=CREDIT + " ")),
        ("R10", reply(credit="")),
    ],
)
def test_each_rule_alone(guard: Guard, rule: str, bad: Reply) -> None:
    """A reply that breaks one rule is stopped for that rule only."""
    found = guard.violations(bad)

    assert [violation.split()[0] for violation in found] == [rule]


def test_too_many_words(guard: Guard) -> None:
    """A reply of 61 words is too long; one of 60 is not."""
    found = [guard.violations(reply(words(n, "."))) for n in (53, 54)]

    assert ["R1 more than 60 words" in violations for violations in found] == [False, True]


@pytest.mark.parametrize(
    "good",
    [
        reply(words(4, ".")),
        reply(words(25, ".")),
        reply(question=words(20, "?", "What")),
        reply(question="How could you ask them?"),
        reply(question="What is next. And what then?"),
        reply("It's about a crude, stopgap, adjusted tool."),
    ],
)
def test_replies_at_the_limits_pass(guard: Guard, good: Reply) -> None:
    """The longest and shortest allowed texts pass, as do words that contain a forbidden one."""
    assert guard.violations(good) == []


@pytest.mark.parametrize("name", Rubric.__slots__)
def test_each_forbidden_phrase_is_stopped(guard: Guard, playbook: Playbook, name: str) -> None:
    """Each phrase is stopped in mirror and question, in any case and with any apostrophe."""
    passed = [
        variant
        for phrase in getattr(playbook.rubric, name)
        for variant in (phrase, phrase.upper(), phrase.replace("'", "\u2019"))
        for bad in (
            reply(mirror=f"It goes like {variant} over there."),
            reply(question=f"What of {variant} over there?"),
        )
        if not any(violation.startswith(RULES[name]) for violation in guard.violations(bad))
    ]

    assert passed == []


def test_the_guard_uses_the_given_lists(playbook: Playbook) -> None:
    """The guard knows the phrases and credits it is given, and no others."""
    rubric = Rubric(*((f"{name} word",) for name in Rubric.__slots__))
    guard = Guard(rubric, frozenset({"ours"}))

    assert guard.violations(reply("The buyer there is a jerk.", credit="ours")) == []
    assert guard.violations(reply("It holds a verdicts word now.", credit="ours")) == [
        "R5 holds a verdict: verdicts word"
    ]


NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
HOSTS = st.builds(
    "{}.{}".format, NAMES, st.sampled_from(["com", "io", "net", "org", "de", "ai", "co.uk", "COM"])
)
SCHEMES = st.sampled_from(["http://", "https://", "HTTPS://", "www.", "mailto:me@"])
LINKS = st.one_of(
    HOSTS,
    st.builds("{}{}".format, SCHEMES, HOSTS),
    st.builds("https://{}/{}".format, HOSTS, NAMES),
    st.builds("<https://{}|{}>".format, HOSTS, NAMES),
)
MENTIONS = st.one_of(
    st.builds("{}{}".format, st.sampled_from(["@", "#", "<@U", "<#C", "<"]), NAMES),
    st.sampled_from(["<!here>", "<!channel>", "<!subteam^S1>", "@here", "@channel", "@everyone"]),
)
EMOJI = st.one_of(
    st.builds(":{}:".format, NAMES),
    st.sampled_from([":+1:", ":man-shrugging:", ":thumbsup::skin-tone-2:"]),
    st.sampled_from([*"\u2600\u2764\u2705\u2728\u2b50\u2b06\u23f0\u231b\u25b6\u203c\u2049"]),
    st.characters(min_codepoint=0x1F300, max_codepoint=0x1FAFF),
    st.sampled_from(["\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd", "\u2764\ufe0f"]),
)
QUOTES = st.builds(
    "{0[0]}{1}{0[1]}".format,
    st.sampled_from(
        ['""', "\u201c\u201d", "\u201e\u201c", "\u00ab\u00bb", "\u00bb\u00ab", "\u2039\u203a"]
    ),
    NAMES,
)
PLACES = st.tuples(st.booleans(), st.integers(0, 4))


def smuggled(text: str, place: tuple[bool, int]) -> Reply:
    """Return a valid reply with a text inserted between two of its words."""
    in_mirror, index = place
    parts = (MIRROR if in_mirror else QUESTION).split()
    changed = " ".join([*parts[: index + 1], text, *parts[index + 1 :]])
    return reply(mirror=changed) if in_mirror else reply(question=changed)


@given(text=st.one_of(LINKS, MENTIONS), place=PLACES)
@settings(derandomize=True, deadline=None, max_examples=400)
def test_no_link_or_mention_passes(guard: Guard, text: str, place: tuple[bool, int]) -> None:
    """A link, address, mention or channel call is stopped anywhere in the reply."""
    assert "R7 link, mention or channel call" in guard.violations(smuggled(text, place))


@given(text=EMOJI, place=PLACES)
@example(text="\u2b50", place=(True, 2))
@example(text="\u23f0", place=(True, 2))
@settings(derandomize=True, deadline=None, max_examples=400)
def test_no_emoji_passes(guard: Guard, text: str, place: tuple[bool, int]) -> None:
    """An emoji, as a character or a shortcode, is stopped anywhere."""
    assert "R8 exclamation mark or emoji" in guard.violations(smuggled(text, place))


@given(text=QUOTES, place=PLACES)
@settings(derandomize=True, deadline=None, max_examples=200)
def test_no_quotation_passes(guard: Guard, text: str, place: tuple[bool, int]) -> None:
    """A quotation in any common marks is stopped anywhere."""
    assert "R5 quotation marks" in guard.violations(smuggled(text, place))


@given(mirror=st.text(), question=st.text(), credit=st.text())
@settings(derandomize=True, deadline=None, max_examples=200)
def test_any_text_is_checked(guard: Guard, mirror: str, question: str, credit: str) -> None:
    """The guard returns a list of rules for any text, and stops an unknown credit."""
    found = guard.violations(Reply("q", mirror, question, credit))

    assert "R10 credit is not in the registry" in found
    assert all(violation.startswith("R") for violation in found)
