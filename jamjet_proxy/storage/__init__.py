"""Three SQLite files, one writing connection each. SQL lives on this floor and nowhere else.

``registry.db``  projects and their keys: small, precious.
``journal.db``   batches of redacted spans, cursors, ledger, dead letters: large, append-only.
``index.db``     traces and the evidence of redaction, derived from the journal: may be deleted at any time,
                 is rebuilt at start.
"""
