"""A call traced for one project, and ``configure`` for another before it was sent."""

import os

import jamjet.cloud as jamjet  # type: ignore[import-not-found]

url = os.environ["JAMJET_API_URL"]
jamjet.configure(api_key=os.environ["JAMJET_API_KEY"], api_url=url, project="first")


@jamjet.trace  # type: ignore[untyped-decorator]
def greet() -> str:
    return "hello"


greet()
jamjet.configure(api_key=os.environ["SECOND_KEY"], api_url=url, project="second")
