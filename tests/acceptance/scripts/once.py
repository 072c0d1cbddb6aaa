"""One traced call, and the end of the process right behind it."""

import os

import jamjet.cloud as jamjet  # type: ignore[import-not-found]

jamjet.configure(
    api_key=os.environ["JAMJET_API_KEY"],
    api_url=os.environ["JAMJET_API_URL"],
    project=os.environ.get("JAMJET_TEST_PROJECT", "default"),
)


@jamjet.trace  # type: ignore[untyped-decorator]
def greet() -> str:
    return "hello"


greet()
