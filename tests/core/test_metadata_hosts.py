"""Addresses that give out a cloud machine's credentials, in every way to write them."""

from __future__ import annotations

import pytest

from bot import settings
from bot.core.metadata_hosts import is_metadata_host
from bot.flows.errors import SettingsError

HOSTS = [
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "::ffff:169.254.169.254",
    "fe80::1",
    "fd00:ec2::254",
    "100.100.100.200",
    "metadata.google.internal",
    "METADATA.google.internal.",
]


@pytest.mark.parametrize("host", HOSTS)
def test_metadata_hosts(host: str) -> None:
    assert is_metadata_host(host)


@pytest.mark.parametrize("host", ["api.openai.com", "127.0.0.1", "::1", "10.0.0.5", "", "x.y"])
def test_other_hosts(host: str) -> None:
    assert not is_metadata_host(host)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "SLACK_API_URL"])
def test_no_setting_may_name_one(name: str, host: str) -> None:
    address = f"[{host}]" if ":" in host else host

    with pytest.raises(SettingsError, match="metadata"):
        settings.load({name: f"https://{address}/v1"})
