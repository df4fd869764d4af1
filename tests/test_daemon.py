"""The daemon's beginning and end: what it does when the socket, the disk or its own work in the background fails."""

from __future__ import annotations

import asyncio
import datetime
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from drivers.catalog import Catalog
from stationd import daemon as composition
from stationd import giving_back
from stationd.chip.profiles import BadProfile
from stationd.clock import Clock
from stationd.daemon import Daemon, tend
from stationd.giving_back import GivingBack
from stationd.model import events
from stationd.settings import load
from stationd.store.keys import Enrolment, FileKeys
from stationd.store.store import CommitFailed

CONFIG = Path(__file__).parents[1] / "config"
SETTINGS = f"""
[station]
id = "kec-1"
kecamatan = "73.16.01"
data = "data"
[api]
socket = "run/api.sock"
users = [{os.getuid()}]
[registry]
url = "https://127.0.0.1:1"
[folders]
layouts = "{CONFIG / "layouts"}"
profiles = "{CONFIG / "profiles"}"
[lab]
name = "tests"
[[line]]
name = "line-1"
printer = {{ driver = "none", address = "x" }}
encoder = {{ driver = "none", address = "y" }}
"""


def certificate() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "kec-1")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    """A station whose registry is out of reach and whose line has no printer."""
    monkeypatch.setattr(composition, "FIRST_RETRY", 0.01)
    (tmp_path / "station.toml").write_text(SETTINGS)
    settings = load(tmp_path / "station.toml")
    keys = FileKeys(settings.keys)
    keys.create_station_keys()
    pem = certificate()
    keys.save_enrolment(Enrolment(pem, pem, keys.book_public()))
    made = Daemon(settings, Clock(), Catalog({}, {}, {}))
    yield made
    for line in made.lines:
        line.stop()
    for line in made.lines:
        if line.is_alive():
            line.join(20)
    made.store.close()


def test_an_older_version_of_a_profile_than_was_used_is_refused_also_after_a_restart(tmp_path: Path) -> None:
    """It is signed by the right key, as it was when it was new: the book says that it was replaced."""
    signer = ed25519.Ed25519PrivateKey.generate()
    public = signer.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "authority.pem").write_bytes(public)
    folder, text = tmp_path / "profiles", (CONFIG / "profiles" / "lab-gp-scp03.toml").read_text()
    folder.mkdir()

    def install(version: int) -> None:
        written = text.replace("version = 2", f"version = {version}").encode()
        (folder / "card.toml").write_bytes(written)
        (folder / "card.toml.sig").write_bytes(signer.sign(written))

    said = SETTINGS.replace('[lab]\nname = "tests"\n', "").replace(f'"{CONFIG / "profiles"}"', '"profiles"')
    said = said.replace("[[line]]", "profile_signers = ['authority.pem']\n[[line]]")
    (tmp_path / "station.toml").write_text(said)
    install(2)
    settings = load(tmp_path / "station.toml")
    keys, pem = FileKeys(settings.keys), certificate()
    keys.create_station_keys()
    keys.save_enrolment(Enrolment(pem, pem, keys.book_public()))

    def start() -> dict[str, int]:
        made = Daemon(settings, Clock(), Catalog({}, {}, {}))
        assert made._enter_start()
        with made.store.read() as view:
            used = view.profiles_used()
        made.store.close()
        return used

    assert start() == start() == {"lab-gp-scp03": 2}
    install(1)
    with pytest.raises(BadProfile, match=r"card\.toml: version 1 is older than version 2, which this station has used"):
        start()
    install(3)
    assert start() == {"lab-gp-scp03": 3}


def work(daemon: Daemon, meanwhile: Callable[[], None]) -> None:
    """Run a daemon, do something beside it once it is ready, and stop it."""

    async def run() -> None:
        stopping = asyncio.Event()
        ready = asyncio.Event()
        running = asyncio.create_task(daemon.run(stopping, ready.set))
        is_ready = asyncio.create_task(ready.wait())
        await asyncio.wait({running, is_ready}, return_when=asyncio.FIRST_COMPLETED)
        is_ready.cancel()
        try:
            if not running.done():
                await asyncio.to_thread(meanwhile)
        finally:
            stopping.set()
            await running

    asyncio.run(run())


def nothing() -> None:
    pass


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def closed(daemon: Daemon) -> bool:
    try:
        texts(daemon)
    except sqlite3.ProgrammingError:
        return True
    return False


def texts(daemon: Daemon) -> str:
    with daemon.store.read() as view:
        return "\n".join(view.texts(0, 100))


# --- the end ----------------------------------------------------------------------------------------------------------


def test_a_socket_that_cannot_be_bound_leaves_no_line_at_work_on_a_closed_book(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "run" / "api.sock" / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match=r"api\.sock"):
        work(daemon, nothing)
    assert not any(line.is_alive() for line in daemon.lines)
    assert closed(daemon)


def test_lines_end_before_the_book_is_closed_also_when_the_start_fails_half_way(daemon: Daemon) -> None:
    def not_ready() -> None:
        until(lambda: all(line.is_alive() for line in daemon.lines))
        raise RuntimeError("nobody to tell")

    with pytest.raises(RuntimeError, match="nobody to tell"):
        asyncio.run(daemon.run(asyncio.Event(), not_ready))
    assert not any(line.is_alive() for line in daemon.lines)
    assert closed(daemon)


