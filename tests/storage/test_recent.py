"""The memory of recent spans against a model that is simple enough to be right."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from support.stores import make_span

from jamjet_proxy.storage import recent
from jamjet_proxy.storage.recent import RecentSpans, supersedes

STATUSES = st.sampled_from(["", "ok", "error", "pending", "blocked"])
PROJECTS = st.sampled_from(["p1", "p2"])
IDS = st.sampled_from([f"sp_{n}" for n in range(6)])


class Remembering(RuleBasedStateMachine):
    """A dict of (project, span id) to status is the model; a copy of it is what a rollback restores."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = RecentSpans()
        self.model: dict[tuple[str, str], str] = {}
        self.committed: dict[tuple[str, str], str] = {}

    @rule(project=PROJECTS, span_id=IDS, status=STATUSES)
    def arrives(self, project: str, span_id: str, status: str) -> None:
        known = self.model.get((project, span_id))
        repeat = known is not None and (status in (known, "pending"))
        assert self.memory.is_repeat(project, make_span(span_id, status=status)) is repeat
        if not repeat:
            self.model[project, span_id] = status

    @rule(project=PROJECTS, span_id=IDS, status=STATUSES)
    def arrives_without_ids(self, project: str, span_id: str, status: str) -> None:
        assert not self.memory.is_repeat(project, make_span(span_id, status=status, surrogate=True))

    @rule()
    def commits(self) -> None:
        self.memory.keep()
        self.committed = dict(self.model)

    @rule()
    def rolls_back(self) -> None:
        self.memory.take_back()
        self.model = dict(self.committed)


TestRemembering = Remembering.TestCase
TestRemembering.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True)


@given(known=STATUSES, status=STATUSES)
@settings(derandomize=True)
def test_only_a_new_outcome_supersedes(known: str, status: str) -> None:
    """The same status again doesn't replace a span, and nothing goes back to pending."""
    assert supersedes(status, known) == (status != known and status != "pending")


def test_projects_do_not_know_each_others_spans() -> None:
    """The same ids in two projects are two spans."""
    memory = RecentSpans()
    assert not memory.is_repeat("p1", make_span("sp_1"))
    assert not memory.is_repeat("p2", make_span("sp_1"))


def test_the_same_span_id_in_two_traces_is_two_spans() -> None:
    """A span is known by trace and span id together."""
    memory = RecentSpans()
    assert not memory.is_repeat("p1", make_span("sp_1", "tr_1"))
    assert not memory.is_repeat("p1", make_span("sp_1", "tr_2"))


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many spans arrive, two generations are kept: the last one for certain, the oldest not."""
    monkeypatch.setattr(recent, "_GENERATION", 10)
    memory = RecentSpans()
    for n in range(100):
        assert not memory.is_repeat("p1", make_span(f"sp_{n}"))
        memory.keep()
    assert all(memory.is_repeat("p1", make_span(f"sp_{n}")) for n in range(90, 100))
    assert sum(memory.is_repeat("p1", make_span(f"sp_{n}")) for n in range(80)) == 0


def test_taking_back_reaches_across_generations(monkeypatch: pytest.MonkeyPatch) -> None:
    """A status that superseded an older generation's is gone again after a rollback."""
    monkeypatch.setattr(recent, "_GENERATION", 1)
    memory = RecentSpans()
    memory.is_repeat("p1", make_span("sp_1", status="ok"))
    memory.keep()
    assert not memory.is_repeat("p1", make_span("sp_1", status="error"))
    memory.take_back()
    assert memory.is_repeat("p1", make_span("sp_1", status="ok"))
    assert not memory.is_repeat("p1", make_span("sp_1", status="error"))
