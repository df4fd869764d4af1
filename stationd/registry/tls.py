"""How the registry is recognised: by its pinned CA and its name at once, by its dates only on trusted time.

The clock of an old PC may say 2000 or 2035, and a TLS library would take that for granted. So the library is told not
to look at dates; they are judged here, against the time that the registry signed.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any, Final

from typing_extensions import override

NO_CHECK_TIME: Final = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL's x509_vfy.h; Python gives it no name."""


def dateless_context(ca: str) -> ssl.SSLContext:
    """Return a client's context that checks chain and host name but no dates.

    Good for one thing: asking for time, whose answer is signed over a nonce and needs no trust in the channel.

    Args:
        ca: the registry's CA, PEM; no other is trusted.
    """
    context = ssl.create_default_context(cadata=ca)
    context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
    return context


def dated_context(ca: str, now: Callable[[], float | None]) -> ssl.SSLContext:
    """Return a client's context that also judges the registry's dates at every handshake.

    Args:
        ca: the registry's CA, PEM; no other is trusted.
        now: the time in seconds since the epoch; None while it is unknown, which fails every handshake.
    """

    class Judging(ssl.SSLObject):
        @override
        def do_handshake(self) -> None:
            super().do_handshake()
            judge_dates(self.getpeercert() or {}, now())

    context = dateless_context(ca)
    context.sslobject_class = Judging
    return context


def judge_dates(certificate: dict[str, Any], now: float | None) -> None:
    """Raise `ssl.SSLCertVerificationError` unless a certificate, as `getpeercert` gives it, is valid at this time."""
    if now is None:
        raise ssl.SSLCertVerificationError("the time is not known yet, so the certificate cannot be judged")
    begins, ends = (ssl.cert_time_to_seconds(str(certificate[name])) for name in ("notBefore", "notAfter"))
    if now < begins:
        raise ssl.SSLCertVerificationError(f"its certificate is valid from {certificate['notBefore']}")
    if now >= ends:
        raise ssl.SSLCertVerificationError(f"its certificate was valid until {certificate['notAfter']}")
