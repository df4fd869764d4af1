"""The registry's desk: what its own people ask of a running registry, over a Unix socket in its folder.

A request is one line of JSON, `{"act": …, "with": {…}}`; the answer one line, `{"done": …}` or `{"refused": text}`.
`python -m simulators.registry.desk DIR ACT …` is the same for a person or a script.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click

SOCKET: Final = "desk.sock"
_LONGEST_LINE: Final = 256 * 1024 * 1024


class Refused(RuntimeError):
    """The desk did not do what it was asked; the text says why."""


class Desk:
    """A client of a running registry's desk; one short connection a request.

    Attributes:
        folder: the registry's.
        timeout: seconds to wait for an act.
    """

    def __init__(self, folder: Path, timeout: float = 60.0) -> None:
        self.folder = folder
        self.timeout = timeout

    def ask(self, act: str, **arguments: object) -> Any:
        """Have an act of `simulators.registry.clerk.ACTS` done and return its result.

        Args:
            act: its name.
            arguments: as its function takes them.

        Raises:
            Refused: it makes no sense as things are.
            OSError: the registry is not running.
        """
        line = json.dumps({"act": act, "with": arguments}).encode() + b"\n"
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(self.timeout)
            connection.connect(str(self.folder / SOCKET))
            connection.sendall(line)
            with connection.makefile("rb") as answers:
                answer = answers.readline()
        if not answer:
            raise ConnectionResetError(f"the registry in {self.folder} hung up during {act}")
        said = json.loads(answer)
        if "refused" in said:
            raise Refused(said["refused"])
        return said["done"]

    def code(self, station: str) -> str:
        """Make an enrolment code."""
        return str(self.ask("code", station=station))

    def pin_code(self, station: str, officer: str) -> str:
        """Give an officer a one-time code to set a PIN with; it is in the next version of the policy."""
        return str(self.ask("pin-code", station=station, officer=officer))

    def add_jobs(self, station: str, count: int = 1, **options: object) -> list[str]:
        """Queue jobs; the options are those of `clerk.add_jobs`. Returns their ids."""
        return list(self.ask("add-jobs", station=station, count=count, **options))

    def add_bad_job(self, station: str, defect: str, **options: object) -> str:
        """Queue a job that is wrong in one way; returns the registry's own id of it."""
        return str(self.ask("add-bad-job", station=station, defect=defect, **options))

    def policy(self, station: str, **options: object) -> int:
        """Make the next version of a station's policy and return it."""
        return int(self.ask("policy", station=station, **options))

    def job(self, job_id: str) -> dict[str, Any]:
        """Return a job's state without its content."""
        return next(job for job in self.ask("jobs") if job["job_id"] == job_id)

    def claims(self, job_id: str) -> dict[str, Any]:
        """Return the claims of a job as they were sent under its newest lease."""
        return dict(self.ask("claims", job_id=job_id))

    def events(self, station: str, incarnation: str | None = None, after: int = 0) -> list[dict[str, Any]]:
        """Return a station's acknowledged events after a number, read."""
        told = self.ask("events", station=station, incarnation=incarnation, after=after)
        return [json.loads(text) for text in told]


async def serve(
    path: Path, acts: dict[str, Callable[..., Any]], do: Callable[[Callable[..., Any], dict[str, Any]], Awaitable[Any]]
) -> asyncio.Server:
    """Open the desk on a Unix socket.

    Args:
        path: of the socket, in a folder that only its owner may enter; nothing may be there.
        acts: what may be asked, by name.
        do: does an act with its arguments and returns the result; a ValueError or KeyError is the asker's mistake.
    """

    async def answer(line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            act = acts[request["act"]]
            inspect.signature(act).bind(None, **request["with"])
            return {"done": await do(act, request["with"])}
        except (ValueError, KeyError, TypeError) as error:
            return {"refused": f"{type(error).__name__}: {error}"}

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await answer(line)).encode() + b"\n")
                await writer.drain()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    return await asyncio.start_unix_server(talk, path, limit=_LONGEST_LINE)


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("act")
@click.argument("arguments", nargs=-1)
def main(folder: Path, act: str, arguments: tuple[str, ...]) -> None:
    """Ask the desk of the registry in FOLDER to do ACT, with ARGUMENTS as name=value.

    A value is JSON if it can be read so, else text. The answer is printed as JSON. Acts: code station=S; policy
    station=S services='["SIAK"]'; field station=S place=enrekang kecamatan=Bungin; add-jobs station=S count=5;
    add-bad-job station=S defect=expired; revoke job_id=J; requeue job_id=J station=S; jobs; claims job_id=J; events
    station=S; citizen-reports station=S; answer-report citizen_ref=R claims='{}'; need-readiness on=true;
    grant-printing station=S digest=HEX; station station=S; stations; void-chips identity=HEX; incidents; forward
    seconds=N; grant-trips kit=K office=S; allotments; partner-list station=S list_id=L; decide-row station=S
    list_id=L row=2 cause=unknown.
    """
    given = dict(argument.partition("=")[::2] for argument in arguments)
    try:
        done = Desk(folder).ask(act, **{name: _value(text) for name, text in given.items()})
    except (Refused, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(json.dumps(done, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
