-- user_version 1

CREATE TABLE project_keys (
    fingerprint BLOB PRIMARY KEY,
    project_id  TEXT NOT NULL REFERENCES projects (id),
    prefix      TEXT NOT NULL,
    created_ms  INTEGER NOT NULL
) STRICT;

CREATE TABLE projects (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    tier       TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX project_keys_by_project ON project_keys (project_id);
