"""Answers that only their author may read, sealed with a key from the settings.

Fernet (AES-128-CBC with HMAC-SHA256) from ``cryptography``; the key is drawn from the setting by
HKDF, so that any long secret will do. Several secrets, the newest first, let one be replaced.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Sealer:
    """Seals and opens texts.

    Args:
        secrets: the newest first; none means that nothing can be sealed.
    """

    def __init__(self, *secrets: str) -> None:
        keys = [Fernet(_key(secret)) for secret in secrets if secret]
        self._box = MultiFernet(keys) if keys else None

    def __bool__(self) -> bool:
        return self._box is not None

    def seal(self, text: str) -> str | None:
        """The sealed text; None where there is no key."""
        return self._box.encrypt(text.encode()).decode() if self._box else None

    def open(self, sealed: str | None) -> str | None:
        """The text; None where there is none, or no key that opens it."""
        if self._box is None or sealed is None:
            return None
        try:
            return self._box.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


def _key(secret: str) -> bytes:
    drawn = HKDF(SHA256(), length=32, salt=None, info=b"reframe reflections").derive(
        secret.encode()
    )
    return base64.urlsafe_b64encode(drawn)
