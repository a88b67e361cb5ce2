"""Reads the certificate authorities of this machine once per process, instead of for each client of
a language model, of which tests make hundreds: that is most of what a client costs."""

from __future__ import annotations

import contextlib
import functools
import os
import ssl
from collections.abc import Iterator
from unittest import mock

import httpcore2


@contextlib.contextmanager
def authorities_read_once() -> Iterator[None]:
    """Let the clients that are made while this is open trust the same authorities."""
    read = httpcore2.default_ssl_context

    @functools.cache
    def read_once(trust_env: bool, _file: str, _folder: str) -> ssl.SSLContext:
        return read(_trust_env=trust_env)

    def default_ssl_context(*, _trust_env: bool = True) -> ssl.SSLContext:
        named = (os.environ.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
        return read_once(_trust_env, *named)

    with mock.patch.object(httpcore2, "default_ssl_context", default_ssl_context):
        yield
