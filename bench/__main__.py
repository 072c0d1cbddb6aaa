"""``python -m bench`` is ``python bench/ingest.py``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from ingest import main

sys.exit(main())
