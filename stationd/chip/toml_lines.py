"""In which line of a TOML text a key stands. The standard library's parser does not keep it."""

from __future__ import annotations

import tomllib

Path = tuple[str | int, ...]
"""A place in a document: keys, and numbers for the items of arrays."""

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def find(text: str) -> dict[Path, int]:
    """Return the line, from 1, of every table, key and array item of a text that `tomllib` has accepted."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


def nearest(lines: dict[Path, int], path: Path) -> int:
    """Return the line of a place, or of the nearest one around it that is written in the text."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Scanner:
    """Walks over a valid document and notes where things begin."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.lines: dict[Path, int] = {}
        self._sizes: dict[Path, int] = {}  # of arrays of tables

    def document(self) -> None:
        table: Path = ()
        while self._skip_blank():
            if self._peek("[["):
                table = self._header("[[", "]]")
                item = self._sizes.get(table, 0)
                self._sizes[table] = item + 1
                table = (*table, item)
                self._note(table)
            elif self._peek("["):
                table = self._header("[", "]")
                self._note(table)
            else:
                self._pair(table)

    def _header(self, opening: str, closing: str) -> Path:
        self._at += len(opening)
        path: Path = ()
        *outer, last = self._key()
        for key in outer:
            path = (*path, key)
            if path in self._sizes:  # below an array of tables a header means its last item
                path = (*path, self._sizes[path] - 1)
        path = (*path, last)
        self._at += len(closing)
        return path

    def _pair(self, table: Path) -> None:
        start = self._at
        path = (*table, *self._key())
        self._note(path, start)
        self._at += 1  # the equals sign
        self._value(path)

    def _key(self) -> list[str]:
        keys = []
        while True:
            self._skip_space()
            start = self._at
            if self._text[start] in "\"'":
                self._string()
                keys.append(next(iter(tomllib.loads(f"{self._text[start : self._at]} = 0"))))
            else:
                while self._text[self._at] in _BARE:
                    self._at += 1
                keys.append(self._text[start : self._at])
            self._skip_space()
            if not self._peek("."):
                return keys
            self._at += 1

    def _value(self, path: Path) -> None:
        self._skip_space()
        match self._text[self._at]:
            case "[":
                self._at += 1
                item = 0
                while self._skip_blank() and not self._peek("]"):
                    self._note((*path, item))
                    self._value((*path, item))
                    item += 1
                    if self._skip_blank() and self._peek(","):
                        self._at += 1
                self._at += 1
            case "{":
                self._at += 1
                while self._skip_blank() and not self._peek("}"):
                    self._pair(path)
                    if self._skip_blank() and self._peek(","):
                        self._at += 1
                self._at += 1
            case '"' | "'":
                self._string()
            case _:
                while self._at < len(self._text) and self._text[self._at] not in ",]}#\r\n":
                    self._at += 1

    def _string(self) -> None:
        quote = self._text[self._at]
        long = self._peek(quote * 3)
        closing = quote * 3 if long else quote
        self._at += len(closing)
        while not self._peek(closing):
            self._at += 2 if quote == '"' and self._peek("\\") else 1
        self._at += len(closing)
        while long and self._peek(quote):  # up to two quotes may stand before the closing three
            self._at += 1

    def _skip_space(self) -> None:
        while self._at < len(self._text) and self._text[self._at] in " \t":
            self._at += 1

    def _skip_blank(self) -> bool:
        while self._at < len(self._text):
            if self._peek("#"):
                while self._at < len(self._text) and not self._peek("\n"):
                    self._at += 1
            elif self._text[self._at] in " \t\r\n":
                self._at += 1
            else:
                return True
        return False

    def _peek(self, expected: str) -> bool:
        return self._text.startswith(expected, self._at)

    def _note(self, path: Path, at: int | None = None) -> None:
        line = self._text.count("\n", 0, self._at if at is None else at) + 1
        for end in range(1, len(path) + 1):
            self.lines.setdefault(path[:end], line)
