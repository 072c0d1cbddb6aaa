"""Logging to standard error, one line per event, never with a key in it."""

from __future__ import annotations

import logging
import re
import sys
import time

_KEY = re.compile(r"\b(jj(?:op)?_[A-Za-z0-9_-]{8})[A-Za-z0-9_-]+")


class _Formatter(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        return _KEY.sub(r"\1...", super().format(record))


def configure_logging() -> None:
    """Send everything from INFO up to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
