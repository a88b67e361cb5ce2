"""The texts in prompts/ are complete and correctly credited; a bad file is refused."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from string import Template

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.coach import ANY_SITUATION
from bot.core.guard import Guard
from bot.core.model import Feedback, Reason, Reply, Trap
from bot.core.playbook_model import Playbook
from bot.core.policy import Limits
from bot.core.situations import NO_ONE_DEAL
from bot.core.team_policy import TeamLimits
from bot.flows.errors import PlaybookError
from bot.playbook import load_playbook, prompts_folder
from bot.playbook.load import version_of
from tests.fakes.languages import MARK, german, write_strings

SHIPPED = prompts_folder()
FILES = sorted(p.relative_to(SHIPPED).as_posix() for p in SHIPPED.rglob("*.toml"))
TEXTS = [*FILES, *sorted(p.name for p in SHIPPED.glob("*.md") if p.name != "README.md")]
PLAIN_WORDS = """
a about an and any are as at be been by could did do does for from had has have how if in is it its
may might most of on or own that the their them there they they'd this to was what with would you
you've your
"""
BUTTON_LENGTH = 75  # docs.slack.dev/reference/block-kit/block-elements/button-element

# What is confirmed about each article: trap, title, author, date, and the credit that may be shown.
# An empty text means that it is unknown, so the bot must not claim it.
CONFIRMED = {
    "customer-is-your-problem": (
        Trap.BLAME,
        "The Problem With Believing Your Customer Is Your Problem",
        "",
        "",
        'Idea from the article "The Problem With Believing Your Customer Is Your Problem"',
    ),
    "colors-our-engagement": (
        Trap.LABELLING,
        "What We Think of Our Customers Colors Our Engagement",
        "Dave Brock",
        "8 February 2019",
        'Idea from the article "What We Think of Our Customers Colors Our Engagement"'
        " by Dave Brock",
    ),
    "trying-to-fix": (
        Trap.FIXING,
        'Trying To "Fix" Our Customers',
        "David Brock",
        "1 April 2022",
        'Idea from the article "Trying To "Fix" Our Customers" by David Brock',
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
        'Idea from the article "Maybe It\'s Us That Keep Our Customers From Moving Forward"'
        " by Dave Brock",
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of prompts/ that a test may change."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "prompts"))


@pytest.mark.parametrize("trap", Trap)
def test_every_possible_reply_passes_the_guard(playbook: Playbook, trap: Trap) -> None:
    """Check every question of a trap, alone and behind every mirror."""
    guard = Guard(playbook.rubric, frozenset(a.credit for a in playbook.articles.values()))
    replies = [
        Reply(q.id, mirror, q.text, playbook.articles[q.article].credit)
        for mirror in ("", *(m.text for m in playbook.traps[trap].mirrors))
        for q in playbook.traps[trap].questions
    ]
    stopped = [(r.question_id, found) for r in replies if (found := guard.violations(r))]

    assert stopped == []


@pytest.mark.parametrize("trap", Trap)
def test_each_trap_has_enough_to_ask(playbook: Playbook, trap: Trap) -> None:
    """A trap has 20 questions, 6 of them for any message, and all begin with What or How."""
    questions = playbook.traps[trap].questions

    assert len(questions) >= 20
    assert sum(not (q.needs or q.unless) for q in questions) >= 6
    assert [q.text for q in questions if not re.match(r"(What|How)\b", q.text)] == []


@pytest.mark.parametrize("trap", [*Trap, None])
def test_each_question_is_one_question(playbook: Playbook, trap: Trap | None) -> None:
    """It has 10 to 20 words, and no second question behind a comma or an "and"."""
    questions = (playbook.traps[trap] if trap else playbook.no_trap).questions
    second = re.compile(r"\b(?:and|or) (?:who|whom|how|what|which|where|when|whether)\b")

    assert [q.text for q in questions if len(q.text.split()) not in range(10, 21)] == []
    assert [q.text for q in questions if second.search(q.text)] == []


def test_a_question_keeps_the_rules_with_every_noun(playbook: Playbook) -> None:
    """With each name that its situation may have in a message, it still is one plain question."""
    guard = Guard(playbook.rubric, frozenset(a.credit for a in playbook.articles.values()))
    slotted = [q for q in playbook.questions.values() if q.slot]
    texts = {(q, text) for q in slotted for text in playbook.wordings(q)}

    assert len(texts) >= 2 * len(slotted) > 20
    assert [t for _, t in texts if "[" in t or len(t.split()) not in range(10, 21)] == []
    for question, text in texts:
        credit = playbook.articles[question.article].credit
        assert guard.violations(Reply(question.id, "", text, credit)) == []


def test_no_two_questions_are_alike(playbook: Playbook) -> None:
    """No two questions of any trap share most of their words that carry meaning."""
    plain = set(PLAIN_WORDS.split())
    words = {
        name: {w.strip("?,.").lower() for w in text.split()} - plain
        for name, text in playbook.question_texts.items()
    }
    alike = [
        (one, other)
        for one, other in combinations(words, 2)
        if len(words[one] & words[other]) >= max(3, 0.6 * min(len(words[one]), len(words[other])))
    ]

    assert alike == []


@pytest.mark.parametrize("trap", Trap)
def test_each_trap_applies_every_idea_of_its_article(playbook: Playbook, trap: Trap) -> None:
    """No idea of an article is without a question, and a lost deal has questions of its own."""
    content = playbook.traps[trap]
    after_a_loss = [q for q in content.questions if q.needs == ("lost",)]

    assert {q.idea for q in content.questions} == set(playbook.articles[content.article].ideas)
    assert len(after_a_loss) >= 2
    assert any("lost" in plan.when for plan in content.if_then_plans)


@pytest.mark.parametrize("trap", Trap)
def test_no_mirror_ships(playbook: Playbook, trap: Trap) -> None:
    """No sentence is true of every message of a trap, and none at all beats a wrong one."""
    assert playbook.traps[trap].mirrors == ()


@pytest.mark.parametrize("trap", Trap)
def test_each_name_in_a_trap_is_known(playbook: Playbook, trap: Trap) -> None:
    """Questions and mirrors refer to articles and situations that exist."""
    trap_words = playbook.traps[trap]
    situations = {s.id for s in playbook.situations}
    named = {n for q in trap_words.questions for n in (*q.when, *q.needs, *q.unless)}
    articles = {trap_words.article, *(q.article for q in trap_words.questions)}

    assert articles <= set(playbook.articles)
    assert named <= situations
    assert {m.when for m in trap_words.mirrors} <= situations | {ANY_SITUATION}


def test_ids_are_unique_over_all_traps(playbook: Playbook) -> None:
    """No two questions and no two mirrors share an id, whatever their trap."""
    for kind in ("questions", "mirrors"):
        ids = [entry.id for trap in playbook.traps.values() for entry in getattr(trap, kind)]

        assert sorted(set(ids)) == sorted(ids)


def test_credits_claim_only_what_is_confirmed(playbook: Playbook) -> None:
    """Title, author, date and credit of each article match what is confirmed."""
    entries = tomllib.loads((SHIPPED / "articles.toml").read_text(encoding="utf-8"))["articles"]
    credited = {
        e["id"]: (e["trap"], e["title"], e["author"], e["date"], e["credit"]) for e in entries
    }

    assert credited == CONFIRMED
    assert {a.id: a.credit for a in playbook.articles.values()} == {
        name: facts[-1] for name, facts in CONFIRMED.items()
    }
    assert {t.article: t.trap for t in playbook.traps.values()} == {
        name: facts[0] for name, facts in CONFIRMED.items()
    }


def test_every_reason_and_button_has_a_sentence(playbook: Playbook) -> None:
    """Each reason for silence and each reply to a button is a full sentence with known $names."""
    sentences = {f"quiet.{r}": playbook.text("quiet", r) for r in Reason}
    sentences |= {f"feedback.{f}": playbook.text("feedback", f) for f in Feedback}
    names = {key: Template(text).get_identifiers() for key, text in sentences.items()}

    assert [key for key, text in sentences.items() if not re.fullmatch(r"[A-Z].{5,}\.", text)] == []
    assert {key: found for key, found in names.items() if found} == {
        "feedback.pause": ["until"],
        "feedback.wrong": ["span"],
    }


def test_an_unknown_sentence_is_an_error(playbook: Playbook) -> None:
    """An unknown key raises KeyError instead of returning an empty text."""
    with pytest.raises(KeyError):
        playbook.text("quiet", "no_such_reason")


def test_button_texts_fit(playbook: Playbook) -> None:
    """Each key with a _label is a button: its text and its label fit into what Slack shows."""
    buttons = {
        f"{section}.{name}": words
        for section, table in playbook.strings.items()
        for key in table
        if key.endswith("_label")
        for name, words in ((key, table[key]), (key[:-6], table.get(key[:-6], "button")))
    }

    assert len(buttons) > 20
    assert {n: w for n, w in buttons.items() if not 0 < len(w) <= BUTTON_LENGTH} == {}


def test_another_language_is_one_file(folder: Path) -> None:
    """REFRAME_LANGUAGE=de reads strings.de.toml, with the same checks."""
    english = (folder / "strings.toml").read_text(encoding="utf-8")
    german = english.replace('helpful = "Helpful"', 'helpful = "Hilfreich"')
    (folder / "strings.de.toml").write_text(german, encoding="utf-8")

    assert load_playbook(folder, "de").text("nudge", "helpful") == "Hilfreich"
    (folder / "strings.de.toml").write_text(german.replace("$until", "$bis"), encoding="utf-8")
    with pytest.raises(PlaybookError, match=r"\$bis"):
        load_playbook(folder, "de")


def test_every_language_is_read_and_checked(folder: Path, playbook: Playbook) -> None:
    """A workspace may choose any of them, so a broken one stops the start; the error says where."""
    file = folder / "strings.de.toml"
    write_strings(file, german(playbook.strings))
    languages = load_playbook(folder).languages
    assert languages.names == {"de": "Deutsch", "en": "English"}
    assert languages.usual is languages.of(None) is languages.of("fr") is languages.of("en")
    assert languages.of("de")["nudge"]["helpful"] == f"{MARK}Helpful"
    assert load_playbook(folder, "de").languages.usual.language == "de"

    written = file.read_text("utf-8").splitlines()
    at = next(n for n, line in enumerate(written, start=1) if line.startswith("helpful ="))
    file.write_text("\n".join(written).replace("helpful =", "hilfreich =", 1), "utf-8")
    with pytest.raises(PlaybookError) as refused:
        load_playbook(folder)
    assert refused.value.file == str(file)
    assert 0 < refused.value.line <= at


@pytest.mark.parametrize("name", ["strings.en.toml", "strings.backup.toml", "strings.DE.toml"])
def test_a_file_named_after_no_other_language(folder: Path, name: str) -> None:
    shutil.copy(folder / "strings.toml", folder / name)
    with pytest.raises(PlaybookError, match="named after no other language") as refused:
        load_playbook(folder)

    assert refused.value.file == str(folder / name)


def test_a_language_without_a_file(folder: Path) -> None:
    """The error says how to start a translation."""
    with pytest.raises(PlaybookError, match=r"copy strings\.toml to strings\.xx\.toml") as refused:
        load_playbook(folder, "xx")

    assert refused.value.file == str(folder / "strings.xx.toml")


def test_mirrors_may_be_added(folder: Path) -> None:
    """An edited playbook may hold mirrors, for any message or for a situation."""
    file = folder / BLAME
    file.write_text(mirrors()(file.read_text(encoding="utf-8")), encoding="utf-8")

    added = load_playbook(folder).traps[Trap.BLAME].mirrors

    assert [(m.id, m.when) for m in added] == [("m1", ANY_SITUATION), ("m2", "demo")]


def test_the_version_is_that_of_all_texts(folder: Path, playbook: Playbook) -> None:
    """A copy has the same; README.md does not count."""
    same = load_playbook(folder).version
    (folder / "README.md").write_text("Other advice.", encoding="utf-8")
    still = load_playbook(folder).version
    (folder / BLAME).write_text(f"# one word\n{(folder / BLAME).read_text('utf-8')}", "utf-8")

    assert same == still == playbook.version == version_of(SHIPPED)
    assert load_playbook(folder).version == version_of(folder) != same


@pytest.mark.parametrize("name", TEXTS)
def test_the_version_changes_with_any_word(folder: Path, playbook: Playbook, name: str) -> None:
    """A change in any file changes the version, also in instructions for a language model."""
    path = folder / name
    path.write_text(path.read_text(encoding="utf-8") + "# one word\n", encoding="utf-8")

    assert version_of(folder) != playbook.version


Change = Callable[[str], str]
BLAME, THEME = "traps/blame.toml", "themes/blame.toml"


def sub(pattern: str, new: str) -> Change:
    """Replace the first match of a pattern; fail if there is none."""

    def change(text: str) -> str:
        changed, times = re.subn(pattern, new, text, count=1, flags=re.MULTILINE)
        assert times == 1, f"nothing to change: {pattern}"
        return changed

    return change


def put(entry: str, line: str, key: str | None = None) -> Change:
    """Replace the line of a key, in the entry with that id; by default the key of the new line."""
    key = key or line.partition(" = ")[0]
    return sub(rf'(^id = "{entry}"\n(?:.+\n)*?){key} = .*', rf"\g<1>{line}")


def drop(entry: str, key: str) -> Change:
    """Comment out a key, in the entry with that id."""
    return sub(rf'(^id = "{entry}"\n(?:.+\n)*?){key} = ', r"\g<1># no key = ")


def empty(name: str) -> Change:
    """Empty a list of phrases."""
    return sub(rf"^{name} = [^]]*", f"{name} = [")


def seven_questions(text: str) -> str:
    """Keep the first seven questions, and all plans."""
    parts = text.split("[[questions]]")
    return "[[questions]]".join(parts[:8]) + text[text.index("[[if_then_plans]]") :]


def four_untied(text: str) -> str:
    """Give all but four of the questions that fit any message a condition."""
    free = "needs = []\nunless = []"
    parts = text.split(free)
    tied = "".join(f'needs = []\nunless = ["demo"]{part}' for part in parts[5:])
    return free.join(parts[:5]) + tied


def mirrors(*changed: str) -> Change:
    """Add two mirrors; each line replaces the line of its key in the second one."""
    first = 'id = "m1"\nwhen = "any"\ntext = "No answer so far from them."\n'
    second = {"id": '"m2"', "when": '"demo"', "text": '"The demo is done by now."'}
    second |= {key: value for key, _, value in (line.partition(" = ") for line in changed)}
    lines = "".join(f"{key} = {value}\n" for key, value in second.items())
    return lambda text: f"{text}\n[[mirrors]]\n{first}\n[[mirrors]]\n{lines}"


def all_plans_tied(text: str) -> str:
    """Tie each plan to a situation."""
    plans = text.index("[[if_then_plans]]")
    return text[:plans] + text[plans:].replace("when = []", 'when = ["demo"]')


def pause_as_number(text: str) -> str:
    """Replace the section [pause] with a number."""
    return "pause = 7\n" + sub(r"^\[pause\]\n(?:.+\n)+", "")(text)


in_feedback = sub(r"(^\[feedback\]\n(?:.+\n)*?wrong = ).*", r'\g<1>"$9"')
Q1, Q5, P1 = "blame-15", "blame-14", "blame-if1"
Q5_ID, Q5_TWICE = f'id = "{Q5}"', f'id = "{Q5}"\ntext = "What explanation'
NO_TRAP, STRINGS = "no_trap.toml", "strings.toml"

# What is wrong, file, change, the text on the line that the error must name, words of the message.
# A place of "" means line 1: a key that is missing from a whole file has no line.
BAD: list[tuple[str, str, Change, str, str]] = [
    ("broken TOML", "rubric.toml", sub("^verdicts = ", "verdicts == "), "verdicts ==", "Invalid"),
    ("unclosed text", "cues.toml", sub(r"\Z", 'x = """'), 'x = """', "Unterminated"),
    ("no text", BLAME, drop(Q5, "text"), Q5_ID, '"text" is missing'),
    ("empty text", BLAME, put(Q5, 'text = " "'), 'text = " "', '"text" is empty'),
    ("number as text", BLAME, put(Q5, "text = 7"), "text = 7", '"text" must be a text'),
    ("text as list", BLAME, put(Q5, 'when = "demo"'), 'when = "demo"', '"when" must be a list'),
    (
        "number in list",
        "rubric.toml",
        sub('"lazy"', "7"),
        "verdicts =",
        '"verdicts" must be a text',
    ),
    ("unknown key", BLAME, put(Q5, "wen = []", "when"), "wen = []", '"wen" is not a known key'),
    ("unknown list", NO_TRAP, sub(r"\Z", "[[x]]\nid = 1"), "[[x]]", '"x" is not a known key'),
    ("unknown sentence", STRINGS, sub("^no_trap = ", "new = 'x'\nno_trap = "), "new =", '"new" is'),
    ("unknown section", STRINGS, sub(r"\Z", "[new]"), "[new]", '"new" is not a known key'),
    ("number as section", STRINGS, pause_as_number, "pause = 7", '"pause" must be a section'),
    ("no id", BLAME, sub(f"^{Q5_ID}\n", ""), "[[questions]]\ntext", '"id" is missing'),
    ("no title", BLAME, sub("^title = .*", ""), "", '"title" is missing'),
    ("no credit", "articles.toml", drop("trying-to-fix", "credit"), 'id = "tr', '"credit" is'),
    ("no cues", "situations.toml", sub(r'("lost"\n.*\n)cues', r"\1clues"), 'id = "lost"', '"cues"'),
    ("bracket", "situations.toml", sub('"keeps re', '"(keeps re'), "asked = [", "never closed"),
    ("no answer", "intents.toml", sub("^about-dms", "about-x"), "about-x =", 'called "about-x"'),
    ("empty list", "rubric.toml", empty("cheering"), "cheering = []", "the minimum is 1"),
    ("no cue", "cues.toml", empty("customer_side"), "customer_side = []", "the minimum is 1"),
    ("no sentence", STRINGS, sub("^no_trap = .*", ""), "[quiet]", '"no_trap" is missing'),
    ("empty sentence", STRINGS, sub("^no_trap = .*", 'no_trap = ""'), "no_trap =", "is empty"),
    ("article", BLAME, put(Q5, 'article = "x"'), 'article = "x"', 'no article is called "x"'),
    ("trap's article", BLAME, put("blame", 'article = "x"'), 'article = "x"', 'called "x"'),
    ("when", BLAME, put(Q5, 'when = ["x"]'), 'when = ["x"]', 'no situation is called "x"'),
    ("needs", BLAME, put(Q5, 'needs = ["x"]'), 'needs = ["x"]', 'no situation is called "x"'),
    ("unless", BLAME, put(Q5, 'unless = ["x"]'), 'unless = ["x"]', 'no situation is called "x"'),
    ("no idea", BLAME, drop(Q5, "idea"), Q5_ID, '"idea" is missing'),
    ("idea", BLAME, put(Q5, 'idea = "x"'), 'idea = "x"', 'has no idea called "x"'),
    ("mirror's when", BLAME, mirrors('when = "x"'), 'when = "x"', 'no situation is called "x"'),
    ("mirror's id twice", BLAME, mirrors(f'id = "{Q5}"'), f'id = "{Q5}"\nwhen', "is used twice"),
    ("plan's when", BLAME, put(P1, 'when = ["x"]'), 'when = ["x"]', 'no situation is called "x"'),
    ("id twice", BLAME, sub('"blame-02"', f'"{Q5}"'), Q5_TWICE, f'the id "{Q5}" is used twice'),
    ("id of another file", NO_TRAP, sub('"open-02"', f'"{Q5}"'), Q5_ID, f'"{Q5}" is used twice'),
    ("unknown trap", BLAME, sub('^id = "blame"', 'id = "shame"'), "", "must be 'blame', "),
    ("other trap", BLAME, sub('^id = "blame"', 'id = "fixing"'), "", 'must be "blame"'),
    (
        "too few questions",
        BLAME,
        seven_questions,
        "[[questions]]",
        "too few entries (7); the minimum is 20",
    ),
    ("too few for any message", BLAME, four_untied, "[[questions]]", "the minimum is 6"),
    ("no plan for any message", BLAME, all_plans_tied, "[[if_then_plans]]", "when = []"),
    ("directs", BLAME, put(Q5, 'text = "What should it be?"'), '"What should', f"{Q5}: R6 directs"),
    ("first question", BLAME, put(Q1, 'text = "Why is it?"'), '"Why is it?', f"{Q1}: R3"),
    ("without a trap", NO_TRAP, put("open-02", 'text = "Why?"'), '"Why?"', "open-02: R3"),
    ("short mirror", BLAME, mirrors('text = "Quiet."'), '"Quiet."', "m2: R2"),
    ("empty mirror", BLAME, mirrors('text = ""'), 'text = ""', '"text" is empty'),
    ("directing mirror", BLAME, mirrors('text = "They should pay us."'), '"They should', "m2: R6"),
    ("team question", THEME, sub('^  "What did we', '  "Why did we'), "questions =", "R3"),
    ("question to a team", THEME, sub('^  "What did we', '  "What must we'), "questions =", "R6"),
    ("title of a theme", THEME, sub("^title = .*", 'title = "Blame"'), "title =", "names a trap"),
    ("example", THEME, sub("^heard = .*", 'heard = "Stop labelling."'), "heard =", "names a trap"),
    ("other theme", THEME, sub('^id = "blame"', 'id = "fixing"'), "", 'must be "blame"'),
    ("long label", THEME, sub("^label = .*", f'label = "{"x" * 21}"'), "label =", "label"),
    ("no turn", THEME, sub("^exercises = .", 'exercises = ["A", "B", '), "exercises =", "five"),
    ("no plan", BLAME, put(P1, 'text = "Call them."'), '"Call them."', "If ..., then"),
    ("no sentence to fill in", BLAME, sub("^fill_in_sentence = .*", ""), "", '_sentence" is miss'),
    ("invalid $name", STRINGS, sub("^footer = .*", 'footer = "$9"'), "footer =", "$names"),
    ("$name, key of two", STRINGS, in_feedback, '"$9"', "$names"),
    ("unknown $name", STRINGS, sub(r"\$until", "$untill"), "$untill", "$untill"),
    ("seven days", STRINGS, sub("^days = .*", 'days = "Mon Tue"'), "days =", "7 words"),
]


@pytest.mark.parametrize(
    ("name", "change", "place", "why"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_a_bad_file_is_refused(
    folder: Path, name: str, change: Change, place: str, why: str
) -> None:
    """The error names the file, the line and what is wrong."""
    path = folder / name
    text = change(path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    line = text.count("\n", 0, text.index(place)) + 1
    with pytest.raises(PlaybookError) as refused:
        load_playbook(folder)

    assert (refused.value.file, refused.value.line) == (str(path), line)
    assert why in refused.value.why
    assert str(refused.value) == f"{path}, line {line}: {refused.value.why}"


LINES = [(name, n) for name in FILES for n in range((SHIPPED / name).read_text().count("\n"))]
BROKEN = ["", "x = 7", "= 7", "[x]", "[[questions]]", "id = 7", "text = {a = 1}", '"', "when = []"]


@given(place=st.sampled_from(LINES), line=st.sampled_from(BROKEN))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_any_broken_line_is_located(
    tmp_path_factory: pytest.TempPathFactory, place: tuple[str, int], line: str
) -> None:
    """Whatever replaces a line, the files load, or the error names a file and a line in it."""
    name, number = place
    folder = Path(shutil.copytree(SHIPPED, tmp_path_factory.mktemp("broken") / "prompts"))
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    lines[number] = line
    (folder / name).write_text("\n".join(lines), encoding="utf-8")
    error: PlaybookError | None = None
    try:
        load_playbook(folder)
    except PlaybookError as refused:
        error = refused

    if error is not None:
        assert error.file.startswith(str(folder))
        known = Path(error.file).read_text(encoding="utf-8").splitlines()  # perhaps another file
        assert 1 <= error.line <= len(known) + 1
        assert error.why


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    """The error names the missing file."""
    (folder / name).unlink()
    with pytest.raises(PlaybookError, match="the file doesn't exist; copy it") as refused:
        load_playbook(folder)

    assert (refused.value.file, refused.value.line) == (str(folder / name), 1)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_utf8_is_named(folder: Path, name: str) -> None:
    """The error names a file in another encoding."""
    path = folder / name
    path.write_bytes(path.read_bytes() + "# Z\u00fcrich\n".encode("latin-1"))
    with pytest.raises(PlaybookError, match="not saved as UTF-8 text") as refused:
        load_playbook(folder)

    assert (refused.value.file, refused.value.line) == (str(path), 1)


@pytest.mark.parametrize("reason", list(Reason))
def test_reasons_are_said_by_the_bot_to_the_author(playbook: Playbook, reason: Reason) -> None:
    """``/reframe why`` says "I stayed quiet" and then the reason, so both speak as one."""
    said = playbook.text("quiet", reason)

    assert not re.search(r"\b(the|this) (bot|author)\b", said, re.IGNORECASE)


def test_every_situation_changes_what_is_said(playbook: Playbook) -> None:
    """None is looked for in vain: a question, a sentence or a plan is about it, or it keeps the
    bot from asking."""
    contents = playbook.traps.values()
    named = {s for q in playbook.questions.values() for s in (*q.when, *q.needs, *q.unless)}
    named |= {mirror.when for content in contents for mirror in content.mirrors}
    named |= {s for content in contents for plan in content.if_then_plans for s in plan.when}

    assert {s.id for s in playbook.situations} - named <= NO_ONE_DEAL


def test_a_message_about_one_person_is_asked_about_that_person(playbook: Playbook) -> None:
    """With a trap, and without one."""
    for questions in (playbook.traps[Trap.LABELLING].questions, playbook.no_trap.questions):
        assert any("named_person" in q.when for q in questions)


_COUNTED = re.compile(r"\$(count|calls|limit|seconds|hours|days|rated) ((?:[a-z]+ )?[a-z]+s)\b")
_NEVER_ONE = {
    "mode_sellers": "at least five",
    "too_many_teams": "a fixed limit",
    "too_many_names": "a fixed limit",
    "span_hours": "an hour has its own sentence",
    "span_days": "a day has its own sentence",
    "span_weeks": "a week has its own sentence",
    "panel": "a fixed wait",
    "waits": "a fixed wait",
    "probation": "at least eight ratings",
}


def test_no_sentence_says_one_entries(playbook: Playbook) -> None:
    """A number that may be one stands behind its noun, or has a sentence of its own."""
    found = {
        key
        for section in playbook.strings.values()
        for key, sentence in section.items()
        if _COUNTED.search(sentence)
    }

    assert found - _NEVER_ONE.keys() == set()
    never_one = TeamLimits().teams_per_manager, TeamLimits().new_names_per_day
    assert min(*never_one, Limits().settle_seconds, Limits().ratings_at_least) > 1
