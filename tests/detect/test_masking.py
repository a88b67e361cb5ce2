"""Masking of addresses, numbers and keys (fault 43)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.normal_form import plain_form
from bot.detect.masking import mask
from tests.detect.masking_score import read_lines, score

SECRETS = [
    "ana.b+deals@example.co.uk",
    "<mailto:ana@example.com|ana@example.com>",
    "+44 20 7946 0958",
    "(555) 010-9988 7",
    "0049-30-1234567",
    "4111 1111 1111 1111",
    "4111111111111111",
    "5500-0000-0000-0004",
    "DE89 3704 0044 0532 0130 00",
    "GB29NWBK60161331926819",
    "sk" + "-proj-abc123DEF456ghi789",
    "xoxb" + "-1234567890-abcdefghijkl",
    "ghp" + "_abcdefghijklmnopqrstuvwxyz012345",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123",
    "0123456789abcdef0123456789abcdef",
    "https://crm.example.com/deal/42?token=abc",
    "<https://example.com/x|the deck>",
    "www.example.com/path",
    "example.com/secret-deck",
    "<@U0123ABC>",
    "<!channel>",
    "-----BEGIN" + " RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
]


@pytest.mark.fault_case(43)
@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("template", ["{}", "they owe us, call {} now", "({})", "see: {}."])
def test_secrets_are_masked(secret: str, template: str) -> None:
    masked = mask(template.format(secret))

    assert secret not in masked
    assert "[" in masked
    longest_part = max(secret.replace("|", " ").split(), key=len)
    assert longest_part.strip("<>") not in masked


@pytest.mark.parametrize("text", ["password: hunter2", "the api key is hunter2", "token=hunter2"])
def test_a_secret_is_masked_by_its_label(text: str) -> None:
    assert "hunter2" not in mask(text)


DISGUISES: dict[str, Mapping[int, int | str]] = {
    "full width": {c: chr(c + 0xFEE0) for c in range(0x21, 0x7F)},
    "Arabic digits": str.maketrans(
        "0123456789", "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669"
    ),
    "zero width": {ord(c): f"{c}\u200b" for c in "0123456789aei-"},
    "soft hyphens": {ord(c): f"{c}\u00ad" for c in "0123456789aei-"},
    "Cyrillic": str.maketrans(
        "aeopcxyABEKMHOPCTX",
        "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425",
    ),
    "no-break spaces": str.maketrans(" ", "\u00a0"),
    "narrow spaces": str.maketrans(" ", "\u202f"),
    **{f"hyphen {h:04x}": {ord("-"): chr(h)} for h in (*range(0x2010, 0x2016), 0x2212)},
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_no_disguise_hides_a_secret(disguise: str) -> None:
    """What looks like a secret is masked, whatever characters it is written in."""
    passed = [
        secret
        for secret in SECRETS
        if not secret.startswith("<")
        and max(secret.split(), key=len)
        in plain_form(mask(f"so {secret.translate(DISGUISES[disguise])} now"))
    ]

    assert passed == []


def test_the_original_stays_around_what_is_masked() -> None:
    """Only what is masked changes: accents, quotes and other scripts stay as they were typed."""
    text = "Zo\u00eb \u2013 \u201cth\u0435y\u201d owe us, \u00bd of it; see {}\u2026"

    assert mask(text.format("4111\u20111111\u20111111\u20111111")) == text.format("[number]")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("his SSN is 123-45-6789", "123-45-6789"),
        ("call 555-1234 now", "555-1234"),
        ("call 089-12-3456 now", "089-12-3456"),
        ("iccid 89490200001234567890", "8949"),
        ("4111   1111   1111   1111", "4111"),
        ("4111\u00b71111\u00b71111\u00b71111", "4111"),
        ("de89370400440532013000 ok", "de89"),
        ("DE89-3704-0044-0532-0130-00", "3704"),
        ("write john (at) acme.com", "john"),
        ("j\u00f6rg@m\u00fcller.de", "rg@"),
        ("root@localhost", "root"),
        ("see acme-internal.com please", "acme"),
        ("host 10.0.0.12 is down", "10.0"),
        ("at 2001:db8::8a2e:370:7334 now", "2001"),
        ("Authorization: Bearer abcDEFghiJKL", "abcDEF"),
        ("das Passwort ist hunter2", "hunter2"),
        ("password (hunter2)", "hunter2"),
        ("pw is sunshine", "sunshine"),
        ("the PIN is 4711", "4711"),
        ("postgres://bob:pw@db.acme.io/x", "bob"),
        ("Server=db;User Id=sa;Password=Sommer!;", "Sommer"),
        ("s3://bucket/key", "bucket"),
        ("passport C01X00T47", "C01X"),
        ("key deadbeefdeadbeef", "dead"),
    ],
)
def test_further_kinds(text: str, secret: str) -> None:
    assert secret not in mask(text)


@pytest.mark.parametrize(
    "text",
    [
        "They owe us a call back, and that after 4 demos.",
        "250,000 by 31.12.2026, that's 20 % off",
        "Q3 2026 / FY27: 1,250.50 a month",
        "he's 100% a jerk... e.g. on calls, i.e. always",
        "invoice 3312, net 30, clause 4.2.1",
        "price/value, and/or, 24/7",
        "the password policy is strict",
        "upgrade to 10.2.1.4 (v4.2.1.3), Node.js 20.11.1",
        "in 2026 1500 seats, 10,000 - 15,000 rows, 12500000 impressions",
        "call at 14:30 or 2pm, 2026-11-12T09:00:00Z, 26.11.2026-28.11.2026",
        "CHF 1'250'000.00, 250.000 EUR, 1.250.000,50 \u20ac and 1 250 000 seats",
        "done.Then we call the U.S.office, key accounts, ISO 27001, SOC 2",
        "the token is symbolic, the key is trust, basic pricing, bearer of bad news",
        "from 1500 to 2500 users; tiers 1500 - 2000 - 2500; $1250000000",
    ],
)
def test_amounts_dates_and_words_stay(text: str) -> None:
    assert mask(text) == text


@given(st.text(max_size=200))
def test_masking_takes_any_text_and_is_idempotent(text: str) -> None:
    assert mask(mask(text)) == mask(text)


LINES = read_lines(Path(__file__).with_name("masking.jsonl"))
MIN_CAUGHT = 0.98
MAX_LOST = 0.02  # of the ordinary numbers and names


def test_secrets_of_invented_messages_are_caught() -> None:
    """``python -m tests.detect.masking_score FILE`` measures the rules on your own lines."""
    result = score(LINES)

    assert len(result.passed) <= (1 - MIN_CAUGHT) * result.secrets, result.passed


def test_numbers_and_names_of_invented_messages_stay() -> None:
    result = score(LINES)

    assert len(result.lost) <= MAX_LOST * result.ordinary, result.lost


CHECKED = [  # numbers that are known only by their check digit
    ("pps 1234567T", "pps 1234567U"),
    ("sent 7.654.321-6", "sent 7.654.321-5"),
    ("id A123456(3)", "id A123456(4)"),
]


@pytest.mark.parametrize(("right", "wrong"), CHECKED)
def test_a_check_digit_tells_a_number_of_a_person_from_another(right: str, wrong: str) -> None:
    assert mask(right.split()[1]) == "[account]"
    assert mask(wrong.split()[1]) != "[account]"


@pytest.mark.parametrize(
    "text",
    [
        "we meet @ Contoso. They want 5 seats @ 49.90 each",
        "clause 12.4 (a) the indemnity, and (b) the cap",
        "screenshot 2024-11-05 at 16.22.png, MSA_redline_03.docx",
        "tiers 5/10/15/20 at 50/100/250/500 seats, invoice 2024-0381",
        "key accounts on Office365, login with S/4HANA 2022, code review of v3.11.2",
        "das Passwort ist falsch, la contrase\u00f1a es nueva, le mot de passe est incorrect",
        "one two three go, two of five, seven or eight",
    ],
)
def test_talk_about_secrets_is_no_secret(text: str) -> None:
    assert mask(text) == text
