"""A C1 in this process, on a port of its own, with hands on it: what `driver-conformance` asks of a person."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from drivers.conformance.hands import CannotDo, Lost, Seen, Trouble

CODES = {Trouble.HOPPER_EMPTY: "E1", Trouble.DOOR_OPEN: "E2", Trouble.JAM: "E3", Trouble.RIBBON_OUT: "E4"}
BLEED = 0.2  # seconds in which a session that was just ended is seen to have ended


class Simulator:
    """One machine: cards in, cards out, and a command to spoil."""

    def __init__(self) -> None:
        self.cards, self.left, self.out, self.inside = 117, 500, 0, 0
        self.pictures: list[dict[str, bytes]] = []
        self.port = 0
        self._troubles: set[Trouble] = set()
        self._spoiled: tuple[Lost, str, bool] | None = None
        self._mute = False
        self._last = b""
        self._taken = threading.Lock()
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.replug(elsewhere=False)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"tcp:127.0.0.1:{self.port}"

    # Its cable

    def unplug(self) -> None:
        """Shut every connection and take no more."""
        for connection in (self._listener, *self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()
        self._connections.clear()
        self._threads.clear()

    def replug(self, *, elsewhere: bool) -> None:  # noqa: ARG002 - on a network the address is the place
        """Listen, at the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    def _start(self, work, *args) -> None:
        thread = threading.Thread(target=work, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # unplugged
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            if not self._taken.acquire(timeout=BLEED):
                connection.sendall(b"0 NO E9\n")
                return
            try:
                connection.sendall(b"0 OK C1 A0042 1.3\n")
                self._talk(connection, connection.makefile("rb"))
            finally:
                self._taken.release()

    def _talk(self, connection: socket.socket, heard) -> None:
        picture: dict[str, bytes] = {}
        with heard:
            while line := heard.readline():
                number, word, *rest = line.decode("ascii").split()
                if word == "PANEL":
                    picture[rest[0]] = heard.read(int(rest[1]))
                if answer := self._answer(number, word, picture):
                    connection.sendall(answer)
                if word == "PRINT":
                    picture = {}

    # What it does

    def _answer(self, number: str, word: str, picture: dict[str, bytes]) -> bytes:
        if self._mute:
            return b""
        spoiled = self._spoiled if self._spoiled and self._spoiled[1] in (word, "any") else None
        if spoiled is None:
            self._last = f"{number} {self._obey(word, picture)}\n".encode("ascii")
            return self._last
        how, _, acts = spoiled
        self._spoiled = None
        answer = f"{number} {self._obey(word, picture) if acts else 'OK'}\n".encode("ascii")
        self._mute = how in (Lost.SILENCE, Lost.HALF)
        return {Lost.SILENCE: b"", Lost.GARBAGE: b"\xff\x00?\n", Lost.HALF: answer[:2], Lost.LAST: self._last}[how]

    def _obey(self, word: str, picture: dict[str, bytes]) -> str:
        if word == "STATE":
            codes = ",".join(sorted(CODES[trouble] for trouble in self._troubles if trouble is not Trouble.JAM))
            return f"OK {self.cards} {self.left} {'E3' if self.inside else codes or '-'}"
        if word != "PRINT":
            return "OK"
        for trouble in self._troubles - {Trouble.JAM}:
            return f"NO {CODES[trouble]}"
        if Trouble.JAM in self._troubles:
            self.inside = 1
            return "FAIL E3"
        self.cards, self.left, self.out = self.cards + 1, self.left - 1, self.out + 1
        self.pictures.append(picture)
        return f"OK {self.cards}"

    # Hands

    def make_ready(self) -> None:
        """Put everything right but a card inside."""
        self._troubles.clear()
        self._spoiled, self._mute = None, False
        if not self._connections and not self._threads:
            self.replug(elsewhere=False)

    def take_out(self) -> None:
        """Open it and take the card out."""
        self.inside = 0

    def look(self) -> Seen:
        """Say what is so."""
        return Seen(self.inside, self.out, 0, len(self.pictures))

    def cause(self, trouble: Trouble) -> None:
        """Bring it about; a jam comes with the next card."""
        self.require(trouble)
        self._troubles.add(trouble)

    def remedy(self, trouble: Trouble) -> None:
        """End it."""
        self._troubles.discard(trouble)

    def require(self, need: Lost | Trouble) -> None:
        """Any answer can be lost here; of troubles there are only a C1's."""
        if isinstance(need, Trouble) and need not in CODES:
            raise CannotDo(f"a C1 has no {need.value}")

    def lose_answer(self, how: Lost, act: str, *, acts: bool) -> None:
        """Spoil the next answer."""
        self._spoiled = how, "any" if act == "status" else "PRINT", acts

    def cut_power(self) -> None:
        """Take the mains away and give them back."""
        self.unplug()
        self.replug(elsewhere=False)

    def lay_card(self) -> None:
        """A C1 is no reader."""
        raise CannotDo("a C1 is no reader")

    take_card = lay_card
