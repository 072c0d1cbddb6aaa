"""Reading what was stored: the indexer, traces, spans, the ledger."""
