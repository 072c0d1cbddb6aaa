"""``python -m jamjet_proxy``."""

from jamjet_proxy.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
