"""Answers the two questions that ippeveprinter asks Avahi at its start, on a bus of its own.

It will not start without Avahi, and the real one is one a machine and announces to the network.
Usage: python -u avahi.py BUS-ADDRESS; says *ready* once it is there.
"""

import sys
from typing import Any

from gi.repository import Gio, GLib

INTERFACE = """<node><interface name="org.freedesktop.Avahi.Server">
<method name="GetAPIVersion"><arg direction="out" type="u"/></method>
<method name="GetState"><arg direction="out" type="i"/></method>
</interface></node>"""
ANSWERS = {"GetAPIVersion": GLib.Variant("(u)", (515,)), "GetState": GLib.Variant("(i)", (2,))}  # 2: running


def answer(*call: Any) -> None:
    _connection, _sender, _path, _interface, method, _parameters, invocation = call
    invocation.return_value(ANSWERS[method])


flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], flags, None, None)
bus.register_object("/", Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0], answer, None, None)
Gio.bus_own_name_on_connection(bus, "org.freedesktop.Avahi", 0, lambda *_: sys.stdout.write("ready\n"), None)
GLib.MainLoop().run()