READ_AT_ONCE = """
import sys, threading, types
import msgspec
from stationd.structs import prepare_structs

sys.setswitchinterval(1e-6)
LINES = ["from __future__ import annotations", "import msgspec"]
for number in range(30):
    inner = f"S{number - 1} | None" if number else "int | None"
    LINES += [f"class S{number}(msgspec.Struct):", f"    inner: {inner} = None", "    word: str = ''"]

def read(kind, begin):
    begin.wait()
    msgspec.json.decode(b'{"inner": {"word": "a"}}', type=kind)

for turn in range(40):
    module = types.ModuleType(f"turn{turn}")
    sys.modules[module.__name__] = module
    exec("\\n".join(LINES), module.__dict__)
    prepare_structs()
    begin = threading.Barrier(3)
    threads = [threading.Thread(target=read, args=(module.S29, begin)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_structs_that_threads_first_read_at_once_are_prepared() -> None:
    """Unprepared, one of the first of these turns ends in a segmentation fault."""
    assert subprocess.run([sys.executable, "-c", READ_AT_ONCE], check=False).returncode == 0


def test_an_orderly_end_closes_the_book(daemon: Daemon) -> None:
    work(daemon, lambda: until(lambda: daemon.lines[0].status.cause != ""))
    assert not any(line.is_alive() for line in daemon.lines)
    assert closed(daemon)


def test_a_line_that_does_not_end_in_time_keeps_its_book(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    card_is_out = threading.Event()
    monkeypatch.setattr(composition, "LAST_CARD", 0.05)
    monkeypatch.setattr(daemon.lines[0], "run", card_is_out.wait)
    work(daemon, nothing)
    assert daemon.lines[0].is_alive()
    assert not closed(daemon)
    card_is_out.set()


def test_systemd_waits_longer_than_the_last_card_may_take() -> None:
    unit = (CONFIG / "systemd" / "stationd.service").read_text()
    (minutes,) = re.findall(r"^TimeoutStopSec=(\d+)min$", unit, re.MULTILINE)
    assert int(minutes) * 60 >= composition.LAST_CARD + 10


# --- a disk that does not take it -------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["record", "erase_settled"])
def test_a_full_disk_does_not_keep_the_daemon_from_running(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    tries: list[object] = []
    target = daemon.store if what == "record" else daemon._book
    real = getattr(target, what)

    def full(*values: object) -> object:
        tries.append(values)
        if len(tries) <= 3:
            raise CommitFailed(daemon.store.path, "the disk is full")
        return real(*values)

    seen: list[str] = []
    monkeypatch.setattr(daemon.lines[0], "run", lambda: None)
    monkeypatch.setattr(target, what, full)

    def meanwhile() -> None:
        until(lambda: '"station-started"' in texts(daemon) and len(tries) > 3)
        seen.append(texts(daemon))

    work(daemon, meanwhile)
    assert seen[0].count('"station-started"') == 1


# --- work in the background -------------------------------------------------------------------------------------------


def test_work_that_fails_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composition, "FIRST_RETRY", 0.001)
    tries: list[int] = []

    async def fails_twice() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise CommitFailed(Path("book.db"), "the disk is full")

    asyncio.run(asyncio.wait_for(tend("test", fails_twice), 10))
    assert len(tries) == 3


def test_work_that_is_cancelled_is_not_begun_again() -> None:
    async def cancelled() -> int:
        begun = 0

        async def work() -> None:
            nonlocal begun
            begun += 1
            await asyncio.sleep(60)

        task = asyncio.create_task(tend("test", work))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return begun

    assert asyncio.run(cancelled()) == 1


def test_a_book_check_that_cannot_begin_says_so_and_is_tried_again(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = sys.executable
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    def meanwhile() -> None:
        until(lambda: daemon.station.book_check.state == "not-finished")
        monkeypatch.setattr(sys, "executable", python)
        until(lambda: daemon.station.book_check.state == "passed")

    work(daemon, meanwhile)


def test_a_return_that_the_disk_did_not_take_is_confirmed_later(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived = events.JobArrived(
        job_id="j1",
        citizen_ref="c1",
        issue_no=1,
        epoch=1,
        start_before=2_000_000_000,
        reason="first",
        urgent=None,
        layout="ktp-el",
        profile="lab-iso7816",
        policy_version=1,
        sealed_digest="d",
    )
    store = daemon.store
    store.record("registry", arrived, events.JobReturned(job_id="j1", cause="other"))
    monkeypatch.setattr(giving_back, "AGAIN", 0.01)
    real, failures = store.record, iter(range(2))

    def full(*values: object) -> object:
        if next(failures, None) is not None:
            raise CommitFailed(store.path, "the disk is full")
        return real(*values)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "record", full)

    async def takes_all(job_ids: Sequence[str], _: str) -> Sequence[str]:
        return job_ids

    async def run() -> None:
        carrying = asyncio.create_task(GivingBack(store, takes_all).run())
        await asyncio.to_thread(until, lambda: '"return-confirmed"' in texts(daemon) or carrying.done())
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)

    asyncio.run(run())
    assert texts(daemon).count('"return-confirmed"') == 1


def test_news_in_the_moment_of_the_end_does_not_keep_the_daemon_from_ending(daemon: Daemon) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        carrying = GivingBack(daemon.store, None)  # type: ignore[arg-type]
        task = asyncio.create_task(carrying.run())
        await asyncio.sleep(0.2)
        carrying.wake(loop)
        loop.call_soon(loop.call_soon, task.cancel)
        done, _ = await asyncio.wait({task}, timeout=5)
        task.cancel()
        assert done

    asyncio.run(run())


def test_a_commit_after_the_loop_has_ended_wakes_nobody(daemon: Daemon) -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    GivingBack(daemon.store, None).wake(loop)  # type: ignore[arg-type]
