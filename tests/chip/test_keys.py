"""Key stores: they compute, and show nothing. The token is SoftHSM, as a program of others."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, ObjectClass
from typing_extensions import override

from drivers.deadline import Deadline
from stationd.chip import token
from stationd.chip.channel_errors import KeySetMissing, KeysUnavailable, PinRefused, TokenMissing, TokenSilent
from stationd.chip.channels import Channels
from stationd.chip.keys import LabKeys, NoKeys, _Entry
from stationd.chip.personalise import Personaliser
from stationd.chip.token import TokenKeys
from stationd.chip.token_child import Child, Ended, Silent, Worker
from stationd.chip.token_worker import Answer, Cmac, Done, Open, Size, Token
from stationd.model.issuance import Failing, Step
from stationd.press.trouble import cause_of, failing
from tests.chip.cards import KEYS, shipped
from tests.chip.fake_gp import FakeGp, cmac

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "839201"
SECRETS = [KEYS.enc.hex(), KEYS.mac.hex()]
TAG = bytes(range(0xA0, 0xB0))
OBJECTS = {"biodata": b"b" * 40, "photo": b"p" * 500, "signature": b"s", "finger_left": b"l", "finger_right": b"r"}


def shows_no_key(text: str) -> bool:
    low = text.lower().replace(" ", "").replace("\\x", "")
    return not any(secret in low or repr(bytes.fromhex(secret))[2:-1].lower() in low for secret in SECRETS)


def personalised(store: LabKeys | TokenKeys, card: FakeGp) -> None:
    profile = shipped("lab-gp-scp03")
    engine = Personaliser(card, profile, Channels(store).of(profile))
    deadline = Deadline.after(30)
    engine.identify(TAG, deadline)
    engine.write(OBJECTS, lambda _name: None, deadline)
    engine.verify(OBJECTS, deadline)
    engine.lock(deadline)


@pytest.fixture
def lab_file(tmp_path: Path) -> Path:
    file = tmp_path / "lab-keys.toml"
    file.write_text(
        f'[lab-gp]\nversion = 0x30\nenc = "{SECRETS[0]}"\nmac = "{SECRETS[1].upper()}"\ndek = "{"0" * 32}"\n'
    )
    return file


@pytest.fixture
def softhsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A token `cards` in a folder of its own; returns the file with its PIN."""
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    settings = tmp_path / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(settings))
    init = ["softhsm2-util", "--init-token", "--free", "--label", "cards", "--pin", PIN, "--so-pin", "5555"]
    subprocess.run(init, check=True, capture_output=True, env=os.environ)
    pin_file = tmp_path / "pin"
    pin_file.write_text(PIN + "\n")
    library = pkcs11.lib(str(SOFTHSM))
    library.reinitialize()  # it reads its configuration once a process
    yield pin_file
    library.finalize()


def put(label: str, value: bytes, *, extractable: bool = False) -> None:
    """Bring a key into the token, as whoever makes it does."""
    token = pkcs11.lib(str(SOFTHSM)).get_token(token_label="cards")
    with token.open(user_pin=PIN, rw=True) as session:
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.SECRET_KEY,
                Attribute.KEY_TYPE: KeyType.AES,
                Attribute.LABEL: label,
                Attribute.VALUE: value,
                Attribute.TOKEN: True,
                Attribute.PRIVATE: True,
                Attribute.SENSITIVE: not extractable,
                Attribute.EXTRACTABLE: extractable,
                Attribute.SIGN: True,
            }
        )


def test_keys_of_a_file_compute_and_are_not_shown(lab_file: Path) -> None:
    store = LabKeys(lab_file)
    keys = store.find("lab-gp")
    assert keys.bits == 128
    assert keys.cmac_enc(b"data") == cmac(KEYS.enc, b"data")
    assert keys.cmac_mac(b"data") == cmac(KEYS.mac, b"data")
    card = FakeGp(KEYS)
    personalised(store, card)
    assert card.life_cycle == 0x0F
    assert shows_no_key(f"{store!r} {store} {keys!r} {keys}")
    with pytest.raises(KeysUnavailable, match="no keys 'other'"):
        store.find("other")
    with pytest.raises(KeysUnavailable, match="no key store"):
        NoKeys().find("lab-gp")


def test_an_entry_of_a_file_of_keys_is_not_shown() -> None:
    entry = _Entry(enc=SECRETS[0], mac=SECRETS[1], dek=SECRETS[0])
    assert shows_no_key(f"{entry} {entry!r} {[entry]}")
    assert "128 bits" in repr(entry)


