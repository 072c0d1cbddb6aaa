"""jamjet-proxy: a local-first governance data plane for AI agents."""

__version__ = "0.1.0"
