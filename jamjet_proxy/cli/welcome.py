"""What a new user sees: the first project's key, once, and the lines that point an SDK here."""

from __future__ import annotations

import logging

from jamjet_proxy.runtime.server import Running

_FIRST_PROJECT = """\
Created the project {name!r}. Its key is shown this once and can't be shown again:

    {key}

Point an agent here (jamjet on PyPI):

    export JAMJET_API_URL={url}
    export JAMJET_API_KEY={key}

    import os
    import jamjet.cloud as jamjet

    jamjet.configure(
        api_key=os.environ["JAMJET_API_KEY"],
        api_url=os.environ["JAMJET_API_URL"],
        project={name!r},
    )

    @jamjet.trace
    def hello(name):
        return f"hello {{name}}"

    hello("world")

Everything is kept in {data_dir}. In another terminal: jamjet-proxy spans --follow
"""

_log = logging.getLogger(__name__)


async def welcome(proxy: Running, first_project: str | None) -> None:
    """On an installation without projects, create the first one if asked to, or say how."""
    services = proxy.services
    if services.projects.all():
        return
    if first_project is None:
        _log.info("there is no project yet; create one with: jamjet-proxy projects create NAME")
        return
    created = await services.projects.create(first_project)
    text = _FIRST_PROJECT.format(
        name=created.project.name, key=created.api_key, url=proxy.url, data_dir=services.data_dir.path
    )
    print(text, flush=True)
