"""SCP03 against published sessions of real and emulated cards, and against a host that others wrote.

Where the sessions come from is said in `scp03_sessions.toml`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFCMAC, CounterLocation, Mode
from hypothesis import given
from hypothesis import strategies as st
from yubikit.core.smartcard.scp import ScpState, StaticKeys

from stationd.chip import scp03
from stationd.chip.apdu import parse
from stationd.chip.keys import LabKeySet
from stationd.chip.scp03 import Constant, Level, Malformed, NotAuthenticated, Session

SESSIONS = tomllib.loads(Path(__file__).with_name("scp03_sessions.toml").read_text())


@dataclass(frozen=True)
class Published:
    """A session: (plain command, wrapped command, answer's data, what it means) in their order."""

    keys: LabKeySet
    level: Level
    challenge: bytes
    answer: bytes
    authenticate: bytes
    exchanges: tuple[tuple[bytes, ...], ...]


def published(session: dict[str, Any]) -> Published:
    parts = {name: bytes.fromhex(session[name]) for name in ("enc", "mac", "challenge", "answer", "authenticate")}
    keys = LabKeySet(parts.pop("enc"), parts.pop("mac"))
    exchanges = tuple(tuple(map(bytes.fromhex, exchange)) for exchange in session["exchanges"])
    return Published(keys, Level(session["level"]), exchanges=exchanges, **parts)


PUBLISHED = {name: published(session) for name, session in SESSIONS.items()}
ENC, MAC = bytes(range(16)), bytes(range(16, 32))
KEYS = LabKeySet(ENC, MAC)


def opened(of: Published) -> Session:
    return Session(of.keys, of.level, of.challenge, of.answer)


@pytest.mark.parametrize("of", PUBLISHED.values(), ids=PUBLISHED)
def test_published_sessions_come_out_byte_for_byte(of: Published) -> None:
    session = opened(of)
    assert session.authentication() == parse(of.authenticate).data
    for plain, wrapped, answer, means in of.exchanges:
        command, expected = parse(plain), wrapped
        header = bytes((scp03.secured(command.cla), command.ins, command.p1, command.p2))
        data = session.wrap(header, command.data)
        assert header + bytes((len(data),)) + data == expected
        assert len(data) == scp03.wrapped_size(of.level, session.mac_size, len(command.data))
        if answer:
            assert session.unwrap(answer, 0x9000) == means
        else:
            assert session.unwrap(b"", 0x6A88) == b""


@pytest.mark.parametrize("of", PUBLISHED.values(), ids=PUBLISHED)
def test_a_changed_bit_is_noticed(of: Published) -> None:
    answer = bytearray(of.answer)
    answer[13 + len(of.challenge)] ^= 1  # in the cryptogram
    with pytest.raises(NotAuthenticated):
        Session(of.keys, of.level, of.challenge, bytes(answer))
    with pytest.raises(NotAuthenticated):
        Session(LabKeySet(bytes(16), bytes(16)), of.level, of.challenge, of.answer)
    if of.level.answers_authentic:
        plain, _, reply, _ = of.exchanges[0]
        session, command = opened(of), parse(plain)
        session.authentication()
        session.wrap(bytes((0x84, command.ins, command.p1, command.p2)), command.data)
        for place in range(len(reply)):
            changed = bytearray(reply)
            changed[place] ^= 0x40
            with pytest.raises(NotAuthenticated):
                session.unwrap(bytes(changed), 0x9000)
        for changed_sw, data in ((0x6283, reply), (0x9000, b""), (0x6A88, b"\1")):
            with pytest.raises(NotAuthenticated):
                session.unwrap(data, changed_sw)


@given(st.sampled_from([128, 192, 256]), st.sampled_from(Constant), st.binary(min_size=16, max_size=32), st.data())
def test_the_derivation_is_the_standards(bits: int, constant: Constant, context: bytes, data: st.DataObject) -> None:
    key = data.draw(st.binary(min_size=bits // 8, max_size=bits // 8))
    wanted = data.draw(st.sampled_from([64, 128, 192, 256]))

    def cmac(message: bytes) -> bytes:
        mac = CMAC(algorithms.AES(key))
        mac.update(message)
        return mac.finalize()

    label = bytes(11) + bytes((constant,))
    fixed = label + b"\0" + wanted.to_bytes(2) + context
    of_cryptography = KBKDFCMAC(
        algorithm=algorithms.AES,
        mode=Mode.CounterMode,
        length=wanted // 8,
        rlen=1,
        llen=None,
        location=CounterLocation.MiddleFixed,
        break_location=15,
        label=None,
        context=None,
        fixed=fixed,
    )
    assert scp03.derive(cmac, constant, context, wanted) == of_cryptography.derive(key)


@given(
    challenges=st.tuples(st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=8)),
    commands=st.lists(
        st.tuples(
            st.binary(min_size=4, max_size=4),
            st.binary(min_size=1, max_size=600),
            st.binary(min_size=1, max_size=239),
        ),
        max_size=4,
    ),
)
def test_a_host_of_others_sends_the_same_bytes(
    challenges: tuple[bytes, bytes], commands: list[tuple[bytes, bytes, bytes]]
) -> None:
    """Yubikit drives AES-128 at level 33: derivation, cryptograms and wrapped bytes agree, and answers open alike."""
    host, card = challenges
    static = StaticKeys(ENC, MAC)
    keys = static.derive(host + card)
    theirs = ScpState(keys)
    cryptograms = [_cryptogram(keys.key_smac, constant, host + card) for constant in (0, 1)]
    ours = Session(KEYS, Level.ALL, host, bytes(10) + b"\x30\x03\x60" + card + cryptograms[0])
    authenticate = b"\x84\x82\x33\0\x10" + cryptograms[1]
    assert ours.authentication() == cryptograms[1] + theirs.mac(authenticate)
    for header, data, answer in commands:
        enciphered = theirs.encrypt(data)
        length = len(enciphered) + 8
        lc = bytes((length,)) if length < 256 else b"\0" + length.to_bytes(2)
        sent = ours.wrap(header, data)
        assert sent == enciphered + theirs.mac(header + lc + enciphered)
        assert ours.unwrap(_answered(ours, keys.key_srmac, answer), 0x9000) == answer
        assert theirs.decrypt(theirs.unmac(_answered(ours, keys.key_srmac, answer), 0x9000)) == answer


def _cryptogram(key: bytes, constant: int, context: bytes) -> bytes:
    return _cmac(key, bytes(11) + bytes((constant, 0, 0, 64, 1)) + context)[:8]


def _cmac(key: bytes, message: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


def _answered(session: Session, key_rmac: bytes, data: bytes) -> bytes:
    """The card's side of an answer, from what both hosts share."""
    padded = data + b"\x80" + bytes(-(len(data) + 1) % 16)
    enciphered = session._cipher(0x80).encryptor().update(padded)
    return enciphered + _cmac(key_rmac, session._chain + enciphered + b"\x90\0")[:8]


@given(st.sampled_from(Level), st.sampled_from([8, 16]), st.integers(40, 65_535))
def test_what_is_said_to_fit_fits_and_one_byte_more_does_not(level: Level, mac_size: int, wrapped: int) -> None:
    fits = scp03.most_data(level, mac_size, wrapped)
    assert scp03.wrapped_size(level, mac_size, fits) <= wrapped < scp03.wrapped_size(level, mac_size, fits + 1)
    le = scp03.most_answer(level, mac_size, wrapped)
    if level.answers_authentic:
        more = scp03.wrapped_le(level, mac_size, le + 1, short=False)
        assert more is not None
        assert (scp03.wrapped_le(level, mac_size, le, short=False) or 0) <= wrapped
        assert more > wrapped or more == 65_536
    else:
        assert le == wrapped


@pytest.mark.parametrize(
    ("answer", "size", "what"),
    [
        ("00" * 28, 8, "28 bytes"),
        ("00" * 10 + "300270" + "00" * 16, 8, "SCP02"),
        ("00" * 10 + "300371" + "00" * 16, 8, "i is 71"),
        ("00" * 10 + "300370" + "00" * 32, 16, "i is 70"),
        ("00" * 10 + "300300" + "00" * 16, 8, "does not know level 33"),
    ],
)
def test_an_answer_that_is_not_scp03s_is_malformed(answer: str, size: int, what: str) -> None:
    with pytest.raises(Malformed, match=what):
        Session(KEYS, Level.ALL, bytes(size), bytes.fromhex(answer))


@given(st.binary(max_size=80), st.sampled_from([8, 16]))
def test_any_answer_is_an_offer_or_malformed_or_of_other_keys(answer: bytes, size: int) -> None:
    with pytest.raises((Malformed, NotAuthenticated)):
        Session(KEYS, Level.C_MAC, bytes(size), answer)


def test_a_class_says_that_it_is_secured() -> None:
    assert [scp03.secured(cla) for cla in (0x00, 0x80, 0x83, 0x84, 0x41)] == [0x04, 0x84, 0x87, 0x84, 0x61]
