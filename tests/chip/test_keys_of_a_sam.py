"""With a SAM or a token no key is anywhere in what the station says, whatever fails and whenever."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typing_extensions import override

from drivers.deadline import Deadline
from stationd.chip.keys import LabKeySet
from stationd.chip.personalise import Personaliser
from stationd.chip.scp03 import Level
from stationd.chip.soft import SoftComputer
from stationd.chip.token import TokenKeys
from stationd.chip.token_worker import Answer, Cmac, Done, Open, Size
from tests.chip.cards import KEYS, secured, shipped, through
from tests.chip.fake_gp import FakeGp, FakeSam
from tests.chip.test_keys import PIN, TAG, Here, shows_no_key


def said_by(error: BaseException) -> list[str]:
    """What an error and all behind it say."""
    texts: list[str] = []
    chain: BaseException | None = error
    while chain is not None:
        texts += [str(chain), repr(chain), str(vars(chain))]
        chain = chain.__cause__ or chain.__context__
    return texts


@pytest.mark.parametrize("of", ["chip", "sam"])
def test_a_sams_keys_are_in_nothing_that_is_said(of: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    profile, texts = shipped("lab-sam"), []
    with capture_logs() as logged:
        for lose_at in range(12):
            card, sam = FakeGp(KEYS), FakeSam({"lab-gp": KEYS})
            (card if of == "chip" else sam).lose_at = lose_at
            channel = through(profile, sam)
            try:
                Personaliser(card, profile, channel).identify(TAG, Deadline.after(5))
            except Exception as error:
                texts += said_by(error)
            texts.append(repr(channel))
    assert len(texts) > 12
    assert shows_no_key(" ".join(texts) + caplog.text + str(logged))


class Store(Here):
    """A token with the keys, which fails at one of the things that it is asked."""

    fails_at = 0

    @override
    def ask(self, request: Open | Size | Cmac, seconds: float) -> Answer:
        type(self).fails_at -= 1
        if type(self).fails_at == 0:
            raise OSError("gone")
        if isinstance(request, Cmac):
            keys = LabKeySet(KEYS.enc, KEYS.mac)
            return Done(mac=(keys.cmac_enc if request.label.endswith("enc") else keys.cmac_mac)(request.data))
        return Done(bits=128)


def test_a_tokens_pin_and_what_it_computes_are_in_nothing_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    profile, file, texts = shipped("lab-gp-scp03"), tmp_path / "pin", []
    file.write_text(PIN)
    computed = LabKeySet(KEYS.enc, KEYS.mac)
    for fails_at in range(1, 12):
        Store.fails_at = fails_at
        tokens = TokenKeys(Path("/lib.so"), "cards", file, Store)
        try:
            channel = secured(profile, SoftComputer(tokens.find("lab-gp"), Level.ALL, 8))
            Personaliser(FakeGp(KEYS), profile, channel).identify(TAG, Deadline.after(5))
        except Exception as error:
            texts += said_by(error)
        texts += [repr(tokens), repr(vars(tokens))]
    said = " ".join(texts) + caplog.text
    assert PIN not in said
    assert shows_no_key(said)
    assert computed.cmac_enc(b"").hex() not in said
