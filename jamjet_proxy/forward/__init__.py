"""Sending spans on: one lane per destination and project, each with a cursor in the journal."""
