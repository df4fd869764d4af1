"""The program is upgraded: the daemon that starts on the old database says how far it is, and is ready in the end."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.bench.past import station_with


def test_a_daemon_tells_who_started_it_that_tables_are_derived_anew(tmp_path: Path) -> None:
    folder = station_with(tmp_path / "station", 40)
    database = folder / "data" / "book.db"
    raw = sqlite3.connect(database)
    raw.executescript("UPDATE derived SET version = 0; UPDATE jobs SET state = 'held'")
    (entries,) = raw.execute("SELECT count(*) FROM book").fetchone()
    raw.close()
    address = tmp_path / "notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told, (tmp_path / "log").open("wb") as log:
        told.bind(str(address))
        told.settimeout(60)
        command = [str(Path(sys.executable).parent / "stationd"), "--settings", str(folder / "station.toml")]
        daemon = subprocess.Popen(command, env={**os.environ, "NOTIFY_SOCKET": str(address)}, stdout=log, stderr=log)
        try:
            progress, ready = told.recv(500).decode(), told.recv(500).decode()
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)
    assert "EXTEND_TIMEOUT_USEC=" in progress
    assert f"{entries} of {entries}" in progress
    assert ready.startswith("READY=1")
    raw = sqlite3.connect(database)
    assert raw.execute("SELECT state, jobs FROM job_tally ORDER BY state").fetchall() == [
        ("accepted", 38),
        ("returned", 2),
    ]
    raw.close()
