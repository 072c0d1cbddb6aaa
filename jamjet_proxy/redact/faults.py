"""Why an event is not to be stored, told without anything of what it holds."""

from __future__ import annotations


class EventDropped(Exception):
    """A rule with the method ``drop_event`` found something.

    Attributes:
        rule: the rule's name, or that of a built-in type in lower case.
    """

    def __init__(self, rule: str) -> None:
        super().__init__(f"the rule {rule!r} drops such events")
        self.rule = rule


class RedactionTimeout(Exception):
    """Redaction of one event took longer than it may."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"redaction took longer than {limit_s:g} s")
