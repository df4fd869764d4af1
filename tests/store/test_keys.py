import os
import ssl
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from stationd.store.keys import (
    Enrolment,
    FileKeys,
    JobKeyGone,
    KeysDamaged,
    KeysExposed,
    NoStationKeys,
    NotEnrolled,
    StationKeysExist,
)


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    made = FileKeys(tmp_path / "keys")
    made.create_station_keys()
    return made


def directory(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_the_book_key_signs_verifies_with_its_public_half(keys: FileKeys) -> None:
    public = OKPKey.import_key({**keys.book_public()}).public_key
    assert isinstance(public, ed25519.Ed25519PublicKey)
    public.verify(keys.sign(b"head"), b"head")


def test_keys_survive_a_restart(keys: FileKeys, tmp_path: Path) -> None:
    again = FileKeys(directory(tmp_path))
    assert again.ready
    assert (again.book_public(), again.sealing_private()) == (keys.book_public(), keys.sealing_private())
    assert again.certificate_request("7316-02").startswith("-----BEGIN CERTIFICATE REQUEST")


def test_a_mark_is_this_stations_and_stays(keys: FileKeys, tmp_path: Path) -> None:
    marked = keys.mark(b"content")
    assert len(marked) == 32
    assert FileKeys(directory(tmp_path)).mark(b"content") == marked != keys.mark(b"contents")
    other = FileKeys(tmp_path / "other")
    other.create_station_keys()
    assert other.mark(b"content") != marked


def test_the_sealing_key_is_one_key_in_two_halves(keys: FileKeys) -> None:
    private = OKPKey.import_key({**keys.sealing_private()})
    assert private.is_private
    assert private.as_dict(private=False)["x"] == keys.sealing_public()["x"]
    assert "d" not in keys.sealing_public()


def test_the_certificate_request_names_the_station_and_proves_the_key(keys: FileKeys) -> None:
    request = x509.load_pem_x509_csr(keys.certificate_request("7316-02").encode())
    assert request.subject.rfc4514_string() == "CN=7316-02"
    assert request.is_signature_valid
    assert keys.certificate_request("7316-02") == keys.certificate_request("7316-02")


def test_keys_are_never_made_twice(keys: FileKeys) -> None:
    before = keys.book_public()
    with pytest.raises(StationKeysExist):
        keys.create_station_keys()
    assert keys.book_public() == before


def test_without_keys_nothing_is_signed(tmp_path: Path) -> None:
    empty = FileKeys(directory(tmp_path))
    assert not empty.ready
    with pytest.raises(NoStationKeys):
        empty.sign(b"head")


def test_directories_are_0700_and_files_0600_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        keys = FileKeys(directory(tmp_path))
        keys.create_station_keys()
        keys.new_job_key("J-1")
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in files(directory(tmp_path))} == {0o600}
    assert {(directory(tmp_path) / name).stat().st_mode & 0o777 for name in (".", "jobs")} == {0o700}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_key_file_that_others_can_reach_is_refused(keys: FileKeys, tmp_path: Path, mode: int) -> None:
    keys.new_job_key("J-1")
    for path in files(directory(tmp_path)):
        path.chmod(mode)
    again = FileKeys(directory(tmp_path))
    with pytest.raises(KeysExposed, match=f"mode {mode:o}.*chmod 600"):
        again.sign(b"head")
    with pytest.raises(KeysExposed):
        again.job_key("J-1")


@pytest.mark.parametrize("folder", [".", "jobs"])
def test_a_directory_that_others_can_enter_is_refused(keys: FileKeys, tmp_path: Path, folder: str) -> None:
    (directory(tmp_path) / folder).chmod(0o750)
    with pytest.raises(KeysExposed, match="chmod 700"):
        FileKeys(directory(tmp_path))


def test_damaged_keys_are_named_and_not_quoted(keys: FileKeys, tmp_path: Path) -> None:
    station = directory(tmp_path) / "station.json"
    station.write_text(station.read_text().replace("BEGIN PRIVATE", "BEGIN PIRATE"))
    with pytest.raises(KeysDamaged) as caught:
        FileKeys(directory(tmp_path)).sign(b"head")
    assert "PIRATE" not in "".join(traceback.format_exception(caught.value))


def test_no_key_is_in_a_repr(keys: FileKeys) -> None:
    keys.sign(b"head")
    secret = keys.sealing_private()["d"]
    assert secret not in repr(keys)
    assert secret not in repr(vars(keys))


JOB_IDS = st.text(min_size=1, max_size=80, alphabet=st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["../station.json", "/etc/passwd", ".", "..", "\0", "a/b", "x" * 4000]
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JOB_IDS)
def test_any_job_id_has_one_key_inside_the_directory(keys: FileKeys, tmp_path: Path, job_id: str) -> None:
    outside = {path for path in files(tmp_path) if path.parent.name != "jobs"}
    key = keys.new_job_key(job_id)
    assert len(key) == 32
    assert keys.new_job_key(job_id) == keys.job_key(job_id) == key
    assert {path for path in files(tmp_path) if path.parent.name != "jobs"} == outside
    keys.destroy_job_key(job_id)
    with pytest.raises(JobKeyGone):
        keys.job_key(job_id)
    keys.destroy_job_key(job_id)
    assert keys.new_job_key(job_id) != key


def test_jobs_have_different_keys(keys: FileKeys) -> None:
    assert len({keys.new_job_key(f"J-{n}") for n in range(5)}) == 5


def test_a_destroyed_key_is_overwritten_where_it_lay(keys: FileKeys, tmp_path: Path) -> None:
    key = keys.new_job_key("J-1")
    (path,) = files(directory(tmp_path) / "jobs")
    with path.open("rb") as still_open:
        keys.destroy_job_key("J-1")
        assert still_open.read() != key
    assert not path.exists()


def test_what_a_power_cut_left_unfinished_is_swept(keys: FileKeys, tmp_path: Path) -> None:
    leftover = directory(tmp_path) / "jobs" / ".unfinished-0123"
    leftover.touch(mode=0o600)
    leftover.write_bytes(b"half a key")
    FileKeys(directory(tmp_path))
    assert not leftover.exists()


def test_enrolment_is_kept_and_replaced(keys: FileKeys, tmp_path: Path) -> None:
    assert keys.enrolment() is None
    for certificate in ("first", "second"):
        given_now = Enrolment(certificate, "ca", keys.book_public())
        keys.save_enrolment(given_now)
        assert FileKeys(directory(tmp_path)).enrolment() == given_now


def test_the_identity_goes_into_a_tls_context(keys: FileKeys) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(NotEnrolled):
        keys.load_identity(context)
    request = x509.load_pem_x509_csr(keys.certificate_request("7316-02").encode())
    keys.save_enrolment(Enrolment(_certificate_for(request), "ca", keys.book_public()))
    keys.load_identity(context)


def test_a_certificate_for_another_key_is_not_taken(keys: FileKeys, tmp_path: Path) -> None:
    other = FileKeys(tmp_path / "other")
    other.create_station_keys()
    request = x509.load_pem_x509_csr(other.certificate_request("7316-02").encode())
    keys.save_enrolment(Enrolment(_certificate_for(request), "ca", keys.book_public()))
    with pytest.raises(ssl.SSLError, match="KEY_VALUES_MISMATCH"):
        keys.load_identity(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def _certificate_for(request: x509.CertificateSigningRequest) -> str:
    issuer = ed25519.Ed25519PrivateKey.generate()
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(request.subject)
        .public_key(request.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(issuer, None)
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
