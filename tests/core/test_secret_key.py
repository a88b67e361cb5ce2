"""Secrets for encryption: a generated one, or a passphrase that isn't easily guessed."""

from __future__ import annotations

import pytest

from bot.core import secret_key

MATERIAL = bytes(range(secret_key.KEY_BYTES))


def test_a_generated_secret_gives_its_bytes_back() -> None:
    """Read what was written; it can stand in a file of settings as it is."""
    secret = secret_key.generated(MATERIAL)

    assert secret_key.material_of(secret) == MATERIAL
    assert secret_key.why_too_weak(secret) is None
    assert secret.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s[:9] + s[10:], lambda s: s + "A"])
def test_a_generated_secret_with_a_typo_is_refused(change: object) -> None:
    """Refuse it, where otherwise every answer would be locked with a key that nobody has."""
    assert callable(change)
    changed = change(secret_key.generated(MATERIAL))

    with pytest.raises(ValueError, match=r"base64|generated"):
        secret_key.material_of(changed)
    assert "missing or changed" in (secret_key.why_too_weak(changed) or "")


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("", "16 characters"),
        ("short", "16 characters"),
        ("fifteen-letters", "16 characters"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "repeats"),
        ("abababababababababab", "repeats"),
    ],
)
def test_weak_passphrases(secret: str, why: str) -> None:
    """Say why, say how to get a good one, and never repeat the secret."""
    sentence = secret_key.why_too_weak(secret) or ""

    assert why in sentence
    assert "reframe new-key" in sentence
    assert not secret or secret not in sentence


def test_a_long_passphrase_will_do() -> None:
    """Accept any, other than a generated one, that is long and varied."""
    assert secret_key.why_too_weak("a walk along the quay") is None
    assert secret_key.material_of("a walk along the quay") is None
