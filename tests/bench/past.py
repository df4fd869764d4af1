"""A station with years behind it: every card in its book was entered by the store itself, only many to a commit.

A book of 100,000 cards takes minutes to write, so it may be kept: a folder that is there is used as it is.
"""

from __future__ import annotations

import base64
import datetime
import json
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from stationd.model import events
from stationd.model.blank import Account, Movement, Place
from stationd.store.chronicle import Stamp
from stationd.store.keys import Enrolment, FileKeys
from stationd.store.store import Store
from tests.bench.book import card

ROOT = Path(__file__).parents[2]
STATION = "kec-bench"
NOW = 1_790_000_000.0
JOBS_A_COMMIT = 200

GIVEN_BACK = 20
"""Every so manyth job was not printed but given back."""

SETTINGS = """\
[station]
id = "{station}"
kecamatan = "73.16.02"
data = "data"
[api]
socket = "api.sock"
[registry]
url = "https://127.0.0.1:9"
[folders]
layouts = "{root}/config/layouts"
profiles = "{root}/config/profiles"
[lab]
name = "tests"
"""


def station_with(folder: Path, past_jobs: int) -> Path:
    """Found a station in a folder, unless it is there, and return the folder.

    Args:
        folder: for the station's settings and data.
        past_jobs: how many of its jobs are settled: accepted, or given back; erased, and countersigned as its own
            registry.
    """
    if not folder.exists():
        making = folder.with_name(f"{folder.name}.unfinished-{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%S}")
        _found(making, past_jobs)
        making.rename(folder)
    return folder


def open_store(folder: Path) -> Store:
    """Open the book of a station that was founded here."""
    data = folder / "data"
    return Store(data / "book.db", FileKeys(data / "keys"), STATION, "inc-bench", _stamp)


def _stamp() -> Stamp:
    return Stamp(NOW, "trusted", "boot", 1.0)


def _found(folder: Path, past_jobs: int) -> None:
    folder.mkdir(parents=True)
    (folder / "station.toml").write_text(SETTINGS.format(station=STATION, root=ROOT))
    keys = FileKeys(folder / "data" / "keys")
    keys.create_station_keys()
    certificate = _certificate(keys)
    keys.save_enrolment(Enrolment(certificate, certificate, keys.book_public()))
    store = open_store(folder)
    if past_jobs:
        hopper = Account(Place.HOPPER, "line-1", batch="B-1")
        stocked = Movement(Account(Place.SUPPLY), hopper, past_jobs)
        store.record("bench", events.HopperLoaded(line="line-1", count=past_jobs, moves=(stocked,)))
    for first in range(0, past_jobs, JOBS_A_COMMIT):
        _enter(store, range(first, min(first + JOBS_A_COMMIT, past_jobs)))
    store.vouch()
    store.close()


def _enter(store: Store, numbers: range) -> None:
    with store.write("bench") as transaction:
        for number in numbers:
            arrived, *made = [event for _, event in card(f"job-{number}")]
            given_back = [
                events.JobReturned(job_id=f"job-{number}", cause="moved-away"),
                events.ReturnConfirmed(job_id=f"job-{number}"),
            ]
            happened = made if number % GIVEN_BACK else given_back
            for event in (arrived, *happened, events.PayloadErased(job_id=f"job-{number}")):
                transaction.record(event)
        head = transaction.head()
        said = {"station": STATION, "incarnation": store.incarnation, "seq": head.seq, "head": head.digest, "time": NOW}
        text = ".".join(_part(json.dumps(part).encode()) for part in ({"alg": "Ed25519"}, said))
        transaction.keep_countersignature(head, f"{text}.{_part(store.keys.sign(text.encode()))}")


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


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
        .not_valid_after(now + datetime.timedelta(days=3650))
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()
