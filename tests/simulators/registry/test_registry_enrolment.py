"""Who may call: one-time codes, certificates, their renewal and their end."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from joserfc.jwk import OKPKey

from simulators.registry.authority import Authority

if TYPE_CHECKING:
    from conftest import RegistryProcess, Station


def _problem(answer: httpx.Response) -> str:
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    return str(answer.json()["type"]).rsplit("/", 1)[1]


def test_the_certificate_names_the_station_whatever_the_csr_says(registry: RegistryProcess, make_station: Any) -> None:
    station: Station = make_station(registry)
    request = station.enrolment_request(registry.desk.code(station.name))
    certificate = x509.load_pem_x509_certificate(
        station.client.post("/v1/enrolments", json=request).json()["certificate"].encode()
    )
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == station.name


def test_a_code_works_once_but_a_lost_answer_costs_none(registry: RegistryProcess, make_station: Any) -> None:
    station: Station = make_station(registry)
    code = registry.desk.code(station.name)
    request = station.enrolment_request(code)
    assert station.client.post("/v1/enrolments", json=request).status_code == 200
    assert station.client.post("/v1/enrolments", json=request).status_code == 200
    thief = {**request, "book_key": OKPKey.generate_key("Ed25519").as_dict(private=False)}
    answer = station.client.post("/v1/enrolments", json=thief)
    assert (answer.status_code, _problem(answer)) == (403, "code-refused")


def test_a_code_is_for_one_station(registry: RegistryProcess, make_station: Any) -> None:
    one, other = make_station(registry), make_station(registry)
    request = other.enrolment_request(registry.desk.code(one.name))
    answer = other.client.post("/v1/enrolments", json=request)
    assert (answer.status_code, _problem(answer)) == (403, "code-refused")
    request = one.enrolment_request("AAAA-AAAA-AAAA")
    assert _problem(one.client.post("/v1/enrolments", json=request)) == "code-refused"


def test_a_bad_csr_costs_no_code(registry: RegistryProcess, make_station: Any) -> None:
    station: Station = make_station(registry)
    request = station.enrolment_request(registry.desk.code(station.name))
    broken = {**request, "csr": "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"}
    answer = station.client.post("/v1/enrolments", json=broken)
    assert (answer.status_code, _problem(answer)) == (422, "key-refused")
    assert station.client.post("/v1/enrolments", json=request).status_code == 200


def test_without_a_certificate_only_enrolment_is_open(registry: RegistryProcess) -> None:
    with registry.stranger() as client:
        for path in ("/v1/book", "/v1/time", "/v1/policy", "/v1/cards"):
            answer = client.get(path)
            assert (answer.status_code, _problem(answer)) == (401, "no-certificate")
        for path in ("/v1/renewals", "/v1/leases", "/v1/events", "/v1/returns", "/v1/cards", "/v1/reports"):
            answer = client.post(path, json={})
            assert (answer.status_code, _problem(answer)) == (401, "no-certificate")


def test_a_station_speaks_for_itself_only(registry: RegistryProcess, make_station: Any) -> None:
    one, other = make_station(registry), make_station(registry)
    answer = one.client.get("/v1/policy", params={"station": other.name})
    assert (answer.status_code, _problem(answer)) == (403, "other-station")
    answer = one.lease(station=other.name)
    assert (answer.status_code, _problem(answer)) == (403, "other-station")


def test_a_strangers_certificate_does_not_get_through_the_handshake(station: Station, tmp_path: Path) -> None:
    forged, _ = Authority(tmp_path / "another").issue(station.csr(), station.name)
    station.use_certificate(forged)
    with pytest.raises((httpx.TransportError, ssl.SSLError)):
        station.get("/v1/policy")


def test_a_new_enrolment_ends_the_old_certificates(registry: RegistryProcess, make_station: Any) -> None:
    old: Station = make_station(registry)
    assert old.get("/v1/policy").status_code == 200
    new: Station = make_station(registry, old.name)
    assert new.get("/v1/policy").status_code == 200
    answer = old.get("/v1/policy")
    assert (answer.status_code, _problem(answer)) == (403, "certificate-superseded")


def test_renewal_keeps_both_certificates_and_may_change_the_sealing_key(station: Station) -> None:
    station.registry.desk.add_jobs(station.name, 2)
    station.jobs(1)
    station.sealing_key = OKPKey.generate_key("X25519")
    body = {"station": station.name, "csr": station.csr(), "sealing_key": station.sealing_key.as_dict(private=False)}
    answer = station.client.post("/v1/renewals", json=body)
    assert answer.status_code == 200, answer.text
    assert station.get("/v1/policy").status_code == 200  # the old one still counts
    station.use_certificate(answer.json()["certificate"])
    assert station.jobs(1)  # sealed to the new key


def test_a_private_key_in_a_request_is_a_breach(own_registry: RegistryProcess, make_station: Any) -> None:
    station: Station = make_station(own_registry)
    request = station.enrolment_request(own_registry.desk.code(station.name))
    request["book_key"] = station.book_key.as_dict(private=True)
    assert station.client.post("/v1/enrolments", json=request).status_code == 400


@pytest.mark.parametrize("own_registry", [["--station", "kec-x", "--station", "kec-y"]], indirect=True)
def test_codes_can_be_asked_for_at_the_start(own_registry: RegistryProcess, make_station: Any) -> None:
    codes = own_registry.endpoint["codes"]
    assert set(codes) == {"kec-x", "kec-y"}
    station: Station = make_station(own_registry, "kec-z")
    station.name = "kec-x"
    answer = station.client.post("/v1/enrolments", json=station.enrolment_request(codes["kec-x"]))
    assert answer.status_code == 200
    own_registry.stop()
    own_registry.start()
    assert own_registry.endpoint["codes"] == {"kec-y": codes["kec-y"]}  # the other is enrolled and needs none
