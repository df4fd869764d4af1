"""`preview`: the picture of a card, in a file that nobody else can read."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import click

from stationd.cli.console import Console, Trouble
from stationd.cli.spoken import SpokenCommand

VIEWER: Final = "xdg-open"

OPENING: Final = 20
"""Seconds that the program which opens pictures may take to begin."""


@click.command(cls=SpokenCommand, help="preview")
@click.argument("job", metavar="JOB")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="preview-out")
@click.option("--open", "opened", is_flag=True, help="preview-open")
@click.pass_obj
def preview(console: Console, job: str, out: Path | None, *, opened: bool) -> None:
    """Put the picture of a card where this user can look at it."""
    picture = console.client.preview(job)
    file = _written(picture, out)
    if console.as_json:
        console.data({"file": str(file)})
    else:
        console.say("preview.written", job=job, file=file)
        console.say("preview.delete", file=file)
    if opened:
        _open(file)


def _written(picture: bytes, out: Path | None) -> Path:
    """Write the picture into a new file of mode 0600, in memory if there is a place for that.

    Raises:
        Trouble: if it cannot be written, or the file is there already.
    """
    file = out
    try:
        if file is None:
            descriptor, name = tempfile.mkstemp(".png", "stationd-", _private_folder())
            file = Path(name)
        else:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as target:
                target.write(picture)
        except OSError:
            file.unlink(missing_ok=True)  # half a picture is a citizen's data, too
            raise
    except OSError as error:
        raise Trouble("file-not-written", str(file or ""), error.strerror or "") from None
    return file


def _private_folder() -> str:
    """Return a folder of this user alone: the session's, which is in memory, else a new one."""
    session = os.environ.get("XDG_RUNTIME_DIR", "")
    return session if session and os.access(session, os.W_OK) else tempfile.mkdtemp(prefix="stationd-")


def _open(file: Path) -> None:
    try:
        subprocess.run(
            [VIEWER, str(file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=OPENING,
            check=True,
        )
    except subprocess.TimeoutExpired:
        pass  # a viewer that does not part from it is a viewer all the same
    except (OSError, subprocess.CalledProcessError) as error:
        raise Trouble("picture-not-opened", str(file), str(error)) from None


COMMANDS = (preview,)
