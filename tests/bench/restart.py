"""How long a start takes until the api answers, with many past jobs in the store and with none."""

from __future__ import annotations

import datetime
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from stationd.model import events, issuance, moves
from stationd.model.blank import Account, Movement, Place
from stationd.store.chronicle import Stamp
from stationd.store.keys import Enrolment, FileKeys
from stationd.store.store import Store, Transaction

ROOT = Path(__file__).parents[2]
STATION = "kec-bench"
NOW = 1_790_000_000.0
JOBS_A_COMMIT = 200

SETTINGS = """\
[station]
id = "{station}"
kecamatan = "73.16.02"
data = "data"
[api]
socket = "api.sock"
officers = {{}}
[registry]
url = "https://127.0.0.1:9"
[folders]
layouts = "{root}/config/layouts"
profiles = "{root}/config/profiles"
"""


def restart_seconds(folder: Path, past_jobs: int, runs: int = 5) -> list[float]:
    """Write a station's past, then start its daemon several times.

    Args:
        folder: an empty one, for the station.
        past_jobs: cards that were printed, accepted and erased before. Writing them takes about 3 ms each.
        runs: how often to start.

    Returns:
        Seconds from the start of the process to its word that it is ready, of each run.
    """
    _found(folder, past_jobs)
    return [_start_once(folder) for _ in range(runs)]


def _found(folder: Path, past_jobs: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "station.toml").write_text(SETTINGS.format(station=STATION, root=ROOT))
    keys = FileKeys(folder / "data" / "keys")
    keys.create_station_keys()
    certificate = _certificate(keys)
    keys.save_enrolment(Enrolment(certificate, certificate, keys.book_public()))
    book = folder / "data" / "book.db"
    store = Store(book, keys, STATION, "inc-bench", lambda: Stamp(NOW, "trusted", "boot", 1.0))
    if past_jobs:
        hopper = Account(Place.HOPPER, "line-1", batch="B")
        stocked = Movement(Account(Place.SUPPLY), hopper, past_jobs)
        store.record("bench", events.HopperLoaded(line="line-1", count=past_jobs, moves=(stocked,)))
    for first in range(0, past_jobs, JOBS_A_COMMIT):
        with store.write("bench") as transaction:
            for number in range(first, min(first + JOBS_A_COMMIT, past_jobs)):
                _one_card(transaction, number)
    store.vouch()
    store.close()


def _one_card(transaction: Transaction, number: int) -> None:
    job_id, attempt_id = f"job-{number}", f"attempt-{number}"
    transaction.record(
        events.JobArrived(
            job_id=job_id,
            citizen_ref=f"citizen-{number}",
            issue_no=1,
            epoch=1,
            start_before=int(NOW) + 86_400,
            reason="first",
            urgent=None,
            layout="ktp-el",
            profile="lab-iso7816",
            policy_version=1,
            sealed_digest=f"{number:064x}",
        )
    )
    transaction.record(events.PrintOrdered(job_id=job_id))
    reservation = events.AttemptReserved(
        attempt_id=attempt_id,
        job_id=job_id,
        line="line-1",
        route="inline-beside",
        stock="wni",
        batch="B",
        printer="p",
        session="s",
    )
    transaction.record(reservation)
    attempt = issuance.start(reservation)
    while steps := issuance.ready(attempt):
        step = steps[0]
        moved, seen = moves.intended(attempt, step), moves.observed(attempt, step)
        happened: list[issuance.AttemptEvent] = [events.StepIntended(attempt_id=attempt_id, step=step, moves=moved)]
        if step is issuance.Step.IDENTIFY:
            happened.append(events.ChipIdentified(attempt_id=attempt_id, identity=f"chip-{number}"))
        happened.append(events.StepObserved(attempt_id=attempt_id, step=step, moves=seen))
        for event in happened:
            transaction.record(event)
            attempt = issuance.apply(attempt, event)
    transaction.record(
        events.CardAccepted(
            attempt_id=attempt_id,
            job_id=job_id,
            citizen_ref=f"citizen-{number}",
            issue_no=1,
            identity=attempt.identity,
            moves=moves.accepted(attempt),
        )
    )
    transaction.record(events.PayloadErased(job_id=job_id))


def _start_once(folder: Path) -> float:
    address = folder / "notify.sock"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told, (folder / "stationd.log").open("ab") as log:
        told.bind(str(address))
        told.settimeout(120)
        command = [Path(sys.executable).parent / "stationd", "--settings", folder / "station.toml"]
        began = time.perf_counter()
        daemon = subprocess.Popen(command, env={**os.environ, "NOTIFY_SOCKET": str(address)}, stdout=log, stderr=log)
        try:
            told.recv(100)
            return time.perf_counter() - began
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)


def _certificate(keys: FileKeys) -> str:
    request = x509.load_pem_x509_csr(keys.certificate_request(STATION).encode())
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(request.subject)
        .public_key(request.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()
