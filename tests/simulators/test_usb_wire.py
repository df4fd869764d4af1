"""Plain pyusb on a real libusb, in a process of its own, meets the simulated machine as it would meet a real one."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.conftest import Site, site
from tests.simulators.plain_host import PlainHost, UsbError

INQUIRY = "120000006000"
READY = "000000000000"
SENSE = "030000001400"
LOAD = "31010000000000000000"
PANEL = "2a00030000002 9fc8000".replace(" ", "")
DOTS = 2072 * 1328


class Plain(PlainHost):
    MODULE = "tests.simulators.plain_usb_host"

    def sense(self) -> int:
        answer = bytes.fromhex(self("do", block=SENSE, length=20)["data"])
        return answer[2] << 16 | answer[12] << 8


def until(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def claimed(host: Plain) -> bool:
    try:
        host("claim")
    except UsbError:
        return False
    return True


def test_it_is_found_by_its_ids_and_answers(usb_site: Site) -> None:
    with Plain(usb_site) as host:
        (found,) = host("find")
        assert found["serial"] == "SN-1"
        assert found["product"] == "XID8600"
        host("claim")
        assert bytes.fromhex(host("do", block=INQUIRY, length=96)["data"])[16:23] == b"XID8600"
        assert host("do", block=READY)["status"] == 0


def test_a_card_is_printed_through_libusb(usb_site: Site) -> None:
    with Plain(usb_site) as host:
        host("find")
        host("claim")
        took = []
        for panel in ("03", "02", "01", "00"):
            done = host("do", block=PANEL[:4] + panel + PANEL[6:], size=DOTS, fill=255)
            assert done["status"] == 0
            took.append(done["seconds"])
        assert max(took) < 15, "2.7 MB, each 16 kB of which may wait only for the machine"
        assert host("do", block="3108070000000000000 0".replace(" ", ""))["status"] == 0
        assert host("do", block=LOAD)["status"] == 0
        while host("do", block=READY)["status"]:
            assert host.sense() == 0x0002D400
        assert host("do", block="31090000000000000000")["status"] == 0
    (card,) = usb_site.world.census()["output/matica-1"]
    (made,) = usb_site.world.card(card).prints
    assert made.source["panels"] == "black+cyan+magenta+yellow"
    log = [json.loads(line) for line in (usb_site.folder / "busy-matica-1.jsonl").read_text().splitlines()]
    assert {"feed", "print", "transfer", "eject"} <= {line["what"] for line in log}
    assert all(line["start"] <= line["end"] for line in log)


def test_a_mute_machine_gives_a_timeout_and_a_reset_helps(usb_site: Site) -> None:
    usb_site.hand("fault", fault={"kind": "mute", "command": "load"})
    with Plain(usb_site) as host:
        host("find")
        host("claim")
        with pytest.raises(UsbError) as raised:
            host("do", block=LOAD, timeout=300)
        assert raised.value.name == "USBTimeoutError"
        until(lambda: usb_site.world.census().get("machine/matica-1"))  # it acted all the same
        host("reset")
        assert host("do", block=READY)["status"] == 1
        assert host.sense() == 0x00062800
        assert host("do", block=READY)["status"] == 0


def test_reset_recovery_helps_too(usb_site: Site) -> None:
    usb_site.hand("fault", fault={"kind": "mute", "command": "inquiry"})
    with Plain(usb_site) as host:
        host("find")
        host("claim")
        with pytest.raises(UsbError):
            host("do", block=INQUIRY, length=96, timeout=300)
        host("recover")
        assert host("do", block=READY)["status"] == 0


def test_a_stall_is_a_pipe_error(usb_site: Site) -> None:
    with Plain(usb_site) as host:
        host("find")
        host("claim")
        with pytest.raises(UsbError) as raised:
            host("do", block="1a0011000a00", length=10)
        assert raised.value.errno == 32


def test_only_one_process_has_it_and_a_killed_one_has_it_no_more(usb_site: Site) -> None:
    with Plain(usb_site) as first, Plain(usb_site) as second:
        first("find")
        first("claim")
        first("do", block=LOAD)
        second("find")
        with pytest.raises(UsbError) as raised:
            second("claim")
        assert raised.value.errno == 16
        (card,) = usb_site.world.census()["machine/matica-1"]
        first.kill()
        until(lambda: claimed(second))
        assert second("do", block=READY)["status"] == 0
        assert usb_site.world.census()["machine/matica-1"] == [card]


def test_one_that_is_killed_at_any_moment_of_an_exchange_has_it_no_more(usb_site: Site) -> None:
    with Plain(usb_site) as second:
        for milliseconds in range(0, 45, 3):
            with Plain(usb_site) as first:
                first("find")
                first("claim")
                first("recover")
                for _ in range(200):
                    first.tell("do", block=INQUIRY, length=96)
                time.sleep(milliseconds / 1000)
                first.kill()
            second("find")
            until(lambda: claimed(second))
            second("release")


@pytest.mark.parametrize("elsewhere", [True, False])
def test_unplugged_in_mid_command_and_plugged_in_again(usb_site: Site, elsewhere: bool) -> None:
    with Plain(usb_site) as host:
        (before,) = host("find")
        host("claim")
        usb_site.hand("fault", fault={"kind": "slow", "command": "load", "factor": 20})
        usb_site.hand("fault", fault={"kind": "mute", "command": "load"})  # should the hand still come too late
        host.tell("do", block=LOAD, timeout=20000)
        until(lambda: usb_site.world.census().get("machine/matica-1"))
        usb_site.hand("unplug")
        with pytest.raises(UsbError) as raised:
            host.hear()
        assert raised.value.errno == 19
        assert host("find") == []
        usb_site.hand("replug", new_address=elsewhere)
        (after,) = host("find")
        assert after["serial"] == before["serial"]
        assert (after["address"] != before["address"]) is elsewhere
        host("claim")
        until(lambda: host("do", block=READY)["status"] == 0)
        assert usb_site.world.census()["machine/matica-1"], "the card was fed all the same"


def test_unplugged_in_mid_upload(usb_site: Site) -> None:
    usb_site.hand("fault", fault={"kind": "unplug", "command": "panel", "acts": True})
    with Plain(usb_site) as host:
        host("find")
        host("claim")
        with pytest.raises(UsbError) as raised:
            host("do", block=PANEL, size=DOTS)
        assert raised.value.errno == 19


def test_the_mains_go_and_come_back(usb_site: Site) -> None:
    with Plain(usb_site) as host:
        host("find")
        host("claim")
        usb_site.hand("mains", on=False)
        with pytest.raises(UsbError) as raised:
            host("do", block=READY)
        assert raised.value.errno == 19
        usb_site.hand("mains", on=True)
        (found,) = host("find")
        assert found["serial"] == "SN-1"
        host("claim")
        codes = []
        for _ in range(3):
            assert host("do", block=READY)["status"] == 1
            codes.append(host.sense())
        assert codes == [0x0002C300, 0x00062800, 0x0002DA00]


def test_two_machines_side_by_side() -> None:
    with site("usb", ["matica-1", "matica-2"]) as both, Plain(both) as host:
        found = host("find")
        assert sorted(one["serial"] for one in found) == ["SN-1", "SN-2"]


def test_garbage_reaches_the_host_as_it_is(usb_site: Site) -> None:
    usb_site.hand("fault", fault={"kind": "garbage", "command": "inquiry"})
    with Plain(usb_site) as host:
        host("find")
        host("claim")
        spoilt = bytes.fromhex(host("do", block=INQUIRY, length=96)["data"])
        assert len(spoilt) == 96
        assert spoilt[16:23] != b"XID8600"


def test_a_killed_simulator_is_swept_up_by_the_next_and_a_living_one_is_not(usb_site: Site) -> None:
    living = Path(usb_site.environment["UMOCKDEV_DIR"])
    dead = living.with_name("umockdev.DEAD" + living.name[-4:])
    dead.mkdir()
    (dead / "owner.lock").touch()
    with site("usb", ["matica-1"]):
        assert living.is_dir()
        assert not dead.exists()
