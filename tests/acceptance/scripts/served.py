"""One traced call; ends once the policies that the SDK fetches in the background have arrived."""

import os
import threading

import jamjet.cloud as jamjet  # type: ignore[import-not-found]

jamjet.configure(
    api_key=os.environ["JAMJET_API_KEY"],
    api_url=os.environ["JAMJET_API_URL"],
    project=os.environ["JAMJET_TEST_PROJECT"],
)
# The fetch is a thread without a name, like the flush; it alone comes to an end.
fetches = [thread for thread in threading.enumerate() if "_sync_policies" in thread.name]


@jamjet.trace  # type: ignore[untyped-decorator]
def greet() -> str:
    return "hello"


greet()
for fetch in fetches:
    fetch.join(timeout=10)
