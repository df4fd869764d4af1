"""A registry in a process of its own, and a plain station that speaks the contract to it."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import itertools
import json
import ssl
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from joserfc import jwe, jws
from joserfc.jwk import OKPKey

from simulators.registry.contract import Contract
from simulators.registry.desk import Desk
from tests.rig import nursery
from tests.rig.ready import begun

GENESIS = "0" * 64


class LargeJwe(jwe.JWERegistry):
    """The library's own limit lies below the contract's."""

    max_ciphertext_length = 2_000_000


class LargeJws(jws.JWSRegistry):
    """The same for what is inside."""

    max_payload_length = 2_000_000


class RegistryProcess:
    """A registry that can be killed and started again on the same folder."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.desk = Desk(folder)
        self._options = options
        self._process: nursery.Process | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "simulators.registry", "--dir", str(self.folder), *self._options]
        self._process = begun(command, self.folder.parent / f"{self.folder.name}.log").process

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._reap()

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        assert self._reap() == 0

    def _reap(self) -> int:
        assert self._process is not None
        return self._process.wait(20)

    @property
    def endpoint(self) -> dict[str, Any]:
        return json.loads((self.folder / "endpoint.json").read_text())

    @property
    def log(self) -> str:
        return (self.folder.parent / f"{self.folder.name}.log").read_text()

    def violations(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in (self.folder / "violations.jsonl").read_text().splitlines()]

    def stranger(self) -> httpx.Client:
        """Return a client without a certificate."""
        context = ssl.create_default_context(cafile=self.endpoint["ca"])
        return httpx.Client(base_url=self.endpoint["url"], verify=context, timeout=90)


