"""Finds personal data in events and replaces it with tokens, before anything touches disk."""
