"""Chip encoders behind PC/SC (pcscd): every CCID reader, and the one inside a card printer.

A transmit may hang for ever and nothing in the process that waits for it can free it. So each reader is worked by a
small process of its own (`worker.py`), which can be killed: `child.py` starts it and holds it to its deadline,
`driver.py` is the interface above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drivers.pcsc.driver import PcscEncoder
    from drivers.pcsc.opening import DRIVER

__all__ = ["DRIVER", "PcscEncoder"]


def __getattr__(name: str) -> object:
    # The worker imports this package too, and there is one worker for each reader: it must not pay for the driver.
    if name not in __all__:
        raise AttributeError(name)
    from drivers.pcsc import opening  # noqa: PLC0415

    return getattr(opening, name)
