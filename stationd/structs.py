"""What has to be done with msgspec before a program has a second thread."""

from __future__ import annotations

import msgspec


def prepare_structs(kind: type[msgspec.Struct] = msgspec.Struct) -> None:
    """Let msgspec work out how every kind of struct is read, before there is a second thread.

    It does so when a kind is first read, and two threads that do that at the same moment end the process: the second
    takes up what the first has half made (seen with 0.22: a segmentation fault just after a start).
    """
    for each in kind.__subclasses__():
        msgspec.json.Decoder(each)
        prepare_structs(each)
