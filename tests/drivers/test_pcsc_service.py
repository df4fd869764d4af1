"""The calls that are made to the smart card service, and what becomes of its answers, on a scripted library."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smartcard import scard as real

from drivers.pcsc import features, service
from drivers.pcsc.codes import Code
from drivers.pcsc.frames import Grip, Place
from drivers.pcsc.service import Service

READER = "A Reader 00 00"
ATR = [0x3B, 0x80, 0x80, 0x01, 0x01]
GRIP = Grip(Place(0, ""), features.UNTOLD, bytes(ATR))


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
            "SCardGetAttrib": [Code.UNSUPPORTED_CARD, []],
            "SCardControl": [Code.UNSUPPORTED_CARD, []],
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
        """The calls, without those that only ask a reader for what it may tell."""
        return [name for name, _ in self.calls if name not in {"SCardGetAttrib", "SCardControl"}]


def using(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> tuple[Library, Service]:
    library = Library(**answers)
    monkeypatch.setattr(service, "scard", library)
    monkeypatch.setattr(service, "REMOVAL_SEEN_SECONDS", 0.05)
    return library, Service()


def test_a_session_begins_with_a_card_that_lost_power(monkeypatch: pytest.MonkeyPatch) -> None:
    library, it = using(monkeypatch)
    assert it.connect(READER) == (Code.SUCCESS, GRIP)
    assert library.names() == ["SCardEstablishContext", "SCardConnect", "SCardReconnect", "SCardStatus"]
    assert library.calls[1][1][2] == real.SCARD_SHARE_EXCLUSIVE
    assert library.calls[2][1][-1] == real.SCARD_UNPOWER_CARD
    assert it.where(READER) == (Code.SUCCESS, Place(0, ""))  # on the session's own handle
    assert library.names()[4:] == []


def test_a_session_ends_with_a_card_without_power(monkeypatch: pytest.MonkeyPatch) -> None:
    library, it = using(monkeypatch)
    it.connect(READER)
    it.connect(READER)
    assert library.names()[4] == "SCardDisconnect"
    assert dict(library.calls)["SCardDisconnect"][-1] == real.SCARD_UNPOWER_CARD
    assert it.disconnect() == Code.SUCCESS
    assert it.disconnect() == Code.SUCCESS
    assert library.names().count("SCardDisconnect") == 2
    assert it.transmit(b"\0\0\0\0") == (Code.REMOVED_CARD, b"")


def test_a_card_that_cannot_be_powered_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    library, it = using(monkeypatch, SCardReconnect=[Code.UNRESPONSIVE_CARD, 0])
    assert it.connect(READER) == (Code.UNRESPONSIVE_CARD, None)
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
    assert it.connect(READER) == (Code.SUCCESS, GRIP)
    assert library.names().count("SCardEstablishContext") == 2


def test_a_closed_socket_is_not_taken_for_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    _, it = using(monkeypatch, SCardGetStatusChange=[Code.SECURITY_VIOLATION, []])
    assert it.await_presence(READER, present=True, seconds=0) == Code.NO_SERVICE


def test_a_refusal_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    _, it = using(monkeypatch, SCardConnect=[Code.SECURITY_VIOLATION, 0, 0])
    assert it.connect(READER) == (Code.SECURITY_VIOLATION, None)
    _, it = using(monkeypatch, SCardEstablishContext=[Code.SECURITY_VIOLATION, 0])
    assert it.readers() == (Code.SECURITY_VIOLATION, [])


def test_no_reader_is_an_empty_list(monkeypatch: pytest.MonkeyPatch) -> None:
    _, it = using(monkeypatch, SCardListReaders=[Code.NO_READERS_AVAILABLE, []])
    assert it.readers() == (Code.SUCCESS, [])


def told(values: dict[int, list[int]]) -> Any:
    """Answers by the second argument: the attribute or the control code."""

    class Answers:
        def __getitem__(self, arguments: tuple[Any, ...]) -> list[Any]:
            value = values.get(arguments[1])
            return [Code.UNSUPPORTED_CARD, []] if value is None else [0, value]

    return Answers()


class Telling(Library):
    """A library whose reader tells where it is and what it carries."""

    def __init__(self, attributes: dict[int, list[int]], controls: dict[int, list[int]]) -> None:
        super().__init__()
        self._told = {"SCardGetAttrib": told(attributes), "SCardControl": told(controls)}

    def __getattr__(self, name: str) -> Any:
        if name not in ("SCardGetAttrib", "SCardControl"):
            return super().__getattr__(name)
        return lambda *arguments: self._told[name][arguments]


def test_a_reader_tells_where_it_is_and_what_it_carries(monkeypatch: pytest.MonkeyPatch) -> None:
    # As libccid answers: bus 1, device 7, with a final zero after the serial number; feature 12 at 42330012.
    attributes = {
        real.SCARD_ATTR_CHANNEL_ID: list((0x00200107).to_bytes(4, sys.byteorder)),
        real.SCARD_ATTR_VENDOR_IFD_SERIAL_NO: list(b"70D7E2EE\0"),
    }
    controls = {
        features.GET_FEATURES: [0x06, 4, 0x42, 0x33, 0x00, 0x06, 0x12, 4, 0x42, 0x33, 0x00, 0x12],
        0x42330012: [0x01, 2, 0, 0, 0x0A, 4, 0, 0, 1, 0],
    }
    library = Telling(attributes, controls)
    monkeypatch.setattr(service, "scard", library)
    it = Service()
    assert it.where(READER) == (Code.SUCCESS, Place(0x00200107, "70D7E2EE"))
    assert library.names() == ["SCardEstablishContext", "SCardConnect", "SCardDisconnect"]
    assert library.calls[1][1][2] == real.SCARD_SHARE_DIRECT
    assert library.calls[2][1][-1] == real.SCARD_LEAVE_CARD
    assert it.connect(READER) == (Code.SUCCESS, Grip(Place(0x00200107, "70D7E2EE"), 0x10000, bytes(ATR)))


@given(st.binary(max_size=40))
def test_whatever_a_reader_says_of_itself_is_read_or_passed_over(data: bytes) -> None:
    assert 0 <= features.most_data(data) <= features.UNTOLD
    features.properties_code(data)


def test_a_reader_that_somebody_has_for_himself_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    _, it = using(monkeypatch, SCardConnect=[Code.SHARING_VIOLATION, 0, 0])
    assert it.where(READER) == (Code.SHARING_VIOLATION, Place(0, ""))


def test_a_reader_that_is_unplugged_while_a_card_is_awaited_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    states = iter([real.SCARD_STATE_EMPTY, real.SCARD_STATE_UNKNOWN | real.SCARD_STATE_CHANGED])
    library, it = using(monkeypatch)
    monkeypatch.setattr(library, "SCardGetStatusChange", lambda *_: [0, [(READER, next(states), [])]], raising=False)
    assert it.await_presence(READER, present=True, seconds=5) == Code.UNKNOWN_READER
