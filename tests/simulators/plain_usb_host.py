"""A program that knows only pyusb: it does what it is told, line by line in JSON, and says what came of it.

It stands for any USB client that we did not write. It runs in a process of its own, under umockdev's preload.
"""

from __future__ import annotations

import json
import struct
import sys
import time
from pathlib import Path
from typing import Any

import usb.core
import usb.util

OUT, IN = 0x02, 0x81


class Host:
    def __init__(self) -> None:
        self.device: Any = None
        self.tag = 0

    def find(self) -> list[dict[str, object]]:
        """Look at the bus, from nothing."""
        found = list(usb.core.find(find_all=True, idVendor=0x2166, idProduct=0x701D))
        self.device = found[0] if found else None
        return [
            {
                "bus": d.bus,
                "address": d.address,
                "serial": d.serial_number,
                "product": d.product,
                "maker": d.manufacturer,
            }
            for d in found
        ]

    def claim(self) -> None:
        self.device.set_configuration()
        usb.util.claim_interface(self.device, 0)

    def release(self) -> None:
        usb.util.dispose_resources(self.device)

    def reset(self) -> None:
        self.device.reset()
        usb.util.claim_interface(self.device, 0)

    def recover(self) -> None:
        self.device.ctrl_transfer(0x21, 0xFF, 0, 0, None)
        self.device.clear_halt(IN)
        self.device.clear_halt(OUT)

    def do(self, block: str, length: int = 0, size: int = 0, fill: int = 0, timeout: int = 20000) -> dict[str, object]:
        """Run a command: `length` bytes in, or `size` bytes of `fill` out."""
        self.tag += 1
        command = bytes.fromhex(block)
        count, flags = size or length, 0x80 if length else 0
        began = time.perf_counter()
        packed = struct.pack("<4sIIBBB16s", b"USBC", self.tag, count, flags, 0, len(command), command)
        self.device.write(OUT, packed, timeout)
        if size:
            self.device.write(OUT, bytes([fill]) * size, timeout)
        data = bytes(self.device.read(IN, length, timeout)) if length else b""
        answer = bytes(self.device.read(IN, 13, timeout))
        return {"data": data.hex(), "status": answer[12], "seconds": time.perf_counter() - began}


def main() -> None:
    host = Host()
    with Path(sys.argv[1]).open() as orders:
        for line in orders:
            request = json.loads(line)
            try:
                answer = {"ok": getattr(host, request.pop("op"))(**request)}
            except usb.core.USBError as error:
                answer = {"error": type(error).__name__, "errno": error.errno}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
