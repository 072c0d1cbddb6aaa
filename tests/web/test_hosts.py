"""Names this proxy answers to, and pages it doesn't listen to."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.site import ANYWHERE, open_site

from jamjet_proxy.config import Config, ServerConfig
from jamjet_proxy.model.errors import Forbidden, MisdirectedHost
from jamjet_proxy.web.hosts import HostList

OURS = HostList(["proxy.internal", "[fd00::1]", "10.1.2.3"])


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:7717",
        "LOCALHOST",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.8.9.1",
        "[::1]",
        "[::1]:7717",
        "[0:0:0:0:0:0:0:1]:1",
        "proxy.internal",
        "Proxy.Internal:7717",
        "10.1.2.3:7717",
        "[fd00::1]",
        "[fd00::1]:7717",
    ],
)
def test_our_names(host: str) -> None:
    """Loopback in every notation and the names the operator added are ours, with any port and in any case."""
    OURS.check({"Host": host})


@pytest.mark.parametrize(
    "host",
    [
        "",
        ":7717",
        "evil.example",
        "evil.example:7717",
        "localhost.evil.example",
        "evil.localhost",
        "notlocalhost",
        "127.0.0.1.evil.example",
        "127.0.0.1.nip.io:7717",
        "128.0.0.1",
        "0.0.0.0",
        "0.0.0.0:7717",
        "[::]",
        "10.1.2.4",
        "[fd00::2]",
        "::1",
        "2130706433",
        "0x7f000001",
        "127.1",
        "proxy.internal.",
        "127.0.0.1:80:90",
        "[::1",
        "[::1]evil.example",
        "user@localhost",
        "localhost evil",
        "localhost,evil",
    ],
)
def test_foreign_names(host: str) -> None:
    """A name of somebody else, which rebinding could point at us, is refused, and so is no name at all."""
    with pytest.raises(MisdirectedHost):
        OURS.check({"Host": host})


def test_wildcards_are_no_names() -> None:
    """Listening everywhere doesn't make the wildcard address a name of ours."""
    everywhere = HostList(["0.0.0.0", "::", "[::]"])
    for host in ("0.0.0.0", "0.0.0.0:7717", "[::]", "[::]:7717"):
        with pytest.raises(MisdirectedHost):
            everywhere.check({"Host": host})


@pytest.mark.parametrize(
    "origin", ["http://localhost:7717", "https://localhost:7717", "HTTP://LOCALHOST:7717"]
)
def test_own_origin_passes(origin: str) -> None:
    """Pages of our own may ask."""
    OURS.check({"Host": "localhost:7717", "Origin": origin})


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://evil.example",
        "http://localhost",
        "http://localhost:7718",
        "http://127.0.0.1:7717",
        "file://",
        "chrome-extension://abc",
    ],
)
def test_foreign_origins_are_refused(origin: str) -> None:
    """A page of any other origin, other ports of this machine included, may not ask."""
    with pytest.raises(Forbidden):
        OURS.check({"Host": "localhost:7717", "Origin": origin})


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_own_site_passes(site: str) -> None:
    """What a person typed in and what our own pages ask for passes."""
    OURS.check({"Host": "localhost", "Sec-Fetch-Site": site})


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "anything"])
def test_foreign_sites_are_refused(site: str) -> None:
    """A request that a browser sends for another site is refused without an Origin header, too."""
    with pytest.raises(Forbidden):
        OURS.check({"Host": "localhost", "Sec-Fetch-Site": site})


@pytest.mark.parametrize("path", ["/healthz", "/v1/projects", "/v1/events/ingest", "/no/such/route"])
async def test_every_route_checks_the_host(tmp_path: Path, path: str) -> None:
    """No route, not even one that doesn't exist, answers under a foreign name or to a foreign page."""
    async with open_site(tmp_path) as site:
        answer = await site.as_operator("GET", path, headers={"Host": "evil.example"})
        assert (answer.status, answer.code) == (421, "host_not_allowed")
        answer = await site.as_operator("GET", path, headers={"Origin": "http://evil.example"})
        assert (answer.status, answer.code) == (403, "forbidden")


async def test_missing_host_header(tmp_path: Path) -> None:
    """A request without a Host header, as HTTP/1.0 allows, is answered and refused."""
    async with open_site(tmp_path) as site:
        for version in (b"1.0", b"1.1"):
            answer = await site.raw(b"GET /healthz HTTP/" + version + b"\r\nConnection: close\r\n\r\n")
            assert answer.startswith(b"HTTP/1.")
            assert answer.split(b" ")[1] in (b"400", b"421")


async def test_allowed_hosts_of_the_configuration(tmp_path: Path) -> None:
    """A name that the operator added works, in whatever case it was written."""
    server = ServerConfig(listen=ANYWHERE.listen, allowed_hosts=("Sidecar.Local", "[FD00::1]"))
    async with open_site(tmp_path, Config(server=server)) as site:
        for host in ("sidecar.local:7717", "[fd00::1]:7717"):
            assert (await site.ask("GET", "/healthz", headers={"Host": host})).status == 200
