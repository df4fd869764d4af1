"""The calls that are made to the smart card service, and what becomes of its answers, on a scripted library."""

from __future__ import annotations

from typing import Any

import pytest
from smartcard import scard as real

from drivers.pcsc import service
from drivers.pcsc.codes import Code
from drivers.pcsc.service import Service

READER = "A Reader 00 00"
ATR = [0x3B, 0x80, 0x80, 0x01, 0x01]


class Library:
    """Stands in for `smartcard.scard`: answers by function name, and keeps the calls."""

    def __init__(self, **answers: Any) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self._answers: dict[str, Any] = {
            "SCardEstablishContext": [0, 1],
            "SCardReleaseContext": 0,
            "SCardConnect": [0, 2, real.SCARD_PROTOCOL_T1],
            "SCardReconnect": [0, real.SCARD_PROTOCOL_T1],
            "SCardStatus": [0, READER, 0, real.SCARD_PROTOCOL_T1, ATR],
            "SCardDisconnect": 0,
            "SCardTransmit": [0, [0x90, 0x00]],
            "SCardGetStatusChange": [0, [(READER, real.SCARD_STATE_EMPTY, [])]],
            **answers,
        }

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("SCard"):
            return getattr(real, name)

        def call(*arguments: Any) -> Any:
            self.calls.append((name, arguments))
            return self._answers[name]

        return call

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]


def using(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> tuple[Library, Service]:
    library = Library(**answers)
    monkeypatch.setattr(service, "scard", library)
    monkeypatch.setattr(service, "REMOVAL_SEEN_SECONDS", 0.05)
    return library, Service()


def test_a_session_begins_with_a_card_that_lost_power(monkeypatch: pytest.MonkeyPatch) -> None:
    library, it = using(monkeypatch)
    assert it.connect(READER) == (Code.SUCCESS, bytes(ATR))
    assert library.names() == ["SCardEstablishContext", "SCardConnect", "SCardReconnect", "SCardStatus"]
    assert library.calls[1][1][2] == real.SCARD_SHARE_EXCLUSIVE
    assert library.calls[2][1][-1] == real.SCARD_UNPOWER_CARD


def test_a_session_ends_with_a_card_without_power(monkeypatch: pytest.MonkeyPatch) -> None:
    library, it = using(monkeypatch)
    it.connect(READER)
    it.connect(READER)
    assert library.names()[4] == "SCardDisconnect"
    assert library.calls[4][1][-1] == real.SCARD_UNPOWER_CARD
    assert it.disconnect() == Code.SUCCESS
    assert it.disconnect() == Code.SUCCESS
    assert library.names().count("SCardDisconnect") == 2
    assert it.transmit(b"\0\0\0\0") == (Code.REMOVED_CARD, b"")


def test_a_card_that_cannot_be_powered_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    library, it = using(monkeypatch, SCardReconnect=[Code.UNRESPONSIVE_CARD, 0])
    assert it.connect(READER) == (Code.UNRESPONSIVE_CARD, b"")
    assert library.names()[-1] == "SCardDisconnect"


@pytest.mark.parametrize("code", [Code.NOT_TRANSACTED, Code.COMM_DATA_LOST])
@pytest.mark.parametrize(
    ("state", "told"),
    [
        (real.SCARD_STATE_EMPTY, Code.REMOVED_CARD),
        (real.SCARD_STATE_PRESENT, None),
        (real.SCARD_STATE_UNKNOWN, Code.UNKNOWN_READER),
    ],
)
def test_the_field_tells_a_pulled_card_from_a_silent_one(
    monkeypatch: pytest.MonkeyPatch, code: Code, state: int, told: Code | None
) -> None:
    changes = [0, [(READER, state, [])]]
    _, it = using(monkeypatch, SCardTransmit=[code, []], SCardGetStatusChange=changes)
    it.connect(READER)
    assert it.transmit(b"\0\0\0\0") == (told or code, b"")


@pytest.mark.parametrize("code", [Code.NO_SERVICE, Code.SERVICE_STOPPED, Code.INVALID_HANDLE, Code.COMM_ERROR])
@pytest.mark.parametrize("signed", [False, True])
def test_a_lost_service_gets_a_new_context(monkeypatch: pytest.MonkeyPatch, code: Code, signed: bool) -> None:
    library, it = using(monkeypatch, SCardTransmit=[code - 2**32 if signed else int(code), []])
    it.connect(READER)
    assert it.transmit(b"\0\0\0\0") == (code, b"")
    assert it.transmit(b"\0\0\0\0") == (Code.REMOVED_CARD, b"")  # the session went with the context
    assert it.connect(READER) == (Code.SUCCESS, bytes(ATR))
    assert library.names().count("SCardEstablishContext") == 2


def test_a_closed_socket_is_not_taken_for_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    _, it = using(monkeypatch, SCardGetStatusChange=[Code.SECURITY_VIOLATION, []])
    assert it.await_presence(READER, present=True, seconds=0) == Code.NO_SERVICE


def test_a_refusal_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    _, it = using(monkeypatch, SCardConnect=[Code.SECURITY_VIOLATION, 0, 0])
    assert it.connect(READER) == (Code.SECURITY_VIOLATION, b"")
    _, it = using(monkeypatch, SCardEstablishContext=[Code.SECURITY_VIOLATION, 0])
    assert it.readers() == (Code.SECURITY_VIOLATION, [])


def test_no_reader_is_an_empty_list(monkeypatch: pytest.MonkeyPatch) -> None:
    _, it = using(monkeypatch, SCardListReaders=[Code.NO_READERS_AVAILABLE, []])
    assert it.readers() == (Code.SUCCESS, [])
