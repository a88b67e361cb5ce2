"""Recognize the addresses at which cloud machines give out their credentials.

No Slack API or language model lives there, so a setting that names one is a mistake or an attack.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

_NAMES = frozenset({"metadata", "metadata.google.internal", "instance-data", "metadata.goog"})
_ADDRESSES = frozenset(map(ip_address, ("100.100.100.200", "168.63.129.16", "fd00:ec2::254")))


def is_metadata_host(host: str) -> bool:
    """Return whether a host is link-local or another known metadata address, however written.

    Args:
        host: A name or an address, without brackets; also ``2852039166`` or ``0xa9fea9fe``.
    """
    name = host.lower().rstrip(".")
    if name in _NAMES or name.startswith("instance-data."):
        return True
    address = _address(name)
    return address is not None and (address.is_link_local or address in _ADDRESSES)


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(name.partition("%")[0])
    except ValueError:
        try:
            return IPv4Address(socket.inet_aton(name))
        except OSError:
            return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
