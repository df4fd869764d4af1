"""The file in which a running scenario says where everything is; what it says: `simulators.stage`."""

from __future__ import annotations

from typing import Final

FACTS: Final = "simulators.json"
