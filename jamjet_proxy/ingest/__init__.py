"""Taking telemetry in: inflate, decode, redact, append, answer."""
