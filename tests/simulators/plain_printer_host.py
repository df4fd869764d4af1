"""A program that knows only pyusb and the USB printer class: it does what it is told, line by line in JSON.

It stands for any client that we did not write. It runs in a process of its own, under umockdev's preload.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import usb.core
import usb.util


class Host:
    def __init__(self) -> None:
        self.device: Any = None

    def find(self, vendor: int, product: int) -> list[dict[str, object]]:
        """Look at the bus, from nothing."""
        found = list(usb.core.find(find_all=True, idVendor=vendor, idProduct=product))
        self.device = found[0] if found else None
        return [{"serial": d.serial_number, "product": d.product, "address": d.address} for d in found]

    def claim(self) -> dict[str, object]:
        self.device.set_configuration()
        usb.util.claim_interface(self.device, 0)
        interface = self.device[0][(0, 0)]
        return {"class": interface.bInterfaceClass, "endpoints": [e.bEndpointAddress for e in interface]}

    def control(self, kind: int, request: int, length: int) -> str:
        return bytes(self.device.ctrl_transfer(kind, request, 0, 0, length)).hex()

    def write(self, endpoint: int, data: str = "", file: str = "", timeout: int = 20000) -> int:
        """Send hex digits, or a file."""
        sent = Path(file).read_bytes() if file else bytes.fromhex(data)
        return int(self.device.write(endpoint, sent, timeout))

    def read(self, endpoint: int, size: int = 1024, timeout: int = 20000) -> str:
        return bytes(self.device.read(endpoint, size, timeout)).hex()


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
