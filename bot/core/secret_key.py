"""What a secret for encryption must look like: a generated one, or a long passphrase. No I/O."""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256

PREFIX = "rfk1_"
KEY_BYTES = 32
_CHECK_BYTES = 4
_CHARACTERS_AT_LEAST = 16
_DIFFERENT_AT_LEAST = 6


def why_too_weak(secret: str) -> str | None:
    """Return what is wrong with a secret, in words for an admin; None if it will do."""
    make_one = "reframe new-key prints a good one"
    try:
        if material_of(secret) is not None:
            return None
    except ValueError:
        return f"it begins like a generated key, but a part is missing or changed; {make_one}"
    if len(secret) < _CHARACTERS_AT_LEAST:
        return f"use {_CHARACTERS_AT_LEAST} characters or more; {make_one}"
    if len(set(secret)) < _DIFFERENT_AT_LEAST:
        return f"it repeats the same few characters, so it is easy to guess; {make_one}"
    return None


def generated(material: bytes) -> str:
    """Return a secret made of ``KEY_BYTES`` random bytes, with a check sum against typos."""
    return PREFIX + as_text(material + _check_sum(material))


def material_of(secret: str) -> bytes | None:
    """Return the random bytes of a generated secret; None for a passphrase.

    Raises:
        ValueError: it begins like a generated one, but was changed or cut.
    """
    if not secret.startswith(PREFIX):
        return None
    found = as_bytes(secret.removeprefix(PREFIX))
    material, check = found[:KEY_BYTES], found[KEY_BYTES:]
    if len(material) != KEY_BYTES or check != _check_sum(material):
        raise ValueError("not a generated key")
    return material


def as_text(value: bytes) -> str:
    """Return bytes as base64 that is safe in a file of settings, without padding."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def as_bytes(text: str) -> bytes:
    """Return what ``as_text`` was given.

    Raises:
        ValueError: the text is no such base64.
    """
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as bad:
        raise ValueError("not base64") from bad


def _check_sum(material: bytes) -> bytes:
    return sha256(material).digest()[:_CHECK_BYTES]
