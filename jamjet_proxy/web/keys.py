"""Typed keys of what the application carries."""

from __future__ import annotations

from aiohttp import web

from jamjet_proxy.services import Services
from jamjet_proxy.web.body import BodyReader
from jamjet_proxy.web.hosts import HostList
from jamjet_proxy.web.refusals import Refusals
from jamjet_proxy.web.under_way import UnderWay

SERVICES = web.AppKey("services", Services)
BODIES = web.AppKey("bodies", BodyReader)
HOSTS = web.AppKey("hosts", HostList)
REFUSALS = web.AppKey("refusals", Refusals)
UNDER_WAY = web.AppKey("under_way", UnderWay)
