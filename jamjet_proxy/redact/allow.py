"""Allow lists: values that are found and stay all the same."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact.fold import fold
from jamjet_proxy.redact.patterns import compile_pattern

_DOMAIN = re.compile(r"[^\s@/\\:,;<>()\[\]\"']+@((?:[^\W_]|[-.])+)")
_DOMAIN_NAME = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)*[^\W_](?:[\w-]*[^\W_])?")
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Allow:
    """One allow list. A value has to match as a whole.

    Attributes:
        types: the types of the values it is about; None for all.
        exact: the values themselves.
        domain: domains of e-mail addresses; those below them are meant too.
        cidr: networks of IP addresses.
        regex: expressions in google-re2 syntax.
    """

    types: frozenset[str] | None = None
    exact: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()
    cidr: tuple[str, ...] = ()
    regex: tuple[str, ...] = ()


class AllowList:
    """Several allow lists for values of one type, ready for use."""

    def __init__(self, entries: Iterable[Allow], kind: str) -> None:
        chosen = [entry for entry in entries if entry.types is None or kind in entry.types]
        self._exact = {value for entry in chosen for value in entry.exact}
        self._domains = tuple(parse_domain(name) for entry in chosen for name in entry.domain)
        self._networks = [parse_network(name) for entry in chosen for name in entry.cidr]
        self._patterns = [compile_pattern(pattern).fullmatch for entry in chosen for pattern in entry.regex]
        self._is_ip = kind == PiiType.IP

    def __bool__(self) -> bool:
        """Tell whether anything is allowed at all."""
        return bool(self._exact or self._domains or self._networks or self._patterns)

    def allows(self, value: str) -> bool:
        """Tell whether ``value`` may stay."""
        folded = fold(value)
        return self._allows(value) or (folded is not None and self._allows(folded.text))

    def _allows(self, value: str) -> bool:
        if value in self._exact or any(match(value) for match in self._patterns):
            return True
        return bool(self._domains and self._in_domain(value)) or bool(
            self._is_ip and self._networks and self._in_network(value)
        )

    def _in_domain(self, value: str) -> bool:
        address = _DOMAIN.fullmatch(value)
        if not address:
            return False
        host = address[1].lower()
        return any(host == domain or host.endswith(f".{domain}") for domain in self._domains)

    def _in_network(self, value: str) -> bool:
        try:
            address = ipaddress.ip_address(value.strip("[]"))
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(address in network or mapped in network for network in self._networks)


def parse_domain(name: str) -> str:
    """Return a domain in the form that is compared.

    Raises:
        ValueError: it is none.
    """
    plain = name.lower().removeprefix("@").removeprefix("*.").removeprefix(".")
    if not _DOMAIN_NAME.fullmatch(plain):
        raise ValueError(
            f"{name!r} is not a domain, such as example.com; those below it are always meant too"
        )
    return plain


def parse_network(name: str) -> _Network:
    """Return a network.

    Raises:
        ValueError: it is none; the message says what would be right, if it can be told.
    """
    try:
        return ipaddress.ip_network(name)
    except ValueError:
        pass
    try:
        near = ipaddress.ip_network(name, strict=False)
    except ValueError:
        raise ValueError(f"{name!r} is not a network, such as 10.0.0.0/8 or fd00::/8") from None
    raise ValueError(f"{name!r} has bits set behind its length; did you mean {near}?")
