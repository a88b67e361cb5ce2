"""The words that ship: complete, credited rightly, fit to be said, refused when bad."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from string import Template

import pytest

from bot import playbook as words
from bot.core.coach import ANY
from bot.core.guard import Guard
from bot.core.model import Feedback, Reason, Reply, Trap
from bot.core.words import Playbook
from bot.playbook import prompts_folder
from bot.wordfile import PlaybookProblem

SHIPPED = prompts_folder()
FILES = sorted(p.relative_to(SHIPPED).as_posix() for p in SHIPPED.rglob("*.toml"))
BUTTON_LENGTH = 75  # docs.slack.dev/reference/block-kit/block-elements/button-element

# What is confirmed of each article: trap, title, author, date, and the credit that may be shown.
# An empty text means that it is not known, so it must not be claimed.
CONFIRMED = {
    "customer-is-your-problem": (
        Trap.BLAME,
        "The Problem With Believing Your Customer Is Your Problem",
        "",
        "",
        'Idea from: "The Problem With Believing Your Customer Is Your Problem"',
    ),
    "colors-our-engagement": (
        Trap.LABELLING,
        "What We Think of Our Customers Colors Our Engagement",
        "Dave Brock",
        "8 February 2019",
        'Idea from: "What We Think of Our Customers Colors Our Engagement", Dave Brock',
    ),
    "trying-to-fix": (
        Trap.FIXING,
        'Trying To "Fix" Our Customers',
        "David Brock",
        "1 April 2022",
        'Idea from: "Trying To "Fix" Our Customers", David Brock',
    ),
    "what-they-owe-us": (
        Trap.ENTITLEMENT,
        "",
        "",
        "",
        "Idea from an article on what customers owe us",
    ),
    "us-that-keep-them": (
        Trap.FUTURE_PITCHING,
        "Maybe It's Us That Keep Our Customers From Moving Forward",
        "Dave Brock",
        "",
        'Idea from: "Maybe It\'s Us That Keep Our Customers From Moving Forward", Dave Brock',
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the words, to be changed."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "prompts"))


@pytest.mark.parametrize("trap", Trap)
def test_every_possible_reply_may_be_said(playbook: Playbook, trap: Trap) -> None:
    """Every mirror with every question of a trap passes the guard."""
    guard = Guard(playbook.rubric, frozenset(a.credit for a in playbook.articles.values()))
    said = [
        Reply(f"{m.id} {q.id}", m.text, q.text, playbook.articles[q.article].credit)
        for m in playbook.traps[trap].mirrors
        for q in playbook.traps[trap].questions
    ]
    stopped = [(r.question_id, found) for r in said if (found := guard.breaches(r))]

    assert stopped == []


@pytest.mark.parametrize("trap", Trap)
def test_each_trap_has_enough_to_ask(playbook: Playbook, trap: Trap) -> None:
    """A trap has 15 questions or more, 6 of them for any message, all opening What or How."""
    questions = playbook.traps[trap].questions

    assert len(questions) >= 15
    assert sum(not q.needs for q in questions) >= 6
    assert [q.text for q in questions if not re.match(r"(What|How)\b", q.text)] == []


@pytest.mark.parametrize("trap", Trap)
def test_each_name_in_a_trap_is_known(playbook: Playbook, trap: Trap) -> None:
    """Questions and mirrors name articles and situations that exist."""
    trap_words = playbook.traps[trap]
    situations = {s.id for s in playbook.situations}
    named = {name for q in trap_words.questions for name in (*q.when, *q.needs)}
    articles = {trap_words.article, *(q.article for q in trap_words.questions)}

    assert articles <= set(playbook.articles)
    assert named <= situations
    assert {m.when for m in trap_words.mirrors} <= situations | {ANY}


def test_ids_are_unique_over_all_traps(playbook: Playbook) -> None:
    """No two questions, and no two mirrors, of any traps share an id."""
    for kind in ("questions", "mirrors"):
        ids = [entry.id for trap in playbook.traps.values() for entry in getattr(trap, kind)]

        assert sorted(set(ids)) == sorted(ids)


def test_only_what_is_confirmed_is_credited(playbook: Playbook) -> None:
    """Title, author, date and credit of each article are what is confirmed, no more and no less."""
    entries = tomllib.loads((SHIPPED / "articles.toml").read_text(encoding="utf-8"))["articles"]
    said = {e["id"]: (e["trap"], e["title"], e["author"], e["date"], e["credit"]) for e in entries}

    assert said == CONFIRMED
    assert {a.id: a.credit for a in playbook.articles.values()} == {
        name: facts[-1] for name, facts in CONFIRMED.items()
    }
    assert {t.article: t.trap for t in playbook.traps.values()} == {
        name: facts[0] for name, facts in CONFIRMED.items()
    }


def test_the_voice_has_a_sentence_for_everything(playbook: Playbook) -> None:
    """Each reason and each answer to a button has its sentence, with known names in it only."""
    said = {f"quiet.{r}": playbook.say("quiet", r) for r in Reason}
    said |= {f"feedback.{f}": playbook.say("feedback", f) for f in Feedback}
    names = {key: Template(text).get_identifiers() for key, text in said.items()}

    assert [key for key, text in said.items() if not re.fullmatch(r"[A-Z].{5,}\.", text)] == []
    assert {key: found for key, found in names.items() if found} == {"feedback.pause": ["until"]}


def test_an_unknown_sentence_is_an_error(playbook: Playbook) -> None:
    """Asking for words that do not exist is an error, not an empty sentence."""
    with pytest.raises(KeyError):
        playbook.say("quiet", "no_such_reason")


def test_button_texts_fit(playbook: Playbook) -> None:
    """Whatever has a label for screen readers is a button: both fit into what Slack shows."""
    buttons = {
        f"{section}.{name}": words
        for section, table in playbook.voice.items()
        for key in table
        if key.endswith("_label")
        for name, words in ((key, table[key]), (key[:-6], table.get(key[:-6], "button")))
    }

    assert len(buttons) > 20
    assert {n: w for n, w in buttons.items() if not 0 < len(w) <= BUTTON_LENGTH} == {}


def test_another_language_is_one_file(folder: Path) -> None:
    """A voice file of another language is read in the place of the English one, and checked."""
    english = (folder / "voice.toml").read_text(encoding="utf-8")
    german = english.replace('helpful = "Helpful"', 'helpful = "Hilfreich"')
    (folder / "voice.de.toml").write_text(german, encoding="utf-8")

    assert words.read(folder, "de").say("nudge", "helpful") == "Hilfreich"
    (folder / "voice.de.toml").write_text(german.replace("$until", "$bis"), encoding="utf-8")
    with pytest.raises(PlaybookProblem, match=r"\$bis"):
        words.read(folder, "de")


@pytest.mark.parametrize("name", FILES)
def test_the_version_changes_with_any_word(folder: Path, playbook: Playbook, name: str) -> None:
    """One changed word in any file of words makes another version; the same words make the same."""
    same = words.read(folder).version
    (folder / "README.md").write_text("Other advice.", encoding="utf-8")
    still = words.read(folder).version
    path = folder / name
    path.write_text(path.read_text(encoding="utf-8") + "# one word\n", encoding="utf-8")

    assert same == still == playbook.version
    assert words.read(folder).version != playbook.version


Change = Callable[[str], str]
BLAME = "traps/blame.toml"


def sub(pattern: str, new: str) -> Change:
    """A change of the first place that fits a pattern; there must be one."""

    def change(text: str) -> str:
        changed, times = re.subn(pattern, new, text, count=1, flags=re.MULTILINE)
        assert times == 1, f"nothing to change: {pattern}"
        return changed

    return change


def put(entry: str, line: str) -> Change:
    """Puts a line in the place of the one with its key, in the entry of that id."""
    key = line.partition(" = ")[0]
    return sub(rf'(^id = "{entry}"\n(?:.+\n)*?){key} = .*', rf"\g<1>{line}")


def drop(entry: str, key: str) -> Change:
    """Turns a key into a comment, in the entry of that id."""
    return sub(rf'(^id = "{entry}"\n(?:.+\n)*?){key} = ', r"\g<1># no key = ")


def empty(name: str) -> Change:
    """Empties a list of words."""
    return sub(rf"^{name} = [^]]*", f"{name} = [")


def seven_questions(text: str) -> str:
    """Keeps the first seven questions, and all mirrors."""
    parts = text.split("[[questions]]")
    return "[[questions]]".join(parts[:8]) + text[text.index("[[mirrors]]") :]


def five_untied(text: str) -> str:
    """Lets all but five of the questions for any message need something."""
    parts = text.split("needs = []")
    return "needs = []".join(parts[:6]) + "".join(f'needs = ["demo"]{p}' for p in parts[6:])


def never_any(text: str) -> str:
    """Ties each mirror to a situation."""
    return text.replace('when = "any"', 'when = "demo"')


in_feedback = sub(r"(^\[feedback\]\n(?:.+\n)*?wrong = ).*", r'\g<1>"$9"')
Q1, Q5, M1, M4 = "blame-01", "blame-05", "blame-m01", "blame-m04"
AT_Q1, AT_Q5, AT_M1, AT_M4 = (f'id = "{name}"' for name in (Q1, Q5, M1, M4))

# What is wrong, file, change, where the line must point to, words of the message. A place of ""
# means line 1: what is missing from a file as a whole has no line of its own.
BAD: list[tuple[str, str, Change, str, str]] = [
    ("broken TOML", "rubric.toml", sub("^verdicts = ", "verdicts == "), "verdicts ==", "Invalid"),
    ("left open", "cues.toml", sub(r"\Z", 'x = """'), 'x = """', "Unterminated"),
    ("no text", BLAME, drop(Q5, "text"), AT_Q5, '"text" must be a text'),
    ("no id", BLAME, sub(f"^{AT_Q5}\n", ""), "[[questions]]\ntext", "no id"),
    ("no title", BLAME, sub("^title = .*", ""), "", '"title" must be a text'),
    ("no credit", "articles.toml", drop("trying-to-fix", "credit"), 'id = "tr', '"credit" must be'),
    ("no cues", "situations.toml", sub(r'("lost"\n.*\n)cues', r"\1clues"), 'id = "lost"', '"cues"'),
    ("empty list", "rubric.toml", empty("cheering"), "cheering = []", "missing or empty"),
    ("no words", "cues.toml", empty("customer_side"), "customer_side = []", "missing or empty"),
    ("no sentence", "voice.toml", sub("^no_trap = .*", ""), "[quiet]", '"no_trap" is missing'),
    ("article", BLAME, put(Q5, 'article = "news"'), AT_Q5, 'no article is called "news"'),
    ("own article", BLAME, put("blame", 'article = "x"'), 'article = "x"', 'called "x"'),
    ("when", BLAME, put(Q5, 'when = ["rain"]'), AT_Q5, 'no situation is called "rain"'),
    ("needs", BLAME, put(Q5, 'needs = ["rain"]'), AT_Q5, 'no situation is called "rain"'),
    ("mirror's when", BLAME, put(M4, 'when = "rain"'), AT_M4, 'no situation is called "rain"'),
    ("double id", BLAME, sub('"blame-02"', f'"{Q5}"'), AT_Q5, f'the id "{Q5}" stands twice'),
    ("wrong trap", BLAME, sub('^id = "blame"', 'id = "shame"'), "", 'id must be "blame"'),
    ("too few questions", BLAME, seven_questions, "", "at least 15 are needed"),
    ("too few for any message", BLAME, five_untied, "", "fewer than 6"),
    ("no mirror for any message", BLAME, never_any, "[[mirrors]]", 'when = "any"'),
    ("directs", BLAME, put(Q5, 'text = "What should it be?"'), AT_Q5, f"{Q5}: R6 directs"),
    ("first question", BLAME, put(Q1, 'text = "Why is it?"'), AT_Q1, f"{Q1}: R3"),
    ("first mirror", BLAME, put(M1, 'text = "Quiet."'), AT_M1, f"{M1}: R2"),
    ("later mirror", BLAME, put(M4, 'text = "Quiet."'), AT_M4, f"{M4}: R2"),
    ("invalid $name", "voice.toml", sub("^footer = .*", 'footer = "$9"'), "footer =", "$names"),
    ("$name, key of two", "voice.toml", in_feedback, '"$9"', "$names"),
    ("no move", BLAME, put("blame-if1", 'text = "Call them."'), 'id = "blame-if1"', "If ..., then"),
    ("move's when", BLAME, put("blame-if1", 'when = ["x"]'), 'id = "blame-if1"', 'called "x"'),
    ("no frame", BLAME, sub("^frame = .*", ""), "", '"frame" must be a text'),
    ("seven days", "voice.toml", sub("^days = .*", 'days = "Mon Tue"'), "days =", "7 words"),
    ("unknown $name", "voice.toml", sub(r"\$until", "$untill"), "$untill", "$untill"),
]


@pytest.mark.parametrize(
    ("name", "change", "place", "why"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_a_bad_file_is_refused(
    folder: Path, name: str, change: Change, place: str, why: str
) -> None:
    """A bad file stops the start, and the message tells its path, its line and what is wrong."""
    path = folder / name
    text = change(path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    line = text.count("\n", 0, text.index(place)) + 1
    with pytest.raises(PlaybookProblem) as refused:
        words.read(folder)

    assert (refused.value.file, refused.value.line) == (str(path), line)
    assert why in refused.value.why
    assert str(refused.value) == f"{path}, line {line}: {refused.value.why}"


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing(folder: Path, name: str) -> None:
    """A missing file stops the start under its own name."""
    (folder / name).unlink()
    with pytest.raises(PlaybookProblem, match="FileNotFoundError") as refused:
        words.read(folder)

    assert (refused.value.file, refused.value.line) == (str(folder / name), 1)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_utf8(folder: Path, name: str) -> None:
    """A file in another encoding stops the start under its own name."""
    path = folder / name
    path.write_bytes(path.read_bytes() + "# Z\u00fcrich\n".encode("latin-1"))
    with pytest.raises(PlaybookProblem, match="UnicodeDecodeError") as refused:
        words.read(folder)

    assert (refused.value.file, refused.value.line) == (str(path), 1)
