"""Two traced calls, one of which fails, for a known end user; stays alive until its input ends."""

import os
import sys

import jamjet.cloud as jamjet  # type: ignore[import-not-found]

jamjet.configure(
    api_key=os.environ["JAMJET_API_KEY"],
    api_url=os.environ["JAMJET_API_URL"],
    project="anything",
    agent="research-bot",
    environment="staging",
    release_version="2.1.0",
    flush_interval=1,
)


@jamjet.trace  # type: ignore[untyped-decorator]
def look_up(question: str) -> str:
    return f"an answer to {question}"


@jamjet.trace  # type: ignore[untyped-decorator]
def divide(numerator: float, denominator: float) -> float:
    return numerator / denominator


with jamjet.user_context(
    session_id="conv_42", end_user_id="cust_7", end_user_email="ann@example.com", tags=["beta", "eu-west"]
):
    look_up("everything")
    try:
        divide(1, 0)
    except ZeroDivisionError:
        print("done", flush=True)

sys.stdin.read()
