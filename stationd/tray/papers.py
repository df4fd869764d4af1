"""Papers on this desktop: opened in its own viewer, saved where an officer wants them, their scans taken in.

A paper may name citizens. What is opened lies in a folder of the session's own memory that only its user can read, and
is gone when the officer has left; what is saved lies where the officer has put it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QProcess, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from stationd.client.documents import DocumentView
from stationd.tray.page import Shell
from stationd.tray.palette import Tone

VIEWER: Final = "xdg-open"
"""Opens a file in the program that the desktop has for it; a program of its own, which outlives the window."""

LARGEST_SCAN: Final = 20 * 2**20
LARGEST_LIST: Final = 2 * 2**20
"""Bytes."""

KEY: Final = "papers"

_Label = QFileDialog.DialogLabel


def run(program: str, arguments: Sequence[str]) -> bool:
    """Start a program on its own; returns whether there is one."""
    started, _ = QProcess.startDetached(program, list(arguments))
    return started


class Papers:
    """What a page does with papers.

    Args:
        shell: what the frame gives.
        page: over which files are chosen.
        start: starts a program on its own, and says whether there is one.
    """

    def __init__(self, shell: Shell, page: QWidget, start: Callable[[str, Sequence[str]], bool] = run) -> None:
        self._shell = shell
        self._page = page
        self.start = start
        self._opened: list[Path] = []

    def issue(self, kind: str, subject: str, then: Callable[[DocumentView], object]) -> None:
        """Issue a paper."""
        self._shell.link.ask(lambda client: client.issue_document(kind, subject), then, key=KEY)

    def open(self, document_id: str) -> None:
        """Show a paper in the desktop's viewer."""
        self._shell.link.ask(
            lambda client: client.document(document_id), lambda pdf: self._show(f"{document_id}.pdf", pdf), key=KEY
        )

    def save(self, document_id: str) -> None:
        """Save a paper where the officer says."""

        def chosen(path: Path) -> None:
            self._shell.link.ask(
                lambda client: client.document(document_id), lambda pdf: self._keep(path, pdf), key=KEY
            )

        self.choose("papers.save", chosen, "pdf", save_as=f"{document_id}.pdf")

    def print(self, document_id: str) -> None:
        """Print a paper on the office's printer."""
        done = self._shell.speech.say("papers.printed", paper=document_id)
        self._shell.link.ask(
            lambda client: client.print_document(document_id), lambda _: self._shell.tell(done, Tone.GOOD), key=KEY
        )

    def file_scan(self, document_id: str, then: Callable[[], object]) -> None:
        """File the scan of a signed paper."""

        def done(_: object) -> None:
            self._shell.tell(self._shell.speech.say("papers.scan-filed", paper=document_id), Tone.GOOD)
            then()

        def chosen(path: Path) -> None:
            content = self.read(path, LARGEST_SCAN)
            if content is not None:
                self._shell.link.ask(lambda client: client.file_scan(document_id, content), done, key=KEY)

        self.choose("papers.scan", chosen, "scan")

    def read(self, path: Path, largest: int) -> bytes | None:
        """Read a file that was chosen; says why if it cannot be."""
        try:
            if path.stat().st_size > largest:
                self._fail("papers.too-large", path)
                return None
            return path.read_bytes()
        except OSError:
            self._fail("papers.not-read", path)
            return None

    def choose(self, key: str, then: Callable[[Path], object], kind: str, *, save_as: str = "") -> None:
        """Let a file be chosen, on top of the page.

        Args:
            key: of the sentence on the button.
            then: is told which.
            kind: what files are offered, a name below `tray.papers.kind.`.
            save_as: how a new file is called; empty: one that is there is chosen.
        """
        say = self._shell.speech.say
        dialog = QFileDialog(self._page.window(), say(key))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilter(say(f"papers.kind.{kind}"))
        if save_as:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix(Path(save_as).suffix.lstrip("."))
            dialog.selectFile(save_as)
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        for label, words in {
            _Label.Accept: key,
            _Label.Reject: "steps.leave",
            _Label.LookIn: "papers.folder",
            _Label.FileName: "papers.file",
            _Label.FileType: "papers.type",
        }.items():
            dialog.setLabelText(label, say(words))
        dialog.fileSelected.connect(lambda path: then(Path(path)))
        dialog.open()

    def forget(self) -> None:
        """Take away what was opened: the officer has left."""
        while self._opened:
            path = self._opened.pop()
            with contextlib.suppress(OSError):
                path.unlink()
                path.parent.rmdir()

    def _show(self, name: str, pdf: bytes) -> None:
        runtime = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.RuntimeLocation)
        folder = (
            Path(runtime) / f"station-tray-{os.getpid()}"
        )  # another window's papers are not this one's to take away
        path = folder / name
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            path.unlink(missing_ok=True)
            _write(path, pdf)
        except OSError:
            self._fail("papers.not-written", path)
            return
        self._opened.append(path)
        if not self.start(VIEWER, [str(path)]):
            self.forget()
            self._shell.tell(self._shell.speech.say("papers.no-viewer"), Tone.CARE)

    def _keep(self, path: Path, pdf: bytes) -> None:
        try:
            path.unlink(missing_ok=True)
            _write(path, pdf)
        except OSError:
            self._fail("papers.not-written", path)
            return
        self._shell.tell(self._shell.speech.say("papers.saved", file=str(path)), Tone.GOOD)

    def _fail(self, key: str, path: Path) -> None:
        self._shell.tell(self._shell.speech.say(key, file=path.name), Tone.CARE)


def _write(path: Path, content: bytes) -> None:
    """Write a new file that only its user can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
