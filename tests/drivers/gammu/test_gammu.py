"""Debian's own gammu, with its dummy device and with a simulated modem on a pseudo-terminal that misbehaves."""

from __future__ import annotations

import contextlib
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from drivers import catalog
from drivers.deadline import Deadline
from drivers.errors import DeviceError
from drivers.gammu.driver import GammuModem
from drivers.gammu.protocol import Said, command_text, outcome, settings_text
from drivers.modem import ModemAbsent, ModemRefused, ModemSilent
from simulators.devices.modem import Modem, Mood
from simulators.wires.modem_line import ModemLine

NUMBER = "081200000000"
TEXT = "KTP-el Anda siap diambil."


def test_it_is_found_like_any_other_driver() -> None:
    assert catalog.load().modems["gammu"].name == "gammu"


def test_a_message_goes_out_through_the_dummy_device(tmp_path: Path) -> None:
    GammuModem(f"dummy:{tmp_path}").send(NUMBER, TEXT, Deadline.after(20))
    assert "SendSMS" in (tmp_path / "operations.log").read_text() or any(tmp_path.rglob("*"))


@dataclass(frozen=True)
class Tried:
    """What became of one message at a modem of its own."""

    modem: Modem
    error: DeviceError | None


def attempt(mood: Mood) -> Tried:
    with ModemLine(Modem(mood, late=2.0)) as line:
        try:
            GammuModem(f"at:{line.port}").send(NUMBER, TEXT, Deadline.after(2 if mood is Mood.DEAD else 60))
        except DeviceError as error:
            return Tried(line.modem, error)
    return Tried(line.modem, None)


@pytest.fixture(scope="module")
def tried() -> dict[Mood, Tried]:
    """A message to each kind of modem, all at once: gammu spends its seconds waiting."""
    moods = [Mood.LATE, Mood.TWICE, Mood.REFUSES, Mood.DEAD]
    with ThreadPoolExecutor(len(moods)) as pool:
        return dict(zip(moods, pool.map(attempt, moods), strict=True))


@pytest.mark.parametrize("mood", [Mood.LATE, Mood.TWICE])
def test_a_message_goes_out_once_also_if_the_modem_says_so_late_or_twice(tried: dict[Mood, Tried], mood: Mood) -> None:
    assert tried[mood].error is None
    (sent,) = tried[mood].modem.sent
    assert "210000000000" in sent  # the number, its digits in pairs


def test_a_modem_that_refuses_has_sent_nothing(tried: dict[Mood, Tried]) -> None:
    refused = tried[Mood.REFUSES].error
    assert isinstance(refused, ModemRefused)
    assert (refused.code, refused.may_have_acted, tried[Mood.REFUSES].modem.sent) == ("38", False, [])
    assert NUMBER not in str(refused)


def test_what_a_modem_never_says_may_have_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    with ModemLine(Modem(Mood.NEVER)) as line:

        class Gammu(subprocess.Popen[bytes]):
            """The program; its deadline comes when the modem has the message."""

            @override
            def communicate(self, input: bytes | None = None, timeout: float | None = None) -> tuple[bytes, bytes]:
                if timeout is None:
                    return super().communicate(input)
                until = time.monotonic() + timeout
                while True:
                    try:
                        return super().communicate(input, 0.05)
                    except subprocess.TimeoutExpired:
                        input = None  # noqa: A001 (it is on its way)
                        if line.modem.sent or time.monotonic() > until:
                            raise

        monkeypatch.setattr(subprocess, "Popen", Gammu)
        with pytest.raises(ModemSilent) as silent:
            GammuModem(f"at:{line.port}").send(NUMBER, TEXT, Deadline.after(60))
        assert (silent.value.may_have_acted, len(line.modem.sent)) == (True, 1)


def test_where_no_modem_answers_nothing_was_sent(tried: dict[Mood, Tried]) -> None:
    with pytest.raises(ModemAbsent) as absent:
        GammuModem("at:/dev/no-such-port").send(NUMBER, TEXT, Deadline.after(2))
    for error in (absent.value, tried[Mood.DEAD].error):
        assert isinstance(error, ModemAbsent)
        assert not error.may_have_acted
        assert NUMBER not in str(error)


def test_without_the_program_there_is_no_modem(tmp_path: Path) -> None:
    with pytest.raises(ModemAbsent, match="No such file"):
        GammuModem("at:/dev/ttyUSB0", str(tmp_path / "gammu")).send(NUMBER, TEXT, Deadline.after(1))


@pytest.mark.parametrize("number", ["", "0812-0000-0000", "12", "081200000000\n", '0812"', "+" * 5, "1" * 16])
def test_what_is_no_number_is_not_handed_on(number: str) -> None:
    with pytest.raises(ValueError, match="not a telephone number"):
        command_text(number, TEXT)


@given(st.text(max_size=200))
def test_a_text_never_ends_its_argument(text: str) -> None:
    with contextlib.suppress(ValueError):
        told = command_text(NUMBER, text)
        assert told == f'sendsms TEXT {NUMBER} -text "{text}"\n'
        assert not {'"', "\n", "\\"} & set(text)


@given(st.text())
def test_whatever_is_printed_has_an_outcome(printed: str) -> None:
    assert outcome(printed).said in Said
    assert outcome(f"Sending SMS 1/1{printed}").said is not Said.NOT_BEGUN


@pytest.mark.parametrize("address", ["", "at", "at:ttyUSB0", "at:/dev/x\nport = /dev/y", "/dev/ttyUSB0"])
def test_an_address_names_connection_and_port(address: str) -> None:
    with pytest.raises(ValueError, match="connection and the port"):
        settings_text(address)
