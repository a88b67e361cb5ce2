"""Cleaning: quotes and disguises are removed, and the author's words stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.detect.preprocess import clean_text
from tests.harness import ENTITLEMENT

QUOTED = "they owe us a call back"


@pytest.mark.parametrize(
    "text",
    [
        f'Tom wrote "{QUOTED}" yesterday',
        f"Tom wrote \u201c{QUOTED}\u201d yesterday",
        f"Tom wrote\n> {QUOTED}\nyesterday",
        f"Tom wrote\n&gt; {QUOTED}\nyesterday",
        f"Tom wrote ```{QUOTED}``` yesterday",
        f"Tom wrote `{QUOTED}` yesterday",
    ],
)
def test_quotes_are_removed(text: str) -> None:
    clean = clean_text(text)

    assert clean.author_text == "tom wrote yesterday"
    assert clean.had_quotes


def test_forwarded_text_is_removed() -> None:
    clean = clean_text(f"see below\n-- Forwarded message --\n{QUOTED}")

    assert (clean.author_text, clean.had_quotes) == ("see below", True)


def test_one_or_two_quoted_words_are_emphasis() -> None:
    clean = clean_text('they "owe" us')

    assert (clean.author_text, clean.had_quotes) == ('they "owe" us', False)


def test_a_contraction_is_not_a_quotation() -> None:
    """A matcher that took apostrophes for quotation marks lost such messages (products.md 1.2)."""
    text = "They're ungrateful, they've had everything from us."
    clean = clean_text(text)

    assert clean.author_text == text.lower()
    assert not clean.had_quotes
    assert clean_text(text.replace("'", "\u2019")) == clean


@pytest.mark.fault_case(42)
def test_disguised_letters_are_read_as_what_they_look_like() -> None:
    """Fault 42: zero-width characters and look-alike letters change nothing."""
    disguised = "\u200b".join(ENTITLEMENT.replace("o", "\u043e"))

    assert clean_text(disguised) == clean_text(ENTITLEMENT)


def test_links_mentions_and_addresses_are_removed() -> None:
    clean = clean_text("ask <@U1> or ana@example.com, see https://example.com/x and <#C1|deals>")

    assert clean.author_text == "ask or , see and"
    assert not clean.had_quotes


def test_numbers_are_alike() -> None:
    assert clean_text("4 demos, 1,250.50 each").tokens == ("0", "demos", "0", "each")


@given(st.text(max_size=300))
def test_any_text_can_be_cleaned(text: str) -> None:
    assert all(clean_text(text).tokens)


@pytest.mark.parametrize(
    "text",
    [
        f"Tom wrote ~{QUOTED}~ yesterday",
        f"Tom wrote ~~{QUOTED}~~ yesterday",
        f"Tom wrote (~{QUOTED}~) yesterday",
        f"Tom wrote ~{QUOTED}~, yesterday",
        f"Tom ~{QUOTED}~ wrote ~and {QUOTED}~ yesterday",
    ],
)
def test_struck_through_text_is_taken_back(text: str) -> None:
    clean = clean_text(text)

    assert "owe" not in clean.author_text
    assert clean.author_text.startswith("tom")
    assert clean.author_text.endswith("yesterday")
    assert clean.had_quotes


@pytest.mark.parametrize(
    "text", ["about ~20 users and ~30 seats", "on ~/deals and ~/notes", "a~b and c~d", "~\n~ ok"]
)
def test_a_tilde_alone_strikes_nothing_out(text: str) -> None:
    assert not clean_text(text).had_quotes


@pytest.mark.parametrize("mark", [">>>", "&gt;&gt;&gt;"])
@pytest.mark.parametrize("gap", ["", " ", "\n"])
def test_three_brackets_quote_everything_after(mark: str, gap: str) -> None:
    """One bracket quotes a line, three the rest of the message, blank lines included."""
    clean = clean_text(f"see below\n{mark}{gap}hi all\n\n{QUOTED}\nregards")

    assert (clean.author_text, clean.had_quotes) == ("see below", True)


@pytest.mark.parametrize("mark", [">", "&gt;"])
def test_one_bracket_quotes_one_line(mark: str) -> None:
    clean = clean_text(f"{mark} {QUOTED}\nI don't see it so")

    assert (clean.author_text, clean.had_quotes) == ("i don't see it so", True)


@pytest.mark.parametrize(
    "quote",
    [
        f"\u201e{QUOTED}\u201c",
        f"\u201e{QUOTED}\u201d",
        f"\u00ab{QUOTED}\u00bb",
        f"\u00ab {QUOTED} \u00bb",
        f"\u00bb{QUOTED}\u00ab",
        f"\u00bbEr schrieb \u201e{QUOTED}\u201c an uns\u00ab",
        f"\u201c{QUOTED}\u201d and \u201e{QUOTED}\u201c and \u00ab{QUOTED}\u00bb",
        f"\u300c{QUOTED}\u300d",
        f"\u201cShe said \u201c{QUOTED}\u201d to me\u201d",
        f"\u201eHe wrote \u201c{QUOTED}\u201d to us\u201c",
        f"\u00abIl dit \u201c{QUOTED}\u201d encore\u00bb",
    ],
)
def test_quotes_of_other_languages_and_quotes_in_quotes_are_removed(quote: str) -> None:
    clean = clean_text(f"Tom wrote {quote} yesterday")

    assert clean.author_text.replace("and ", "") == "tom wrote yesterday"
    assert clean.had_quotes
