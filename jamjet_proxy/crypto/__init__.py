"""Secrets of this installation: project keys, the operator token, derived keys."""
