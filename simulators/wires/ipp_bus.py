"""Answers on a private D-Bus for Avahi, without which `ippeveprinter` does not start: it asks for version and state.

The real Avahi is one a machine, and announces to the network. Usage: `python -m simulators.wires.ipp_bus ADDRESS`;
says *ready* when it is there.
"""

from __future__ import annotations

import sys
from typing import Any

from gi.repository import Gio, GLib

NAME = "org.freedesktop.Avahi"
INTERFACE = f"""<node><interface name="{NAME}.Server">
<method name="GetAPIVersion"><arg type="u" direction="out"/></method>
<method name="GetState"><arg type="i" direction="out"/></method>
</interface></node>"""
VERSION, RUNNING = 515, 2


def _called(*call: Any) -> None:
    method, invocation = call[4], call[6]
    invocation.return_value(
        GLib.Variant("(u)", (VERSION,)) if method == "GetAPIVersion" else GLib.Variant("(i)", (RUNNING,))
    )


def main(address: str) -> None:
    """Serve until the bus ends."""
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    bus = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
    bus.register_object("/", Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0], _called, None, None)

    def ready(*_: object) -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    Gio.bus_own_name_on_connection(bus, NAME, Gio.BusNameOwnerFlags.NONE, ready, None)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(sys.argv[1])
