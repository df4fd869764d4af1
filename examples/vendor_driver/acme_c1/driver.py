"""The Acme C1 behind the interface of `drivers.printer`, which says what each call does.

What breaks an exchange ends the session: an answer that comes late must not pass for another's. The station opens the
machine anew and looks.
"""
# ruff: noqa: D102 - see there

from collections.abc import Iterator
from contextlib import contextmanager

from acme_c1 import protocol
from drivers import printer
from drivers.addresses import BadAddress, TcpAddress, parse
from drivers.deadline import Deadline
from drivers.errors import DeviceError, HeldByAnother, NotUnderstood, WrongDevice
from drivers.printer import CardCounter, Condition, Printer, PrinterFault, Reason, WholeCardPrinter
from drivers.transports import TcpStream


class AcmeC1(Printer, CardCounter, WholeCardPrinter):
    """One machine in one session."""

    capabilities = printer.Capabilities(
        printer.Raster(protocol.WIDTH, protocol.HEIGHT, protocol.DPI, frozenset(protocol.PANELS)),
        reject_bin=False, over_the_edge=False, film_beside_chip=False,
    )  # fmt: skip
    identity = printer.Identity("Acme", "", "", "")  # until it has told who it is

    def __init__(self, stream: TcpStream, name: str, deadline: Deadline) -> None:
        """Hear who the machine is. Raises what `drivers.errors` has for a machine that is not to be had."""
        self._stream, self._name, self._number = stream, name, 0
        with self._during("open"):
            match protocol.parse_answer(self._line(deadline), 0):
                case protocol.OK, ("C1", serial, firmware):
                    self.identity = printer.Identity("Acme", "C1", serial, firmware)
                case _, (protocol.BUSY,):
                    raise HeldByAnother(name, "open")
                case _, words:
                    raise WrongDevice(name, "open", "an Acme C1", " ".join(words))

    def status(self, deadline: Deadline) -> printer.Status:
        codes = self._state("status", deadline).codes
        # It holds no card between two jobs, unless one is stuck.
        media = printer.Media.JAMMED if protocol.JAMMED in codes else printer.Media.NOT_PRESENT
        return printer.Status(media, None, tuple(map(protocol.condition, codes)))

    def supplies(self, deadline: Deadline) -> tuple[printer.Supply, ...]:
        return (printer.Supply("ribbon YMCK", self._state("supplies", deadline).left, None, None),)

    def counters(self, deadline: Deadline) -> printer.Counters:
        return printer.Counters(printer.CounterKind.CARDS_PRINTED, self._state("counters", deadline).cards, {})

    def print_card(
        self, image: printer.Image, deadline: Deadline, tell: printer.Tell = printer.nobody
    ) -> printer.Completion:
        size = protocol.WIDTH * protocol.HEIGHT
        if not image.panels.keys() <= protocol.PANELS.keys() or any(len(ink) != size for ink in image.panels.values()):
            raise self._fault("print_card", Condition(Reason.BAD_COMMAND, "size", "the C1 takes no such picture"))
        before = self._state("print_card", deadline)
        for panel, ink in image.panels.items():
            self._ask("print_card", deadline, "PANEL", protocol.PANELS[panel], size, data=ink)
        tell((Condition(Reason.BUSY, "PRINT", "the C1 works on the card"),))  # it waits for nobody: what is wrong fails
        # From here on a card may have moved, unless the machine answers that none did.
        words = self._ask("print_card", deadline, "PRINT", acts=True)
        with self._during("print_card", acts=True):
            if words != (str(before.cards + 1),):  # answered when the card is out: that it was counted is the evidence
                raise NotUnderstood("", "", " ".join(words).encode(), f"{before.cards + 1} cards printed")
        return printer.Completion.SEEN

    def close(self) -> None:
        self._stream.close()

    def _state(self, operation: str, deadline: Deadline) -> protocol.State:
        words = self._ask(operation, deadline, "STATE")
        with self._during(operation):
            return protocol.parse_state(words)

    def _ask(
        self, operation: str, deadline: Deadline, *words: object, data: bytes = b"", acts: bool = False
    ) -> tuple[str, ...]:
        """Send a command and return the words behind `OK`. Raises `PrinterFault` for any other answer."""
        self._number += 1
        with self._during(operation, acts=acts):
            self._stream.send(protocol.command(self._number, *words) + data, deadline)
            verdict, told = protocol.parse_answer(self._line(deadline), self._number)
        if verdict == protocol.OK:
            return told
        raise self._fault(operation, protocol.condition(" ".join(told) or verdict), acts and verdict == protocol.FAIL)

    def _line(self, deadline: Deadline) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            line += self._stream.receive(1, deadline)
            if len(line) > protocol.LONGEST_LINE:
                raise NotUnderstood("", "", line, f"a line of at most {protocol.LONGEST_LINE} bytes")
        return line

    @contextmanager
    def _during(self, operation: str, *, acts: bool = False) -> Iterator[None]:
        """Say in whatever breaks which machine it was, what was asked of it, and whether a card may have moved."""
        try:
            yield
        except DeviceError as error:
            self._stream.close()
            error.device, error.operation, error.may_have_acted = self._name, operation, acts
            raise

    def _fault(self, operation: str, condition: Condition, may_have_acted: bool = False) -> PrinterFault:
        return PrinterFault(self._name, operation, condition, may_have_acted)


def open_printer(address: str, deadline: Deadline) -> Printer:
    """Open the machine at `tcp:HOST:PORT`."""
    where = parse(address, usual_port=9191)
    if not isinstance(where, TcpAddress):
        raise BadAddress(address, "open", "a C1 is on the network", "tcp:HOST or tcp:HOST:PORT")
    name = f"acme_c1 {where}"
    return AcmeC1(TcpStream(where.host, where.port, name, deadline), name, deadline)