@pytest.mark.parametrize(
    "text",
    [
        f'[lab-gp]\nenc = "{SECRETS[0]}"\nmac = "{SECRETS[1]}00"\n',
        f'[lab-gp]\nenc = "{SECRETS[0]}"\n',
        f'[lab-gp]\nenc = "{SECRETS[0]}"\nmac = "{SECRETS[1]}"\nkek = "{SECRETS[1]}"\n',
        f'lab-gp = "{SECRETS[0]}"\n',
        f'[lab-gp\nenc = "{SECRETS[0]}"\n',
        f'[lab-gp]\nenc = "{SECRETS[0]}"\nmac = "{SECRETS[1] * 2}"\n',
    ],
)
def test_a_file_of_keys_that_is_wrong_is_refused_without_showing_it(lab_file: Path, text: str) -> None:
    lab_file.write_text(text)
    with pytest.raises(KeysUnavailable) as refused:
        LabKeys(lab_file)
    assert shows_no_key(f"{refused.value} {refused.value!r}")
    assert refused.value.__cause__ is None
    assert refused.value.may_have_acted is False


def test_a_tokens_keys_do_what_keys_of_a_file_do(softhsm: Path, lab_file: Path) -> None:
    put("lab-gp-enc", KEYS.enc)
    put("lab-gp-mac", KEYS.mac)
    store = TokenKeys(SOFTHSM, "cards", softhsm)
    keys, of_file = store.find("lab-gp"), LabKeys(lab_file).find("lab-gp")
    assert keys.bits == 128
    for data in (b"", b"x" * 33):
        assert (keys.cmac_enc(data), keys.cmac_mac(data)) == (of_file.cmac_enc(data), of_file.cmac_mac(data))
    card = FakeGp(KEYS)
    personalised(store, card)
    assert card.life_cycle == 0x0F
    assert PIN not in f"{store!r} {keys!r} {vars(store)}"
    store.close()
    assert store.find("lab-gp").bits == 128  # opened again
    store.close()


def test_a_tokens_key_that_could_be_read_out_is_refused(softhsm: Path) -> None:
    put("lab-gp-enc", KEYS.enc, extractable=True)
    put("lab-gp-mac", KEYS.mac)
    store = TokenKeys(SOFTHSM, "cards", softhsm)
    with pytest.raises(KeysUnavailable, match="can be read out"):
        store.find("lab-gp")
    store.close()


def test_what_a_token_lacks_is_said(softhsm: Path) -> None:
    store = TokenKeys(SOFTHSM, "cards", softhsm)
    with pytest.raises(KeysUnavailable, match="no key 'lab-gp-enc'"):
        store.find("lab-gp")
    store.close()
    put("lab-gp-enc", KEYS.enc)
    put("lab-gp-mac", KEYS.mac * 2)
    with pytest.raises(KeysUnavailable, match="two sizes"):
        store.find("lab-gp")
    store.close()
    softhsm.write_text("0000")
    with pytest.raises(KeysUnavailable) as refused:
        store.find("lab-gp")
    assert "PinIncorrect" in str(refused.value)
    assert "0000" not in str(refused.value)
    softhsm.unlink()
    with pytest.raises(KeysUnavailable, match="no PIN"):
        store.find("lab-gp")
    store.close()
    for store in (TokenKeys(SOFTHSM, "other", softhsm), TokenKeys(softhsm, "cards", softhsm)):
        softhsm.write_text(PIN)
        with pytest.raises(TokenMissing):
            store.find("lab-gp")


class Here(Worker):
    """The worker's code without its process, where a test can stand in for the library."""

    def __init__(self) -> None:
        self._token = Token()

    @override
    def ask(self, request: Open | Size | Cmac, seconds: float) -> Answer:
        return self._token.answer(request)

    @override
    def stop(self) -> None:
        pass


class CountingToken:
    """A token that counts how often somebody tried to log in, and takes one PIN."""

    def __init__(self, refusal: type[pkcs11.PKCS11Error]) -> None:
        self.tried: list[str] = []
        self._refusal = refusal

    def get_token(self, *, token_label: str) -> CountingToken:
        assert token_label == "cards"
        return self

    def open(self, *, user_pin: str) -> CountingToken:
        self.tried.append(user_pin)
        if user_pin != PIN:
            raise self._refusal
        return self

    def get_key(self, **_named: object) -> None:
        raise pkcs11.NoSuchKey

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "refusal",
    [pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked],
    ids=lambda kind: kind.__name__,
)
def test_a_pin_that_was_refused_is_not_presented_again_until_its_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: type[pkcs11.PKCS11Error]
) -> None:
    token, file = CountingToken(refusal), tmp_path / "pin"
    monkeypatch.setattr(pkcs11, "lib", lambda _module: token)
    file.write_text("0000")
    store = TokenKeys(SOFTHSM, "cards", file, Here)
    for _ in range(9):
        with pytest.raises(PinRefused, match=rf"{refusal.__name__}.* until {file} is changed") as refused:
            store.find("lab-gp")
        assert "0000" not in f"{refused.value} {refused.value!r} {vars(store)}"
    assert token.tried == ["0000"]
    file.write_text("0001")
    for _ in range(3):
        with pytest.raises(PinRefused):
            store.find("lab-gp")
    assert token.tried == ["0000", "0001"]
    file.write_text(PIN)
    with pytest.raises(KeySetMissing):
        store.find("lab-gp")
    assert token.tried == ["0000", "0001", PIN]


