"""Which names this proxy answers to.

A web page can make a browser send requests to localhost, under a name the page's owner controls
(DNS rebinding) or across origins. Every route therefore checks the Host header against a list, and
refuses requests that a browser marks as coming from another site.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping

from jamjet_proxy.model.errors import Forbidden, MisdirectedHost

_HOST = re.compile(r"(?:\[([^\[\]]+)\]|([^:\[\]]+))(?::[0-9]*)?")
_SAME_SITE = frozenset({"same-origin", "none"})


class HostList:
    """Loopback names and addresses, and what the operator added.

    Args:
        extra: further names or addresses, without port.
    """

    def __init__(self, extra: Iterable[str]) -> None:
        # A wildcard is where we listen, not a name of ours; browsers have let pages reach 0.0.0.0.
        self._names = {"localhost", *(name.lower().strip("[]") for name in extra)} - {"0.0.0.0", "::"}  # noqa: S104

    def check(self, headers: Mapping[str, str]) -> None:
        """Pass a request on, or refuse it.

        Raises:
            MisdirectedHost: the Host header is missing or names somebody else.
            Forbidden: a browser sends it on behalf of another site.
        """
        host = headers.get("Host", "").lower()
        if not self._allows(host):
            raise MisdirectedHost(
                "this proxy does not answer for the host named in the Host header",
                hint="add the name to server.allowed_hosts if clients shall use it",
            )
        origin = headers.get("Origin")
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            raise Forbidden("requests from web pages of another origin are refused")
        if headers.get("Sec-Fetch-Site", "none") not in _SAME_SITE:
            raise Forbidden("requests from web pages of another site are refused")

    def _allows(self, host: str) -> bool:
        name = _without_port(host)
        if name in self._names:
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False


def _without_port(host: str) -> str:
    """Return the name in a Host header; "" when the header is no host."""
    match = _HOST.fullmatch(host)
    return (match[1] or match[2]) if match else ""
