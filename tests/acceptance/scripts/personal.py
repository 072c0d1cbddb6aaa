"""Calls whose tags, names and user hold what the input (JSON) says; the SDK's own redaction stays off."""

import json
import os
import sys

import jamjet.cloud as jamjet  # type: ignore[import-not-found]

texts = json.load(sys.stdin)
jamjet.configure(
    api_key=os.environ["JAMJET_API_KEY"],
    api_url=os.environ["JAMJET_API_URL"],
    project=texts["project"],
    redact=False,
)
for text in texts["texts"]:

    def act() -> None:
        pass

    act.__qualname__ = f"handle {text}"
    with (
        jamjet.user_context(
            session_id="conv_42",
            end_user_id=f"user {text}",
            end_user_email=texts["email"],
            tags=[text, "plain"],
        ),
        jamjet.agent(f"bot for {text}"),
    ):
        jamjet.trace(act)()
