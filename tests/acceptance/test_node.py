"""The TypeScript SDK's transport: Node's fetch, gzip, double slashes, and ids that it redacted itself."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from support.proxy import ProxyProcess, clean_environment, eventually

SCRIPT = Path(__file__).with_name("clients") / "transport.mjs"


def test_the_typescript_transport_is_served(proxy: ProxyProcess) -> None:
    """Readiness, policies, gzip, a trailing slash, redacted ids and half characters all get their answer."""
    key = proxy.create_project("web")["api_key"]
    said = _run(proxy.url, key)

    assert said["ready"] == {"ok": True, "status": 200, "body": {"ready": True, "project": "web"}}
    assert said["readyByOtherName"]["ok"]
    assert said["policies"] == {"ok": True, "status": 200, "body": {"policies": []}}
    assert said["large"]["zipped"]
    sent = [said["large"], *said["mangled"], said["half"]]
    assert [answer["status"] for answer in sent] == [200] * 4
    assert [answer["body"]["accepted"] for answer in sent] == [40, 1, 1, 2]
    assert [answer["body"]["duplicates"] + answer["body"]["rejected"] for answer in sent] == [0] * 4

    eventually(lambda: len(proxy.spans(key)) == 44)
    spans = proxy.spans(key)
    assert [span["payload"]["i"] for span in spans if span["name"] == "large"] == list(range(40))
    mangled = [span for span in spans if span["name"] == "mangled"]
    assert len({span["span_id"] for span in mangled}) == 2, "an id that was redacted names no span"
    (half,) = (span for span in spans if span["name"] == "half")
    assert half["payload"]["text"] == "before \N{REPLACEMENT CHARACTER} after"


def _run(url: str, key: str) -> dict[str, Any]:
    node = shutil.which("node")
    assert node is not None, "node is missing: install it (Debian: apt-get install nodejs)"
    done = subprocess.run(
        [node, SCRIPT, url, key], env=clean_environment(), capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    answered: dict[str, Any] = json.loads(done.stdout)
    return answered
