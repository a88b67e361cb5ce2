"""Find numbers, names, days and months in a model's words that the seller didn't say.

Unlike the rules of ``bot.core.invention`` these allow for text that proposes something: a draft
with a blank, a question that asks for fifteen minutes. Numbers and names are found in any language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.leads import lines_with_leads
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
_WEEKDAYS = listed("monday tuesday wednesday thursday friday")
_DAY_SET = (["by"], ["each"], ["every"])
_ASKS_FOR_A_MOMENT = re.compile(
    r"(?i)\b(?:could|can|shall|should|would|does|do|is|are|ok|okay|mind)\b.*\b(?:minutes?|call|talk|meet|phone"
    r"|work|suit|stop by|come by|drop by|send me|send those|send that|let me know)\b"
)
_AHEAD = listed("in within every another first next give wait it if after")
"""What leads to a span of time that is yet to come: "give it three days", "if two weeks go by"."""
_OVER = listed(
    """
    has have had been was were did took waited lost spent sat past last since already it's he's
    she's they've you've we've i've they're
    """
)
_OVER_AFTER = listed("ago now already behind late")
_WORDS_BEFORE = 4
_RANGE = re.compile(r"^[0-5]?\d\s?(?:to|-|\u2013|bis|\u00e0|a)\s?(?:[0-5]?\d|60)\b")
"""The minutes with which a lead may begin: "20 to 35, the new year: ..."."""
_ALL_OF_IT = re.compile(r"\b100\s?(?:%|percent\b)")
_ROUND = frozenset({"10", "100", "1000"})
_ORDINALS = listed("second third fourth fifth sixth")
_TIME_UNITS = listed("hour day week month")
_SENTENCES = re.compile(
    r"(?<=[.?!:;\u2026])[\"'\u201d\u2019\u00bb)]?\s+"
    r"|(?<=\s)[\"'\u201c\u2018\u201e\u00ab](?=[^\W\d_][\w']*,? [a-z'])"
)
"""What a new sentence follows; words to say may begin one in the middle of another."""
_CLAUSES = re.compile(r"[.?!:;\u2026]+[\"'\u201d\u2019)]*\s+|\n")
_BLANK = re.compile(r"_{2,}")
_CLOCK = re.compile(
    r"(?i)\b(?:min|seg|sek|sec|first|next|last|prim|erst|n\u00e4chst|letz|\u00faltim|derni|premi|proch|eerst|laatst)"
)
"""How a lead speaks of the minutes of a call, in the languages that are asked most."""
_DIGITS = re.compile(r"\d{1,9}")
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
    "crm nda msa sow sla rfp rfq rfi po roi kpi hr it pdf faq vat iso"
    " whatsapp linkedin facebook excel outlook"
)
"""Documents, tools and departments that any deal may have. Whether one is taken for granted ("their
NDA"), the second reading decides."""


def unsaid_numbers(
    text: str, said: Said, *, following: frozenset[str] = frozenset(), is_plan: bool = False
) -> Iterator[str]:
    """Return the numbers that were not said. Up to an hour in minutes asks for a moment only.

    Args:
        text: a model's words. said: the ask.
        following: the numbers that the answer works out (``bot.core.sums``), as digits.
        is_plan: whether the text says what to do, so that "in two days" is no fact.
    """
    text = _ALL_OF_IT.sub("", text)
    for clause in _CLAUSES.split(_without_clock(text) if is_plan else text):
        words = [normalize(w) for w in WORD.findall(clause)]
        for index, word in enumerate(words):
            number = number_of(word)
            if number is None or _says_no_fact(words, index, number, is_plan=is_plan):
                continue
            if not {number, number.lstrip("0")} & (said.numbers | following):
                yield f"a number that nobody named: {word}"


def _says_no_fact(words: list[str], index: int, number: str, *, is_plan: bool) -> bool:
    """Return whether a number is a way to speak, or belongs to what is yet to come."""
    word = words[index]
    following = words[index + 1] if index + 1 < len(words) else ""
    is_digits = word[:1].isdigit()
    if word == "two" and base_forms(following) & _COMPARED:
        return True
    if (
        not is_digits
        and (
            number == "1"
            or words[index - 1 : index] == ["these"]  # they were named already
            or not any(base_forms(w) & _COUNTED for w in words[index + 1 : index + 3])
        )
    ):
        return True  # "two ways to go about it" counts nothing that was said
    if following.startswith("min") and number.isdecimal() and int(number) <= _MOMENT_MINUTES:
        return True
    if word == "half" and following in ("an", "day", "days"):
        return True
    if is_plan and number in _ROUND and words[index - 1 : index] in (["every"], ["per"]):
        return True  # "every 100 units cost you 17"
    if is_plan and word in _ORDINALS and words[index - 1 : index] in (["a"], ["another"]):
        return True  # "a second supplier" need not be there yet
    unit = words[index + 2] if following == "working" and index + 2 < len(words) else following
    if not is_plan or not base_forms(unit) & _TIME_UNITS:
        return False
    if _is_past(words, index):
        return _is_ahead(words, index)
    is_asked_for = words[index + 2 : index + 3] == ["of"]  # "bring 12 months of bills"
    is_tried = words[index - 1 : index] == ["for"]  # "try it for 60 days"
    return not is_digits or is_asked_for or is_tried or _is_ahead(words, index)


def _without_clock(text: str) -> str:
    """Return a text without the minutes into which leads divide a call: "Minutes 3 to 10: ...",
    "3 to 10, the price: ..."."""
    lines = []
    for lead, rest in lines_with_leads(text):
        lead = _RANGE.sub("", lead)
        is_short = all(int(n) <= _MOMENT_MINUTES for n in _DIGITS.findall(lead))
        lines.append(rest if is_short and _CLOCK.search(lead) else f"{lead} {rest}".strip())
    return "\n".join(lines)


def _is_ahead(words: list[str], at: int) -> bool:
    """Return whether a span of time is one to come: in two days, two days later."""
    before, after = words[at - 1] if at else "", words[at + 2 : at + 3]
    return before in _AHEAD or after in (["later"], ["after"], ["before"])


def _is_past(words: list[str], at: int) -> bool:
    """Return whether a span of time is one that is over: it took three weeks, three weeks ago."""
    return bool(
        words[at - 1 : at] in (["the"], ["those"], ["their"], ["his"], ["her"])
        or _OVER & set(words[max(0, at - _WORDS_BEFORE) : at])
        or _OVER_AFTER & set(words[at + 2 : at + 4])
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


def _is_own_day(words: list[str], at: int) -> bool:
    """Return whether a weekday is one that a plan sets: by Friday, if Friday passes."""
    return words[at - 1 : at] in _DAY_SET or words[at + 1 : at + 2] == ["passes"]


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
        is_asked = _ASKS_FOR_A_MOMENT.search(sentence) and sentence.rstrip().endswith("?")
        may_be_soon = is_plan or sentence.endswith("?")
        written_words = WORD.findall(sentence)
        words = [normalize(w) for w in written_words]
        for index, (word, written) in enumerate(zip(words, written_words, strict=True)):
            if word in _WEEKDAYS and (is_asked or (is_plan and _is_own_day(words, index))):
                continue
            is_short = len(word) == 3 and not written[0].isupper()  # "sat", "sun", "wed"
            if is_short or (may_be_soon and word in _SOON):
                continue
            if is_time_name(word) and not said.holds(word):
                yield f"a day that nobody named: {written}"
