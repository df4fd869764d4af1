"""A desktop's tray that shows nothing: it watches for StatusNotifier items on the session's bus and says what they say.

Run as a program it prints a line of JSON for each item that registers and each icon that changes, and does what it
reads: `activate` presses the item.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

from gi.repository import Gio, GLib

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
PATH = "/StatusNotifierItem"
XML = f"""
<node><interface name='{WATCHER}'>
  <method name='RegisterStatusNotifierItem'><arg type='s' direction='in'/></method>
  <method name='RegisterStatusNotifierHost'><arg type='s' direction='in'/></method>
  <property name='RegisteredStatusNotifierItems' type='as' access='read'/>
  <property name='IsStatusNotifierHostRegistered' type='b' access='read'/>
  <property name='ProtocolVersion' type='i' access='read'/>
</interface></node>"""


class Host:
    """The tray."""

    def __init__(self) -> None:
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.items: list[str] = []
        interface = Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0]
        self.bus.register_object("/StatusNotifierWatcher", interface, self._called, self._property, None)
        Gio.bus_own_name_on_connection(self.bus, WATCHER, Gio.BusNameOwnerFlags.NONE, None, None)
        self.bus.signal_subscribe(None, ITEM, "NewIcon", PATH, None, Gio.DBusSignalFlags.NONE, self._changed)

    def _called(self, *call: Any) -> None:
        _, sender, _, _, method, parameters, invocation = call
        invocation.return_value(None)
        if method == "RegisterStatusNotifierItem":
            service = parameters.unpack()[0]
            self.items.append(service if not service.startswith("/") else sender)
            GLib.timeout_add(50, self._tell)

    def _property(self, *asked: Any) -> GLib.Variant:
        match asked[4]:
            case "RegisteredStatusNotifierItems":
                return GLib.Variant("as", self.items)
            case "IsStatusNotifierHostRegistered":
                return GLib.Variant("b", True)
            case _:
                return GLib.Variant("i", 0)

    def _changed(self, *_: Any) -> None:
        self._tell()

    def _tell(self) -> bool:
        ask = GLib.Variant("(s)", (ITEM,))
        told = self._call("org.freedesktop.DBus.Properties", "GetAll", ask).unpack()[0]
        pixels = told.get("IconPixmap") or []
        digest = hashlib.sha256(repr(pixels).encode()).hexdigest()
        sizes = [(wide, high) for wide, high, _ in pixels]
        told = {"title": told.get("Title"), "menu": told.get("Menu"), "icon": digest, "sizes": sizes}
        print(json.dumps(told), flush=True)  # noqa: T201 - what it is for
        return False

    def read(self, _: Any, __: Any) -> bool:
        """Do what is asked for."""
        if sys.stdin.readline().strip() != "activate":
            return False
        self._call(ITEM, "Activate", GLib.Variant("(ii)", (0, 0)))
        return True

    def _call(self, interface: str, method: str, parameters: GLib.Variant) -> GLib.Variant:
        flags = Gio.DBusCallFlags.NONE
        return self.bus.call_sync(self.items[-1], PATH, interface, method, parameters, None, flags, 5000, None)


def main() -> None:
    """Watch until the input ends."""
    host = Host()
    loop = GLib.MainLoop()
    GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, host.read)
    print(json.dumps("watching"), flush=True)  # noqa: T201 - whoever started it waits for that
    loop.run()


if __name__ == "__main__":
    main()
