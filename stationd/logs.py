"""Logs: one JSON object a line on standard error, without citizens in them.

No room logs personal data; this is the net below: whatever looks like a NIK or a family card number is masked, and of
an exception only its kind and its place are written, no text and no local variables.
"""

from __future__ import annotations

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

_SIXTEEN_DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9]{16}(?![0-9A-Za-z])")
MASK = "[16 digits]"


def forget_messages(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:  # noqa: ARG001 - as below
    """Keep of an exception its kind and its place: its text may quote whatever it failed on."""
    for stack in event.get("exception") or ():
        for words in ("exc_value", "exc_notes"):
            stack.pop(words, None)
    return event


def scrub(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:  # noqa: ARG001 - structlog's signature
    """Mask anything in a log record that could be a NIK or a family card number."""
    return {key: _masked(value) for key, value in event.items()}


def _masked(value: object) -> object:
    match value:
        case bool() | float() | None:
            return value
        case int():
            return MASK if _SIXTEEN_DIGITS.fullmatch(str(value)) else value
        case dict():
            return {key: _masked(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_masked(inner) for inner in value]
        case bytes() | bytearray():
            return f"[{len(value)} bytes]"
        case _:
            return _SIXTEEN_DIGITS.sub(MASK, str(value))


def configure(level: str = "info") -> None:
    """Set logging up for this process, the standard library's included."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
        forget_messages,
        scrub,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=shared,
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=shared))
    logging.basicConfig(handlers=[handler], level=max(threshold, logging.WARNING), force=True)
