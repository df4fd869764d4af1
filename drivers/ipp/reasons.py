"""What a queue says of its printer and of a job, as conditions.

Keywords: RFC 8011 sections 5.4.12 and 5.3.8, PWG 5100.9 for the finer ones. The severity at a keyword's end is not
compared: cupsd hands a device's `media-jam-error` on as `media-jam-warning`, so it says nothing about the device.
"""

from __future__ import annotations

from typing import Final

from drivers.printer import Condition, Reason

_SEVERITIES: Final = ("-error", "-warning", "-report")

_REASONS: Final = {
    "media-empty": Reason.MEDIA_EMPTY,
    "media-needed": Reason.MEDIA_EMPTY,
    "input-tray-missing": Reason.MEDIA_EMPTY,
    "input-media-tray-missing": Reason.MEDIA_EMPTY,
    "media-low": Reason.MEDIA_LOW,
    "media-jam": Reason.MEDIA_JAM,
    "cover-open": Reason.COVER_OPEN,
    "door-open": Reason.COVER_OPEN,
    "interlock-open": Reason.COVER_OPEN,
    "marker-supply-empty": Reason.MARKER_SUPPLY_EMPTY,
    "marker-supply-missing": Reason.MARKER_SUPPLY_EMPTY,
    "toner-empty": Reason.MARKER_SUPPLY_EMPTY,
    "marker-supply-low": Reason.MARKER_SUPPLY_LOW,
    "toner-low": Reason.MARKER_SUPPLY_LOW,
    "output-area-full": Reason.OUTPUT_AREA_FULL,
    "output-tray-missing": Reason.OUTPUT_AREA_FULL,
    "marker-waste-full": Reason.MECHANICAL,
    "fuser-over-temp": Reason.OVERHEATED,
    "fuser-under-temp": Reason.WARMING_UP,
    "moving-to-paused": Reason.BUSY,
    "spool-area-full": Reason.BUSY,
    "cleaning": Reason.BUSY,
}

_TEXTS: Final = {
    "marker-waste-full": "the waste container is full; empty it",
    "spool-area-full": "the queue has no room for a job; make room on its disk",
    "paused": "the queue is paused; resume it",
    "shutdown": "the printer is switched off or shut down",
    "timed-out": "the queue does not reach its printer in time",
    "connecting-to-device": "the queue is looking for its printer",
    "offline": "the queue does not reach its printer",
    "other": "the printer reports something it has no word for; look at it",
}

_WITHOUT_HARM: Final = frozenset({Reason.MEDIA_LOW, Reason.MARKER_SUPPLY_LOW, Reason.CLEANING_DUE})
_NEWS: Final = frozenset(
    {"none", "marker-waste-almost-full", "connecting-to-device", "configuration-change", "identify-printer-requested"}
)
_EMPTY: Final = "a reason without a word"
_CUPS_NEWS: Final = "cups-"  # cupsd's word about its own doing, such as cups-waiting-for-job-completed
_NEED_A_PERSON: Final = frozenset(
    {"paused", "stopped", "unknown", "not-accepting-jobs", "shutdown", "timed-out", "offline", "other"}
)


def plain(keyword: str) -> str:
    """Return the keyword without its severity."""
    for severity in _SEVERITIES:
        keyword = keyword.removesuffix(severity)
    return keyword


def condition(keyword: str) -> Condition:
    """Return what one keyword of `printer-state-reasons` reports; one not known here is `UNMAPPED`."""
    bare = plain(keyword)
    text = _TEXTS.get(bare, bare.replace("-", " ")[:80])
    return Condition(_REASONS.get(bare, Reason.UNMAPPED), keyword[:80] or _EMPTY, text or _EMPTY)


def conditions(keywords: tuple[str, ...]) -> tuple[Condition, ...]:
    """Return what they report, without what is only news."""
    return tuple(condition(word) for word in keywords if plain(word) not in _NEWS and not word.startswith(_CUPS_NEWS))


def stops(reported: Condition) -> bool:
    """True if nothing can be printed before somebody has come and seen to it."""
    if reported.reason is Reason.UNMAPPED:
        return plain(reported.code) in _NEED_A_PERSON
    return reported.reason not in _WITHOUT_HARM and reported.reason is not Reason.BUSY
