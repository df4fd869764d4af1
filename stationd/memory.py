"""Memory that the daemon gives back to the kernel as soon as it has done with it.

The C library keeps large blocks that were freed, so as to be quicker next time, once it has seen that a program uses
such. The daemon uses them for a card's picture and panels, some 30 MiB, for a second in a minute or an hour; and they
are a citizen's. So they go back as soon as they are freed.
"""

from __future__ import annotations

import ctypes

_M_MMAP_THRESHOLD = -3  # mallopt(3)
LARGE = 256 * 1024
"""Bytes from which a block is asked of the kernel for itself, and given back to it when it is freed."""


def give_back() -> None:
    """Let this process give large blocks back. Where the C library has no such switch it does nothing."""
    switch = getattr(ctypes.CDLL(None), "mallopt", None)
    if switch is not None:
        switch(_M_MMAP_THRESHOLD, LARGE)
