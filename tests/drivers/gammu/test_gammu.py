"""Debian's own gammu, with its dummy device and with a simulated modem on a pseudo-terminal that misbehaves."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import catalog
from drivers.deadline import Deadline
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


@pytest.mark.parametrize("mood", [Mood.LATE, Mood.TWICE])
def test_a_message_goes_out_once_also_if_the_modem_says_so_late_or_twice(mood: Mood) -> None:
    with ModemLine(Modem(mood, late=2.0)) as line:
        GammuModem(f"at:{line.port}").send(NUMBER, TEXT, Deadline.after(30))
        assert len(line.modem.sent) == 1
        assert "210000000000" in line.modem.sent[0]  # the number, its digits in pairs


def test_a_modem_that_refuses_has_sent_nothing() -> None:
    with ModemLine(Modem(Mood.REFUSES)) as line, pytest.raises(ModemRefused) as refused:
        GammuModem(f"at:{line.port}").send(NUMBER, TEXT, Deadline.after(30))
    assert (refused.value.code, refused.value.may_have_acted, line.modem.sent) == ("38", False, [])
    assert NUMBER not in str(refused.value)


def test_what_a_modem_never_says_may_have_happened() -> None:
    with ModemLine(Modem(Mood.NEVER)) as line:
        began = time.monotonic()
        with pytest.raises(ModemSilent) as silent:
            GammuModem(f"at:{line.port}").send(NUMBER, TEXT, Deadline.after(14))
        assert time.monotonic() - began < 30
        assert (silent.value.may_have_acted, len(line.modem.sent)) == (True, 1)


@pytest.mark.parametrize("port", ["/dev/no-such-port", ""])
def test_where_no_modem_answers_nothing_was_sent(port: str) -> None:
    with ModemLine(Modem(Mood.DEAD)) as line, pytest.raises(ModemAbsent) as absent:
        GammuModem(f"at:{port or line.port}").send(NUMBER, TEXT, Deadline.after(2))
    assert not absent.value.may_have_acted
    assert NUMBER not in str(absent.value)


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