def test_a_token_that_fails_otherwise_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token, file = CountingToken(pkcs11.DeviceError), tmp_path / "pin"
    monkeypatch.setattr(pkcs11, "lib", lambda _module: token)
    file.write_text("0000")
    store = TokenKeys(SOFTHSM, "cards", file, Here)
    for _ in range(2):
        with pytest.raises(KeysUnavailable):
            store.find("lab-gp")
    assert len(token.tried) == 2


def python(code: str) -> Child:
    """A process in the worker's place."""
    return Child((sys.executable, "-c", code))


HANGING = "import time; time.sleep(600)"


def alive(child: Child) -> bool:
    return child._process.poll() is None


def test_a_token_that_never_answers_is_ended_at_its_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token, "OPENING", 0.2)
    file, started = tmp_path / "pin", []
    file.write_text(PIN)

    def start() -> Child:
        started.append(python(HANGING))
        return started[-1]

    store = TokenKeys(SOFTHSM, "cards", file, start)
    for _ in range(2):  # and again: it is opened anew
        began = time.monotonic()
        with pytest.raises(TokenSilent) as silent:
            store.find("lab-gp")
        assert time.monotonic() - began < 60  # of the ten minutes that it hangs
        assert PIN not in f"{silent.value} {silent.value!r}"
    assert [alive(child) for child in started] == [False, False]
    trouble = silent.value
    assert (cause_of(trouble).word, trouble.whole) == ("token-silent", True)
    assert (
        failing(trouble, Step.IDENTIFY, untouched=False) is Failing.DID_NOT_ACT
    )  # the line waits, the card is a blank


def test_a_line_that_finds_the_token_in_use_says_so_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token, "CALL", 0.05)
    file, asked, go = tmp_path / "pin", threading.Event(), threading.Event()
    file.write_text(PIN)

    class Busy(Here):
        @override
        def ask(self, request: Open | Size | Cmac, seconds: float) -> Answer:
            asked.set()
            go.wait(10)
            return Done(bits=128)

    store = TokenKeys(SOFTHSM, "cards", file, Busy)
    other = threading.Thread(target=store.find, args=("lab-gp",))
    other.start()
    assert asked.wait(10)
    with pytest.raises(TokenSilent, match="another line"):
        store.find("lab-gp")
    go.set()
    other.join()
    assert store.find("lab-gp").bits == 128


def test_a_library_that_brings_its_process_down_costs_no_daemon(tmp_path: Path) -> None:
    file = tmp_path / "pin"
    file.write_text(PIN)
    store = TokenKeys(SOFTHSM, "cards", file, lambda: python("import os; os.abort()"))
    with pytest.raises(TokenMissing, match="ended with status"):
        store.find("lab-gp")


@pytest.mark.parametrize("said", [b"", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x03abc"])
def test_what_a_process_says_that_is_no_answer_ends_it(said: bytes) -> None:
    child = python(f"import os; os.write(0, {said!r})")
    with pytest.raises(Ended):
        child.ask(Size("lab-gp-enc"), 10)
    assert not alive(child)


def test_a_process_that_says_half_an_answer_is_silent() -> None:
    child = python(f"import os; os.write(0, b'\\0\\0\\0\\x09abc'); {HANGING}")
    with pytest.raises(Silent):
        child.ask(Size("lab-gp-enc"), 0.5)
    assert not alive(child)


def test_what_goes_to_the_token_and_comes_back_shows_nothing() -> None:
    said = [Open("/lib.so", "cards", PIN), Done(mac=KEYS.enc), Done(bits=128, mac=KEYS.mac)]
    assert PIN not in repr(said)
    assert shows_no_key(repr(said))


def test_no_key_is_in_a_log_an_error_or_the_memory_of_an_error(
    lab_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    profile = shipped("lab-gp-scp03")
    texts = []
    for lose_at in range(14):
        card = FakeGp(KEYS)
        card.lose_at = lose_at
        channel = Channels(LabKeys(lab_file)).of(profile)
        try:
            Personaliser(card, profile, channel).identify(TAG, Deadline.after(5))
        except Exception as error:
            chain: BaseException | None = error
            while chain is not None:
                texts += [str(chain), repr(chain)]
                chain = chain.__cause__ or chain.__context__
        texts += [repr(channel), str(vars(channel))]
    assert len(texts) > 40
    assert shows_no_key(" ".join(texts) + caplog.text)


def test_a_station_without_a_token_does_not_load_its_library() -> None:
    code = "import stationd.chip.personalise, sys; print('pkcs11' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout == "False\n"
