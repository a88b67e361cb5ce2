"""Encrypts what only its author may read, with keys that are not in the database.

AES-256-GCM. The place of a text (table, column, workspace, user, week) is authenticated with it, so
a row that was copied to another place does not open there. Version 0.1 wrote Fernet tokens, which
open in any place; ``bot.store.keyring`` replaces them at the next start.

A passphrase is stretched by scrypt with N = 2^16, r = 8, p = 2: 64 MiB and about half a second,
OWASP's minimum for scrypt (Password Storage Cheat Sheet). A key made by ``generate_secret`` has 256
random bits, which no stretching improves.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bot.core.secret_key import KEY_BYTES, as_bytes, as_text, generated, material_of

_ID_BYTES = 6
_NONCE_BYTES = 12
_FORMAT = "v2"

Place = tuple[str, ...]
"""Where a text belongs: table, column, and the row's key. No two places may be equal."""


@dataclass(frozen=True, slots=True)
class ScryptCost:
    """What one guess at a passphrase costs; memory in bytes is 128 * n * r."""

    n: int = 2**16
    r: int = 8
    p: int = 2

    def __str__(self) -> str:
        return f"scrypt {self.n} {self.r} {self.p}"

    @classmethod
    def parse(cls, text: str) -> ScryptCost:
        """Read what ``str`` wrote.

        Raises:
            ValueError: it was not written by us.
        """
        name, n, r, p = text.split()
        if name != "scrypt":
            raise ValueError("not a cost of scrypt")
        return cls(int(n), int(r), int(p))


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is ready to use. Its repr shows only its id, which isn't secret."""

    id: str
    aead: AESGCM = field(repr=False)
    unbound: Fernet = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """What became of an attempt to decrypt.

    Attributes:
        text: None if it could not be opened.
        lacks_key: it may be right, but was encrypted with a key that we don't have.
    """

    text: str | None = field(default=None, repr=False)
    lacks_key: bool = False


class Encryptor:
    """Encrypts with the first key, and decrypts with any. It is false if it can't encrypt.

    Args:
        keys: the current one first.
        encrypts: false if all keys are old ones, so nothing new may be encrypted.
        opens_unbound: whether tokens of version 0.1 still open.
    """

    def __init__(self, *keys: Key, encrypts: bool = True, opens_unbound: bool = False) -> None:
        self._keys = {key.id: key for key in reversed(keys)}
        self._current = keys[0] if keys and encrypts else None
        self.opens_unbound = opens_unbound

    def __bool__(self) -> bool:
        return self._current is not None

    def __repr__(self) -> str:
        return f"Encryptor({', '.join(self._keys)})"

    def encrypt(self, text: str, place: Place) -> str | None:
        """Return the encrypted text, which opens in this place only; None without a key."""
        if self._current is None:
            return None
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._current.aead.encrypt(nonce, text.encode(), _authenticated(place))
        return f"{_FORMAT}.{self._current.id}.{as_text(nonce + sealed)}"

    def decrypt(self, encrypted: str, place: Place) -> Opened:
        """Decrypt what ``encrypt`` returned for the same place."""
        found, key_id, rest = (*encrypted.split(".", 2), "", "")[:3]
        if found != _FORMAT:
            return self._decrypt_unbound(encrypted)
        key = self._keys.get(key_id)
        if key is None:
            return Opened(lacks_key=True)
        try:
            sealed = as_bytes(rest)
            nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return Opened(key.aead.decrypt(nonce, text, _authenticated(place)).decode())
        except (InvalidTag, ValueError):
            return Opened()

    @property
    def current_prefix(self) -> str:
        """What everything that is encrypted now begins with; empty without a key."""
        return f"{_FORMAT}.{self._current.id}." if self._current else ""

    def _decrypt_unbound(self, token: str) -> Opened:
        if not token.startswith("gAAAA"):  # a Fernet token's version and the zeros of its time
            return Opened()
        if not self.opens_unbound:
            return Opened(lacks_key=not self._keys)
        for key in self._keys.values():
            try:
                return Opened(key.unbound.decrypt(token.encode()).decode())
            except (InvalidToken, ValueError):
                continue
        return Opened(lacks_key=True)


def derive_key(secret: str, salt: bytes, cost: ScryptCost | None = None) -> Key:
    """Make a key from a secret. Slow for a passphrase, fast for a generated one.

    Args:
        secret: from the settings. salt: of the database. cost: None for today's.
    """
    strong = material_of(secret)
    if strong is None:
        cost = cost or ScryptCost()
        stretch = Scrypt(salt=salt, length=KEY_BYTES, n=cost.n, r=cost.r, p=cost.p)
        strong = stretch.derive(secret.encode())
    expanded = HKDF(SHA256(), length=KEY_BYTES + _ID_BYTES, salt=salt, info=b"reframe texts v2")
    both = expanded.derive(strong)
    of_version_0_1 = HKDF(SHA256(), length=KEY_BYTES, salt=None, info=b"reframe reflections")
    unbound = Fernet(base64.urlsafe_b64encode(of_version_0_1.derive(secret.encode())))
    return Key(both[KEY_BYTES:].hex(), AESGCM(both[:KEY_BYTES]), unbound)


def generate_secret() -> str:
    """Return a new secret for ``REFRAME_ENCRYPTION_KEY``, of 256 random bits."""
    return generated(secrets.token_bytes(KEY_BYTES))


def _authenticated(place: Place) -> bytes:
    return json.dumps(place).encode()  # not joined: ("a", "bc") is another place than ("ab", "c")
