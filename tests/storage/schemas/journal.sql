-- user_version 1

CREATE TABLE batches (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id    TEXT NOT NULL,
    received_ms   INTEGER NOT NULL,
    label         TEXT NOT NULL,  -- the client's own name for its project, redacted; '' when it sent none
    spans         INTEGER NOT NULL,
    rules_version TEXT NOT NULL,  -- of the redaction rules that these spans passed
    findings      BLOB,           -- JSON [[position, [[path, type, count], ...]], ...]; NULL when nothing was found
    checksum      INTEGER NOT NULL,  -- CRC-32 of body
    body          BLOB NOT NULL
) STRICT;

CREATE TABLE cursors (
    destination TEXT NOT NULL,
    project_id  TEXT NOT NULL,
    seq         INTEGER NOT NULL,  -- the next span to send is number `position` of batch `seq`
    position    INTEGER NOT NULL,
    delivered   INTEGER NOT NULL,
    dead        INTEGER NOT NULL,
    bookmark    TEXT,              -- the destination's own note, e.g. file and size
    PRIMARY KEY (destination, project_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
    id          INTEGER PRIMARY KEY,
    destination TEXT NOT NULL,
    project_id  TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    buried_ms   INTEGER NOT NULL
) STRICT;

CREATE TABLE identity (
    journal_id TEXT NOT NULL
) STRICT;

CREATE TABLE receipts (
    project_id TEXT NOT NULL,
    outcome    TEXT NOT NULL,  -- received | accepted | duplicate | rejected
    reason     TEXT NOT NULL,  -- why it was rejected, else ''
    events     INTEGER NOT NULL,
    PRIMARY KEY (project_id, outcome, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE sqlite_sequence(name,seq);

CREATE INDEX batches_by_project ON batches (project_id, seq, spans);

CREATE INDEX dead_letters_by_cursor ON dead_letters (destination, project_id);
