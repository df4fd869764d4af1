"""What befalls the GlobalPlatform lab card at any command leaves a chip that can be read, or written over."""

from __future__ import annotations

import pytest

from simulators.devices.chip import Mishap
from simulators.devices.chip_faults import Garbage, MemoryFull, Mute, Reset, Slow, Tear, WrongSw, Yank
from simulators.devices.chip_gp import LAB_AID, GpChip
from tests.simulators.gp_card import (
    LOCK,
    STORE_DATA,
    host_of,
    in_session,
    life_cycle,
    powered,
    read,
    store,
    with_script,
)

# Faults, at every command


def personalise(chip: GpChip) -> bool:
    """Select, authenticate, write two files, read back, lock; twelve commands. Tells whether all went well."""
    host = host_of(chip)
    done = host.establish() == 0x9000
    done = done and set(store(host, 0x0101, b"t" * 16) + store(host, 0x0102, b"x" * 500)) == {0x9000}
    return done and read(host, 0x0102) == b"x" * 500 and host.transmit(LOCK, LAB_AID)[1] == 0x9000


COMMANDS = 12


@pytest.mark.parametrize("at", range(2, COMMANDS + 1))
@pytest.mark.parametrize("fault", [Yank, Mute, Reset], ids=["yank", "mute", "reset"])
@pytest.mark.parametrize("acted", [False, True])
def test_an_answer_lost_anywhere_leaves_a_chip_that_can_be_read_or_written_over(
    fault: type[Yank | Mute | Reset],
    at: int,
    acted: bool,
) -> None:
    chip = with_script(powered(), fault(at=at, acted=acted))
    with pytest.raises((AssertionError, IndexError)):
        assert personalise(chip)
    chip.power_off()
    chip.power_on()
    locked = life_cycle(chip) == 0x0F
    assert locked or personalise(chip)
    assert read(in_session(chip), 0x0102) == b"x" * 500


def test_a_torn_block_keeps_what_was_written() -> None:
    chip = with_script(powered(), Tear(at=2, ins=STORE_DATA, kept=3))
    host = in_session(chip)
    assert host.transmit("80E20800", bytes.fromhex("010108") + b"ab")[1] == 0x9000
    reply = chip.exchange(
        host._with_mac(b"\x84\xe2\x88\x01", bytes(16))
    )  # not a block's: the MAC is right, the padding not
    assert reply.mishap is Mishap.GONE
    chip.power_on()
    assert read(in_session(chip), 0x0101) == b"ab" + bytes(6)

    chip = with_script(powered(), Tear(at=2, ins=STORE_DATA, kept=3))
    host = in_session(chip)
    host.transmit("80E20800", bytes.fromhex("010108") + b"ab")
    assert host.transmit("80E28801", b"cdefgh") == (b"", 0)
    chip.power_on()
    assert read(in_session(chip), 0x0101) == b"abcde\0\0\0"


def test_faults_that_are_answered() -> None:
    faults = (WrongSw(at=1, ins=STORE_DATA, sw=0x6581), Slow(at=2, ins=STORE_DATA, seconds=2.5),
              MemoryFull(at=3, ins=STORE_DATA), Garbage(at=4, ins=STORE_DATA, answer="0102"))  # fmt: skip
    host = in_session(with_script(powered(), *faults))
    # What was not carried out was not counted either: the channel is out of step from there.
    assert store(host, 0x0101, b"a") == [0x6581]
    chip = with_script(powered(), *(fault for fault in faults if not isinstance(fault, WrongSw)))
    host = in_session(chip)
    assert store(host, 0x0101, b"a") == [0x9000]
    assert store(host, 0x0102, b"a") == [0x9000]
    assert store(host, 0x0103, b"a") == [0x6A84]
    assert store(host, 0x0101, b"b") == [0x0102]
    assert read(host, 0x0101) == b"b"
