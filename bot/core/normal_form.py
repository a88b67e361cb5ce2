"""Bring a text into one form, so that disguised letters, digits and marks are what they look like.

Rules that look for secrets or forbidden words read this form. Each of its characters knows where in
the original it comes from, so what a rule finds can be cut out of the original. Takes time in
proportion to the text: characters are normalized one by one (``unicodedata.normalize`` on a whole
text takes quadratic time on a long run of combining marks).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

# Letters of other scripts that look like a Latin one (Unicode TR 39, those that people use).
_CYRILLIC = "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u051b\u051d"
_CYRILLIC_LATIN = "aeopcyxijsdhqw"
_CYRILLIC_CAPITALS = (
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0408\u0405"
)
_CYRILLIC_CAPITALS_LATIN = "ABEKMHOPCTYXIJS"
_GREEK = "\u03bf\u03b1\u03b5\u03c1\u03bd\u03ba\u03b9\u03c5\u03c7"
_GREEK_LATIN = "oaepvkiux"
_GREEK_CAPITALS = (
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
)
_GREEK_CAPITALS_LATIN = "ABEZHIKMNOPTYX"
_LATIN = "\u0131\u0261\u0251\u00f8\u0142\u0111\u2c61\u1d0f\u1d04"  # dotless i, small capitals, ...
_LATIN_PLAIN = "igaoldloc"
LOOKALIKES = str.maketrans(
    _CYRILLIC + _CYRILLIC_CAPITALS + _GREEK + _GREEK_CAPITALS + _LATIN,
    _CYRILLIC_LATIN
    + _CYRILLIC_CAPITALS_LATIN
    + _GREEK_LATIN
    + _GREEK_CAPITALS_LATIN
    + _LATIN_PLAIN,
)

_MARKS = {
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u207b\u208b\u02d7\u2500\u30fc\uff70",
    "'": "\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc\u02b9\u02bb\u02bd\u055a\u05f3",
    '"': "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u300c\u300d\u300e\u300f\u05f4",
    ".": "\u00b7\u2022\u2024\u2027\u2219\u22c5\u3002\uff61\u06d4\u0701\u30fb",
    ",": "\u060c\u3001\uff64\u066b\u066c",
    "/": "\u2044\u2215\u29f8\u2571",
    ":": "\u02d0\u02f8\u0589\u05c3\u2236\ua789",
    "@": "\ufe6b",
    "!": "\u01c3\u00a1\u203c",
    "?": "\u061f\u00bf\u203d\u055e\u2047",
    "~": "\u223c\u301c\u02dc",
}
_MARK_OF = {look: mark for mark, looks in _MARKS.items() for look in looks}

_INVISIBLE_CATEGORIES = frozenset({"Cf", "Mn", "Me", "Co", "Cs", "Cn"})
_MAX_EXPANSION = 4  # characters for one; an Arabic ligature would give eighteen
# Letters and symbols that show nothing: Hangul fillers, the Braille blank, the Khmer vowels
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5")
_SPACES = "\t\x0b\x0c\x1c\x1d\x1e\x1f\x85"
_LINE_ENDS = "\n\r\u2028\u2029"


@dataclass(frozen=True, slots=True)
class NormalForm:
    """A text in one form.

    Attributes:
        text: Latin letters without accents, ASCII digits, hyphens, quotation marks and spaces;
            nothing invisible. Other characters stay as they are.
        origins: For each character of ``text``, the index of its character in the original.
    """

    text: str
    origins: Sequence[int]


def normal_form(text: str) -> NormalForm:
    """Return the text in one form, and where each of its characters comes from."""
    if text.isascii() and text.isprintable():
        return NormalForm(text, range(len(text)))
    characters: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        for plain in _plain(character):
            characters.append(plain)
            origins.append(index)
    return NormalForm("".join(characters), origins)


def plain_form(text: str) -> str:
    """Return the text in one form."""
    if text.isascii() and text.isprintable():
        return text
    return "".join([_plain(character) for character in text])


def is_invisible(character: str) -> bool:
    """Return whether a character shows nothing by itself: marks, joiners, tags, directions."""
    if character.isascii():
        return False
    return character in _BLANK or unicodedata.category(character) in _INVISIBLE_CATEGORIES


@lru_cache(maxsize=8_192)
def _plain(character: str) -> str:
    """Return the plain form of one character; empty if it is invisible."""
    if character.isascii():
        return _plain_ascii(character)
    if character in _LINE_ENDS:
        return "\n"
    mark = _MARK_OF.get(character)
    if mark is not None:
        return mark
    if character in _SPACES or unicodedata.category(character) == "Zs":
        return " "
    if is_invisible(character):
        return ""
    decimal = unicodedata.decimal(character, None)
    if decimal is not None:
        return str(decimal)
    parts = unicodedata.normalize("NFKD", character)
    if parts == character:
        return character.translate(LOOKALIKES)
    return "".join(_plain(part) for part in parts[:_MAX_EXPANSION])


def _plain_ascii(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    if character == "\r":
        return "\n"
    return " " if character in _SPACES else ""
