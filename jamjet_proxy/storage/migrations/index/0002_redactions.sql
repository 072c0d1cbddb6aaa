-- What redaction did to every stored version of a span; a newer version takes nothing away.
-- One row per journal row, found by trace through the segments: a row per span took the indexer half as
-- much time again and nearly twice the room.
CREATE TABLE redactions (
    seq           INTEGER PRIMARY KEY,
    project_id    TEXT NOT NULL,
    received_ms   INTEGER NOT NULL,
    rules_version TEXT NOT NULL,
    spans         TEXT NOT NULL  -- JSON [[trace_id, span_id, [[path, type, count, rule, shadow], ...]], ...]
) STRICT;
CREATE INDEX redactions_by_project ON redactions (project_id);
CREATE INDEX redactions_by_time ON redactions (received_ms);

-- How many values were redacted (or would have been: shadow), for plots and for counters.
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

-- What was indexed before these tables existed is read once more.
DELETE FROM progress;
