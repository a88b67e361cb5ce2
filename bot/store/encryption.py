"""Encrypts what only its author may read, with a key from the settings.

Fernet (AES-128-CBC with HMAC-SHA256) from ``cryptography``. The key is derived from the setting by
HKDF, so any long secret will do. Several secrets, the newest first, allow replacing one.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Encryptor:
    """Encrypts and decrypts texts. It is false if it has no key.

    Args:
        secrets: the newest first; none means that nothing can be encrypted.
    """

    def __init__(self, *secrets: str) -> None:
        keys = [Fernet(_key(secret)) for secret in secrets if secret]
        self._fernet = MultiFernet(keys) if keys else None

    def __bool__(self) -> bool:
        return self._fernet is not None

    def encrypt(self, text: str) -> str | None:
        """Return the encrypted text; None without a key."""
        return self._fernet.encrypt(text.encode()).decode() if self._fernet else None

    def decrypt(self, encrypted: str | None) -> str | None:
        """Return the text; None if there is none, or no key that decrypts it."""
        if self._fernet is None or encrypted is None:
            return None
        try:
            return self._fernet.decrypt(encrypted.encode()).decode()
        except InvalidToken:
            return None


def _key(secret: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"reframe reflections").derive(
        secret.encode()
    )
    return base64.urlsafe_b64encode(derived)
