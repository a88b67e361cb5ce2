"""Masking of addresses, numbers and keys (fault 43)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.detect.masking import mask

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
    ],
)
def test_amounts_dates_and_words_stay(text: str) -> None:
    assert mask(text) == text


@given(st.text(max_size=200))
def test_masking_takes_any_text_and_is_idempotent(text: str) -> None:
    assert mask(mask(text)) == mask(text)
