"""An agent whose key nobody knows: more calls than one batch, and its own work done all the same."""

import os

import jamjet.cloud as jamjet  # type: ignore[import-not-found]

jamjet.configure(api_key=os.environ["JAMJET_API_KEY"], api_url=os.environ["JAMJET_API_URL"])


@jamjet.trace  # type: ignore[untyped-decorator]
def step(number: int) -> int:
    return number


print(sum(step(number) for number in range(120)))
