"""Find numbers, names, days and months in a model's words that the seller didn't say.

Unlike the rules of ``bot.core.invention`` these allow for text that proposes something: a draft
with a blank, a question that asks for fifteen minutes. Numbers and names are found in any language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.phrases import normalize
from bot.core.said import Said
from bot.core.word_forms import WORD, base_forms, is_time_name, number_of
from bot.core.word_tables import listed

NOUNS_IN_CAPITALS = frozenset({"de", "lb"})
"""Languages in which a capital letter marks no name, because every noun has one."""

_MOMENT_MINUTES = 60
_COUNTED = listed(
    """
    percent hour day week month quarter year euro dollar pound people user seat customer client
    buyer company vendor supplier competitor bidder insurer deal offer order site office
    """
)
_COMPARED = listed("offer quote bid price number")
"""Of these, two are ours and another: "put the two offers side by side"."""
_SOON = listed("tomorrow tonight")
_TIME_UNITS = listed("hour day week month")
_SENTENCES = re.compile(
    r"(?<=[.?!:;\u2026])[\"'\u201d\u2019\u00bb)]?\s+"
    r"|(?<=\s)[\"'\u201c\u2018\u201e\u00ab](?=[^\W\d_][\w']*,? [a-z'])"
)
"""What a new sentence follows; words to say may begin one in the middle of another."""
_BLANK = re.compile(r"_{2,}")
_LETTERS = re.compile(r"[A-Z]{2,5}s?")
_SIGNATURE_WORDS = 2
_MARKS_BEFORE = " \"'(\u201c\u201e\u00ab\u00bf\u00a1-\u2013\u2014"
_POLITE = listed(
    """
    i i'm i'll i've i'd sie ihr ihre ihnen ihrem ihren ihrer ihres du dir dich dein deine lei la le
    loro vous votre usted ustedes ud uds sr sra señor señora m mme monsieur madame dhr mevrouw pan
    pani państwo de dere dig mr mrs ms dr ok thanks best regards cheers gracias saludos merci
    cordialement grazie saluti obrigado obrigada abraço groet groeten suo sua suoi sue vostro
    vostra vostri vostre votre vos su sus senhor senhora pana panu panem panią państwa państwu deres
    dem вы вас вам вами ваш ваша ваше ваши вашего вашей
    """
)
"""What is written with a capital letter out of politeness, as a title, or as a line of its own."""
_TRADE_LETTERS = listed(
    "crm nda msa sow sla rfp rfq rfi po roi kpi hr it pdf faq vat whatsapp linkedin excel"
)
"""Documents, tools and departments that any deal may have. Whether one is taken for granted ("their
NDA"), the second reading decides."""


def unsaid_numbers(text: str, said: Said, *, is_plan: bool = False) -> Iterator[str]:
    """Return the numbers that were not said. Up to an hour in minutes asks for a moment only.

    Args:
        text: a model's words. said: the ask.
        is_plan: whether the text says what to do, so that "in two days" is no fact.
    """
    written = WORD.findall(text)
    words = [normalize(w) for w in written]
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        number = number_of(word)
        if number is None or (number == "1" and word.isalpha()):
            continue
        if word == "two" and base_forms(following) & _COMPARED:
            continue
        is_digits = word[:1].isdigit()
        if not is_digits and not any(
            base_forms(w) & _COUNTED for w in words[index + 1 : index + 3]
        ):
            continue  # "two ways to go about it" counts nothing that was said
        if following.startswith("min") and number.isdecimal() and int(number) <= _MOMENT_MINUTES:
            continue
        if word == "half" and following == "an":
            continue
        if not is_digits and words[index - 1 : index] == ["these"]:
            continue  # they were named already
        if is_plan and base_forms(following) & _TIME_UNITS and _is_ahead(words, index):
            continue
        if number not in said.numbers and number.lstrip("0") not in said.numbers:
            yield f"a number that nobody named: {word}"


def _is_ahead(words: list[str], at: int) -> bool:
    """Return whether a span of time is one to come: in two days, two days later."""
    before, after = words[at - 1] if at else "", words[at + 2 : at + 3]
    return before in ("in", "within", "every", "another", "first", "next") or after in (
        ["later"],
        ["after"],
        ["before"],
    )


def unsaid_names(text: str, said: Said, language: str, *, is_plan: bool = False) -> Iterator[str]:
    """Return the capitalized words inside sentences that were not said.

    Args:
        text: a model's words. said: the ask.
        language: of the text, as ISO 639-1; where nouns have capitals, names can't be told apart.
        is_plan: whether the text is advice to the seller, which may use the letters of a trade
            ("FOB", "TUPE").
    """
    if language in NOUNS_IN_CAPITALS:
        return
    for line in _BLANK.sub("x", text).splitlines():
        is_signature = len(line.split()) <= _SIGNATURE_WORDS and line[-1:].isalnum()
        for sentence in _SENTENCES.split(line):
            words = WORD.findall(sentence.lstrip(_MARKS_BEFORE))
            expanded = said.expansions([normalize(w) for w in words])
            for index, written in enumerate(words):
                is_start = index == 0 and not is_signature
                if is_start or not written[0].isupper() or index in expanded:
                    continue
                if is_plan and _LETTERS.fullmatch(written):
                    continue
                if not _is_known(normalize(written), said):
                    yield f"a name that nobody named: {written}"


def _is_known(word: str, said: Said) -> bool:
    is_common = word in _POLITE or word in _TRADE_LETTERS or is_time_name(word)
    return is_common or said.holds(word) or word in said.text


def unsaid_times(text: str, said: Said, *, is_plan: bool = False) -> Iterator[str]:
    """Return the days and months that were not said (English).

    Args:
        text: a model's words. said: the ask.
        is_plan: whether the text says what to do; it may then be done tomorrow, as in a question
            ("does tomorrow work?").
    """
    for sentence in _SENTENCES.split(text):
        may_be_soon = is_plan or sentence.endswith("?")
        for written in WORD.findall(sentence):
            word = normalize(written)
            is_short = len(word) == 3 and not written[0].isupper()  # "sat", "sun", "wed"
            if is_short or (may_be_soon and word in _SOON):
                continue
            if is_time_name(word) and not said.holds(word):
                yield f"a day that nobody named: {written}"
