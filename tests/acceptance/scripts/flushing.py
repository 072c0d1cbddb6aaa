"""Traced calls that are sent in small batches several times a second until the input ends."""

import os
import sys

import jamjet.cloud as jamjet  # type: ignore[import-not-found]

jamjet.configure(
    api_key=os.environ["JAMJET_API_KEY"],
    api_url=os.environ["JAMJET_API_URL"],
    flush_interval=0.2,
)


@jamjet.trace  # type: ignore[untyped-decorator]
def step(number: int) -> int:
    return number


for number in range(7):
    step(number)
sys.stdin.read()
