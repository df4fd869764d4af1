"""For the registry's first import: loads aiohttp without the authorities of this computer.

aiohttp makes two TLS contexts as it is loaded and reads some hundred certificates for each. The registry calls nobody,
and knows who calls it by its own authority.
"""

from __future__ import annotations

import os
from typing import Final

_AUTHORITIES: Final = "SSL_CERT_FILE"
"""The variable by which OpenSSL is told of another file of authorities."""

_usual = os.environ.get(_AUTHORITIES)
os.environ[_AUTHORITIES] = os.devnull
import aiohttp  # noqa: E402, F401 - loaded here so that it stays lean wherever else it is imported

if _usual is None:
    del os.environ[_AUTHORITIES]
else:
    os.environ[_AUTHORITIES] = _usual
