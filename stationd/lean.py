"""For a program's first import: libraries that do at import what nothing of ours wants, kept from it.

Where rich is installed structlog loads it, to colour tracebacks. aiohttp makes two TLS contexts that trust the
authorities of this computer, and reads all of these for each; the link brings a context of its own, which trusts the
registry's authority alone. It reads this computer's lists of file types, too, and no file is served. All that was a
quarter of the time that the daemon takes to start.
"""

from __future__ import annotations

import mimetypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_AUTHORITIES: Final = "SSL_CERT_FILE"
"""The variable by which OpenSSL is told of another file of authorities."""


@contextmanager
def _without(module: str) -> Iterator[None]:
    """Let a module that is not loaded yet seem not to be installed."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # by which the import system knows that it is not to be had
    try:
        yield
    finally:
        del sys.modules[module]


@contextmanager
def _trusting_nobody() -> Iterator[None]:
    """Let contexts that are made meanwhile know no authority."""
    usual = os.environ.get(_AUTHORITIES)
    os.environ[_AUTHORITIES] = os.devnull
    try:
        yield
    finally:
        if usual is None:
            del os.environ[_AUTHORITIES]
        else:
            os.environ[_AUTHORITIES] = usual


with _without("rich"):
    import structlog  # noqa: F401 - loaded here so that it stays lean wherever else it is imported
mimetypes.knownfiles.clear()
with _trusting_nobody():
    import aiohttp  # noqa: F401 - as above
