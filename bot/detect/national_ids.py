"""Finds identity, tax and passport numbers of many countries in a normalized text.

Some are found by their form alone, some by their form and check digit, and every other one by the
word that announces it. Plain runs of eight digits and more are found by ``long_numbers``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.detect.spans import Span
from bot.detect.word_pattern import any_of, words

_ACCOUNT = "[account]"


def _is_dni(value: str) -> bool:
    """Spain: the letter is the number modulo 23; X, Y and Z of a foreigner count as 0, 1 and 2."""
    number = value[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == value[-1]


def _is_pps(value: str) -> bool:
    """Ireland: seven digits weighted 8 to 2, and a second letter weighted 9, modulo 23."""
    total = sum(int(c) * weight for c, weight in zip(value[:7], range(8, 1, -1), strict=True))
    if len(value) == 9 and value[8] != "W":
        total += 9 * (ord(value[8]) - ord("A") + 1)
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == value[7]


def _is_rut(value: str) -> bool:
    """Chile: digits weighted 2 to 7 from the right, modulo 11."""
    total = sum(int(c) * (2 + place % 6) for place, c in enumerate(reversed(value[:-1])))
    return "0123456789K0"[(11 - total % 11) % 11 if total % 11 != 1 else 10] == value[-1]


def _is_chinese(value: str) -> bool:
    """China: ISO 7064, modulo 11-2."""
    total = sum(int(c) * pow(2, 17 - place, 11) for place, c in enumerate(value[:-1]))
    return "10X98765432"[total % 11] == value[-1]


def _is_hetu(value: str) -> bool:
    """Finland: the nine digits modulo 31."""
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(value[:6] + value[-4:-1]) % 31] == value[-1]


def _is_hkid(value: str) -> bool:
    """Hong Kong: letters and digits weighted 9 to 2, modulo 11."""
    letters = value[:-7].rjust(2)
    values = [36 if c == " " else ord(c) - ord("A") + 10 for c in letters]
    values += [int(c) for c in value[-7:-1]]
    total = sum(v * weight for v, weight in zip(values, range(9, 1, -1), strict=True))
    return "0123456789A"[-total % 11] == value[-1]


_FORMS: tuple[tuple[str, Callable[[str], bool] | None], ...] = (
    (r"[XYZ]?[ -]?\d{7,8}[ -]?[A-Z]", None),  # Spain; letters are checked below
    (r"(?:[A-CEGHJ-PR-TW-Z][A-Z]|QQ)[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D]", None),  # UK
    (r"[STFGM]\d{7}[A-Z]", None),  # Singapore
    (r"[A-Z]{6}\d\d[A-EHLMPR-T]\d\d[A-Z]\d{3}[A-Z]", None),  # Italy, codice fiscale
    (r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", None),  # India, PAN
    (r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d", None),  # Mexico, CURP
    (r"[A-Z]{3,4}\d{6}[A-Z0-9]{2}[0-9A]", None),  # Mexico, RFC
    (r"[A-Z][12]\d{8}", None),  # Taiwan
    (r"[A-Z]{1,2}\d{6}\([0-9A]\)", _is_hkid),
    (r"\d{17}[\dX]", _is_chinese),
    (r"\d{6}[-+A-FYX]\d{3}[0-9A-Y]", _is_hetu),
    (r"\d{7}[A-W][A-IW]?", _is_pps),
    (r"\d{1,2}\.\d{3}\.\d{3}-[\dK]", _is_rut),
    (r"\d\d[ .]\d\d[ .]\d\d[ -.]{1,3}\d{3}[ .-]\d\d", None),  # Belgium
    (
        r"[12][ .]\d\d[ .](?:0[1-9]|1[0-2]|[2-9]\d)[ .](?:\d\d|2[AB])[ .]\d{3}[ .]\d{3}"
        r"(?:[ ./-]{1,3}\d\d)?",
        None,
    ),  # France
    (r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d\d", None),  # Switzerland
    (r"\d{3}\.\d{3}\.\d{3}-\d\d", None),  # Brazil, CPF
    (r"\d\d\.?\d{3}\.?\d{3}/\d{4}-\d\d", None),  # Brazil, CNPJ
    (r"\d{6}-[1-8]\d{6}", None),  # Korea
    (r"CHE[ -]?\d{3}[. ]?\d{3}[. ]?\d{3}", None),
    (r"ATU ?\d{8}", None),
    (r"(?:DK|FI|HU|LU|MT|SI) ?\d{8}", None),
    (r"FR ?[A-Z0-9]{2} ?\d{3} ?\d{3} ?\d{3}", None),
    (r"IE ?\d{7}[A-Z]{1,2}", None),
    (r"GB ?\d{3} ?\d{4} ?\d\d", None),
    (r"[A-Z]\d{8}<\d[A-Z]{3}\d{7}[MFX<]\S*", None),  # machine-readable line of a passport
    (r"[PIAC][A-Z<][A-Z]{3}[A-Z<]{10,40}", None),
)  # fmt: skip
_PATTERNS = tuple(
    (re.compile(rf"(?<![A-Za-z0-9.-])(?:{form})(?![A-Za-z0-9]|[.-]\d)", re.I), check)
    for form, check in _FORMS
)
_SPANISH = _PATTERNS[0][0]

_WORDS = [
    *words(
        "passport pasaporte passeport reisepass passaporto passaporte paspoort paszport paszportu "
        "pass-nr passnummer pasaport personalausweis ausweis ausweisnummer cni documento cedula "
        "dni nie nif cif nuip ine curp rfc clabe rut run cuit cuil cpf cnpj rg pis nit secu nir "
        "siret siren steuer-id steueridentifikationsnummer steuernummer idnr ust-id ustid ust- "
        "idnr sozialversicherungsnummer sv-nummer svnr ahv avs krankenversicherungsnummer bsn "
        "burgerservicenummer sofinummer rijksregisternummer niss insz rijbewijs pesel nip regon "
        "dowod rc cnp egn oib emso jmbg personnummer personnr fodselsnummer cpr cpr-nummer hetu "
        "henkilotunnus kennitala amka afm kimlik tckn nino utr nhs ssn social sin itin ein tin "
        "tfn abn medicare ird nric fin uen mykad hkid aadhaar aadhar uid pan gstin ktp nik inn "
        "snils iqama fuhrerschein permis licencia carnet patente policy membership mrn account "
        "acct a/c konto kontonummer compte cuenta conta conto rekening rekeningnummer routing bsb "
        "iban mobile cell telephone telefon telefono telefone telefoon tel handy portable "
        "durchwahl movil celular cellulare komorka gsm whatsapp zap fax "
    ),
    "id card", "identity card", "national id", "id number", "id no", "carte d'identite",
    "carta d'identita", "cedula de identidad", "codice fiscale", "partita iva", "p iva",
    "numero de securite sociale", "securite sociale", "n secu", "steuer id", "registre national",
    "dowod osobisty", "rodne cislo", "tc kimlik", "ni number", "ni no", "national insurance",
    "nhs number", "social security", "social insurance", "tax file", "tax file number", "pan card",
    "voter id", "teudat zehut", "emirates id", "driver's license", "driver's licence",
    "drivers license", "driving licence", "driving license", "driver license", "dl number",
    "permis de conduire", "visa no", "residence permit", "green card",
    "insurance policy", "member id",
    "patient id", "sort code", "direct line", "desk line",
]  # fmt: skip
_SHORT = frozenset(words("nie run nip rc rg sin fin pan cif tin rut ine nit uid pis nik nir "))
_LABEL = re.compile(rf"(?<![A-Za-z])(?P<word>{any_of(_WORDS)})(?![A-Za-z])(?:'s)?", re.I)
_REACH = 60  # characters after the word
_VALUE = re.compile(
    r"(?<![\w.,$\u20ac\u00a3])(?:[A-Z]{1,3}[ -]?)?\d[A-Z0-9]*(?:[ ./-]{1,2}[A-Z]{0,2}\d[A-Z0-9]*)*"
    r"(?:[ -][A-Z])?(?!\w)",
    re.I,
)
_MIN_DIGITS = 6


def find_national_ids(text: str, rest: str) -> Iterator[Span]:
    """Find identity, tax and passport numbers.

    Args:
        text: from ``bot.core.normal_form``.
        rest: the same text without ordinary numbers, of the same length.
    """
    for pattern, check in _PATTERNS:
        for match in pattern.finditer(text):
            value = re.sub(r"[^A-Z0-9]", "", match.group().upper())
            if pattern is _SPANISH and not _is_spanish(value, match.group()):
                continue
            if check is None or check(value):
                yield Span(*match.span(), _ACCOUNT)
    for label in _LABEL.finditer(text):
        stop = min(len(text), label.end() + _REACH)
        end = text.find("\n", label.end(), stop)
        stop = stop if end == -1 else end
        is_acronym = label["word"].isupper() or label["word"].lower() not in _SHORT
        match_ = _VALUE.search(text, label.end(), stop)
        if match_ is None or not is_acronym:
            continue
        kept = sum(c.isdigit() for c in rest[match_.start() : match_.end()])
        if kept >= _MIN_DIGITS or (kept >= 3 and _is_dense(match_.group())):
            yield Span(*match_.span(), _ACCOUNT)


def _is_spanish(value: str, written: str) -> bool:
    """A number and a letter: one of eight digits and more, if the letter fits or is glued to it."""
    if not value[0].isalpha() and len(value) < 9:
        return False
    return _is_dni(value) or (
        written[-2].isdigit() and " " not in written and value[-1] not in "KMGBX"
    )


def _is_dense(value: str) -> bool:
    """Return whether letters and digits are mixed as in a passport number."""
    return 8 <= len(value) <= 12 and value.isalnum() and value.isupper()
