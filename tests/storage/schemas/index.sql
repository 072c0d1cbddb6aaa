-- user_version 2

CREATE TABLE progress (
    journal_id TEXT NOT NULL,
    seq        INTEGER NOT NULL
) STRICT;

CREATE TABLE redaction_minutes (
    minute_ms  INTEGER NOT NULL,
    project_id TEXT NOT NULL,
    type       TEXT NOT NULL,
    shadow     INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    PRIMARY KEY (minute_ms, project_id, type, shadow)
) STRICT, WITHOUT ROWID;

CREATE TABLE redaction_totals (
    project_id TEXT NOT NULL,
    type       TEXT NOT NULL,
    shadow     INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    PRIMARY KEY (project_id, type, shadow)
) STRICT, WITHOUT ROWID;

CREATE TABLE redactions (
    seq           INTEGER PRIMARY KEY,
    project_id    TEXT NOT NULL,
    received_ms   INTEGER NOT NULL,
    rules_version TEXT NOT NULL,
    spans         TEXT NOT NULL  -- JSON [[trace_id, span_id, [[path, type, count, rule, shadow], ...]], ...]
) STRICT;

CREATE TABLE segments (
    project_id TEXT NOT NULL,
    trace_id   TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    positions  TEXT NOT NULL,  -- JSON array, ascending
    PRIMARY KEY (project_id, trace_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE spans (
    key           INTEGER PRIMARY KEY,
    seq           INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    status        TEXT NOT NULL,
    llm_calls     INTEGER NOT NULL,
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_usd      REAL NOT NULL
) STRICT;

CREATE TABLE traces (
    project_id    TEXT NOT NULL,
    trace_id      TEXT NOT NULL,
    name          TEXT NOT NULL,  -- of the span seen first
    agent_name    TEXT NOT NULL,
    first_ms      INTEGER NOT NULL,
    last_ms       INTEGER NOT NULL,
    spans         INTEGER NOT NULL,
    errors        INTEGER NOT NULL,
    llm_calls     INTEGER NOT NULL,
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_usd      REAL NOT NULL,
    PRIMARY KEY (project_id, trace_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX redactions_by_project ON redactions (project_id);

CREATE INDEX redactions_by_time ON redactions (received_ms);

CREATE INDEX traces_by_time ON traces (project_id, last_ms, trace_id);
