"""The GlobalPlatform lab card in a test's hand: with power, in a session, written and read back."""

from __future__ import annotations

from simulators.devices.chip_faults import Fault, with_faults
from simulators.devices.chip_gp import LAB_AID, GpChip, GpChips
from simulators.devices.chip_scp03 import KeySet
from tests.simulators.scp03_host import Host

SERIAL = "04112233445566"
SELECT = b"\x00\xa4\x04\x00" + bytes([len(LAB_AID)]) + LAB_AID + b"\x00"
STORE_DATA, LOCK, ACTIVATE = 0xE2, "80F0400F", "80F0401F"


def lab_keys(size: int = 16) -> KeySet:
    return KeySet(0x30, *(bytes(range(at, at + size)).hex() for at in (0x10, 0x40, 0x70)))


def powered(factory: GpChips | None = None) -> GpChip:
    chip = (factory or GpChips(lab_keys())).blank(SERIAL, "white")
    chip.power_on()
    return chip


def host_of(chip: GpChip, level: int = 0x33, keys: KeySet | None = None) -> Host:
    """A host beside a chip whose application is selected; not authenticated yet."""
    keys = keys or lab_keys()
    size = 16 if chip.state()["s16"] else 8
    assert chip.process(SELECT)[-2:] == b"\x90\x00"
    return Host(chip.process, bytes.fromhex(keys.enc), bytes.fromhex(keys.mac), level, size)


def in_session(chip: GpChip, level: int = 0x33, keys: KeySet | None = None) -> Host:
    host = host_of(chip, level, keys)
    assert host.establish() == 0x9000
    return host


def store(host: Host, dgi: int, content: bytes, chunk: int = 200) -> list[int]:
    """STORE DATA in blocks; the status of each."""
    length = bytes([len(content)]) if len(content) < 0xFF else b"\xff" + len(content).to_bytes(2, "big")
    whole = dgi.to_bytes(2, "big") + length + content
    blocks = [whole[at : at + chunk] for at in range(0, len(whole), chunk)]
    return [
        host.transmit(f"80E2{0x88 if number == len(blocks) - 1 else 0x08:02X}{number:02X}", block)[1]
        for number, block in enumerate(blocks)
    ]


def read(host: Host, dgi: int) -> bytes:
    """SELECT the file, READ BINARY to its end."""
    described, sw = host.transmit("00A40204", dgi.to_bytes(2, "big"), le=0)
    assert sw == 0x9000
    size, content = int.from_bytes(described[4:6], "big"), b""
    while len(content) < size:
        piece, sw = host.transmit(f"00B0{len(content):04X}", le=0)
        assert sw == 0x9000
        content += piece
    return content


def with_script(chip: GpChip, *faults: Fault) -> GpChip:
    scripted = GpChips(lab_keys()).restore(with_faults(chip.state(), *faults))
    scripted.power_on()
    return scripted


def life_cycle(chip: GpChip) -> int:
    answer = chip.process(SELECT)
    return answer[answer.index(b"\x8a\x01") + 2]
