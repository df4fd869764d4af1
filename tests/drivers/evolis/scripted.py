"""A machine that speaks bytes on a cable that is not there, and follows a script where it is given one."""

import time
from collections import deque

from drivers.deadline import Deadline
from drivers.errors import DeadlinePassed
from drivers.evolis import panels
from drivers.evolis.opening import _introduced, _met
from drivers.printer import Image, Panel

STATIONS = {"Si": "CARD", "Sis": "SMART CARD", "Sic": "CONTACTLESS CARD"}
IMAGE = Image(panels.WIDTH, panels.HEIGHT, {Panel.YELLOW: bytes(panels.WIDTH * panels.HEIGHT)})


def soon(seconds=30.0):
    return Deadline.after(seconds)


class ScriptedMachine:
    """A Primacy with cards and ribbon; also the wire to it.

    Attributes:
        answers: for a command's text, what the next times are answered instead of being obeyed: text to send, None for
            silence, an exception to raise. A `+` before the text: the command is obeyed all the same.
        end: what ends a reply.
        late: replies that are held back until `release` is called.
        most: bytes of one read.
    """

    gap = 0.02
    refills = True

    def __init__(self, model="Evolis Primacy", serial="10000123456"):
        self.model, self.serial = model, serial
        self.place = "OK"
        self.feeder, self.fed, self.panels, self.ribbon = 5, 40, 200, 99
        self.mode, self.cleanings, self.ribbon_in = 0, 3, True
        self.cover_open = False
        self.answers = {}
        self.end = b"\0"
        self.most = 1000
        self.log = []
        self.downloads = []
        self.closed = False
        self.held = []
        self._in, self._out = b"", deque()

    # The wire's side.

    def write(self, data, deadline):  # noqa: ARG002 - it takes everything at once
        self._in += data
        while (command := self._cut()) is not None:
            self._take(*command)

    def read(self, deadline):
        if not self._out:
            time.sleep(deadline.remaining())
            raise DeadlinePassed("", "read", 0.0)
        data = self._out.popleft()
        if len(data) > self.most:
            self._out.appendleft(data[self.most :])
        return data[: self.most]

    def recover(self):
        pass

    def close(self):
        self.closed = True

    def send(self, reply):
        self._out.append(reply.encode("latin-1") + self.end)

    def silence(self):
        self._out.clear()

    # The machine's side.

    def _cut(self):
        self._in = self._in.lstrip(b"\0")
        if self._in.startswith(b"\x1bDb;"):
            parts = self._in.split(b";", 3)
            if len(parts) < 4:
                return None
            size = panels.size(int(parts[2]))
            if len(parts[3]) <= size:
                return None
            self._in = parts[3][size:].lstrip(b"\0").removeprefix(b"\r")
            return b";".join(parts[:3]).decode()[1:], parts[3][:size]
        text, mark, rest = self._in.partition(b"\r")
        if not mark:
            return None
        self._in = rest
        return text.decode("latin-1").removeprefix("\x1b"), b""

    def _take(self, text, data):
        self.log.append(text)
        scripted = self.answers.get(text, [])
        if not scripted:
            self.send(self._obey(text, data))
            return
        answer = scripted.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if answer is not None and answer.startswith("+"):
            self._obey(text, data)
            answer = answer[1:]
        if answer:
            self.send(answer)

    def _obey(self, text, data):  # noqa: PLR0911 - one line a command
        head = text.partition(";")[0]
        told = {
            "Rsn": self.serial, "Rtp": self.model, "Rfv": "1650", "Rlr;p": self.place, "Rlr;c": "OK", "Rcr": "OK",
            "Rse;o": "0,00 Volts" if self.cover_open else "5,00 Volts",
            "Rse;f": "5,00 Volts" if self.feeder else "0,00 Volts",
            "Rco;c": str(self.fed), "Rco;p": str(self.panels), "Rco;n": str(self.cleanings), "Rco;l": str(self.ribbon),
            "Rem": f"{self.mode} 0",
        }  # fmt: skip
        if text in told:
            return told[text]
        if text in STATIONS:
            if self.place == "OK":
                if not self.feeder:
                    return "FEEDER EMPTY"
                self.feeder -= 1
                self.fed += 1
            self.place = STATIONS[text]
            return "OK"
        if text == "Scp":
            self.cleanings += not self.ribbon_in
            return "ERR RIBBON" if self.ribbon_in else "OK"
        if text in ("Se", "Ser"):
            self.place = "OK"
            return "OK"
        if text.startswith("Pem;"):
            self.mode = int(text[4:])
            return "OK"
        if head == "Db":
            self.downloads.append((text, data))
            self.panels += 1
            return "OK"
        return "OK" if head in ("Pr", "Ss", "Sr") else "ERROR CDE"


def opened(machine, levels=32):
    return _introduced(_met(machine, soon()), "evolis test", levels, soon())