class Station:
    """The least that a station needs: keys, calls, and a book that it writes itself."""

    numbers = itertools.count(1)

    def __init__(self, registry: RegistryProcess, name: str, folder: Path, incarnation: str = "inc-1") -> None:
        self.registry = registry
        self.name = name
        self.incarnation = incarnation
        self.book_key = OKPKey.generate_key("Ed25519")
        self.sealing_key = OKPKey.generate_key("X25519")
        self.tls_key = ec.generate_private_key(ec.SECP256R1())
        self.texts: list[str] = []
        self.client = registry.stranger()
        self._folder = folder

    # --- enrolment

    def csr(self) -> str:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "whatever it says")])
        request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(self.tls_key, hashes.SHA256())
        return request.public_bytes(serialization.Encoding.PEM).decode()

    def enrolment_request(self, code: str) -> dict[str, Any]:
        return {
            "station": self.name,
            "code": code,
            "csr": self.csr(),
            "book_key": self.book_key.as_dict(private=False),
            "sealing_key": self.sealing_key.as_dict(private=False),
        }

    def enrol(self) -> Station:
        request = self.enrolment_request(self.registry.desk.code(self.name))
        answer = self.client.post("/v1/enrolments", json=request)
        assert answer.status_code == 200, answer.text
        self.signing_key = OKPKey.import_key(answer.json()["signing_key"])
        self.use_certificate(answer.json()["certificate"])
        return self

    def use_certificate(self, certificate: str) -> None:
        key = self.tls_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = self._folder / f"{self.name}-{next(self.numbers)}.pem"
        path.write_bytes(certificate.encode() + key)
        context = ssl.create_default_context(cafile=self.registry.endpoint["ca"])
        context.load_cert_chain(path)
        self.client.close()
        self.client = httpx.Client(base_url=self.registry.endpoint["url"], verify=context, timeout=90)

    def close(self) -> None:
        self.client.close()

    # --- jobs

    def lease(
        self, want: int = 10, *, key: str | None = None, wait: int | None = None, **members: Any
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key or f"key-{next(self.numbers):06d}-{self.name}"}
        if wait is not None:
            headers["Prefer"] = f"wait={wait}"
        body = {
            "station": self.name,
            "want": want,
            "holding": [],
            "policy_version": 1,
            "book": {"incarnation": self.incarnation, "seq": len(self.texts), "head": self.head},
            **members,
        }
        return self.client.post("/v1/leases", json=body, headers=headers)

    def jobs(self, want: int = 10, **options: Any) -> list[dict[str, Any]]:
        """Lease, and open what came."""
        answer = self.lease(want, **options)
        assert answer.status_code == 200, answer.text
        return [self.open(job["sealed"]) for job in answer.json()["jobs"]]

    def open(self, sealed: str) -> dict[str, Any]:
        token = jwe.decrypt_compact(sealed, self.sealing_key, registry=LargeJwe())
        assert token.headers()["kid"] == self.sealing_key.thumbprint()
        assert token.headers()["cty"] == "JWT"
        assert token.plaintext is not None
        return self.verified(token.plaintext.decode())

    def verified(self, token: str) -> dict[str, Any]:
        read = jws.deserialize_compact(token, self.signing_key, registry=LargeJws(algorithms=["Ed25519"]))
        assert read.headers()["kid"] == self.signing_key.thumbprint()
        return json.loads(read.payload)

    def give_back(self, job_ids: list[str], reason: str = "closing") -> httpx.Response:
        message = "stationd returns\n" + "\n".join(job_ids) + "\n" + reason
        body = {"station": self.name, "job_ids": job_ids, "reason": reason, "signature": self.signature(message)}
        return self.client.post("/v1/returns", json=body)

    # --- the book

    def signature(self, message: str) -> str:
        raw = self.book_key.private_key.sign(message.encode())
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    @property
    def head(self) -> str:
        return self.digest(len(self.texts))

    def digest(self, seq: int) -> str:
        return hashlib.sha256(self.texts[seq - 1].encode()).hexdigest() if seq else GENESIS

    def write(self, kind: str, **fields: Any) -> None:
        event = {
            "seq": len(self.texts) + 1,
            "prev": self.head,
            "station": self.name,
            "incarnation": self.incarnation,
            "time": time.time(),
            "type": kind,
            **fields,
        }
        self.texts.append(json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False))

    def ship(self, first: int = 1, **members: Any) -> httpx.Response:
        last = len(self.texts)
        body = {
            "station": self.name,
            "incarnation": self.incarnation,
            "from": first,
            "events": self.texts[first - 1 :],
            "head": self.head,
            "signature": self.signature(f"stationd book\n{self.name}\n{self.incarnation}\n{last}\n{self.head}"),
            **members,
        }
        packed = gzip.compress(json.dumps(body).encode())
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        return self.client.post("/v1/events", content=packed, headers=headers)

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(path, params={"station": self.name, **query})


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract()


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryProcess]:
    """A registry that all well-behaved tests share; neither side may break the contract in any of them."""
    process = RegistryProcess(tmp_path_factory.mktemp("reg") / "r", "--seed", "tests")
    process.start()
    yield process
    process.stop()
    assert process.violations() == []
    assert "call failed" not in process.log


@pytest.fixture
def own_registry(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[RegistryProcess]:
    """A registry for one test: to be killed, offended or put forward in time. Options come as its parameter."""
    process = RegistryProcess(tmp_path / "r", "--seed", "tests", *getattr(request, "param", ()))
    process.start()
    yield process
    process.stop()
    assert "call failed" not in process.log


@pytest.fixture
def make_station(tmp_path: Path) -> Iterator[Any]:
    """Return a function that makes an enrolled station; names are of this test alone."""
    with contextlib.ExitStack() as stack:

        def make(registry: RegistryProcess, name: str | None = None, **options: Any) -> Station:
            station = Station(registry, name or f"kec-{next(Station.numbers)}", tmp_path, **options)
            stack.callback(station.close)
            return station.enrol()

        yield make


@pytest.fixture
def station(registry: RegistryProcess, make_station: Any) -> Station:
    """One enrolled station of the shared registry."""
    made: Station = make_station(registry)
    return made
