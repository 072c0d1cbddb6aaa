"""Handlers of the HTTP interface; each reads a request, asks a service, shapes the answer."""
