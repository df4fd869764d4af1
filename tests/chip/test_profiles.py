"""Which profiles a station takes. The signatures are made by a program of others."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from stationd.chip.profiles import BadProfile, load_all
from stationd.chip.trust import Standing, Trust

SHIPPED = Path(__file__).parents[2] / "config/profiles"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "profiles"))


def signer(folder: Path, name: str) -> Ed25519PublicKey:
    key, public = folder / f"{name}.pem", folder / f"{name}.pub"
    openssl("genpkey", "-algorithm", "ed25519", "-out", key)
    openssl("pkey", "-in", key, "-pubout", "-out", public)
    read = load_pem_public_key(public.read_bytes())
    assert isinstance(read, Ed25519PublicKey)
    return read


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def sign(folder: Path, file: Path, name: str) -> None:
    signature = file.with_name(file.name + ".sig")
    openssl("pkeyutl", "-sign", "-inkey", folder / f"{name}.pem", "-rawin", "-in", file, "-out", signature)


def test_outside_a_lab_only_what_a_trusted_key_signed_is_taken(folder: Path, tmp_path: Path) -> None:
    trust = Trust((signer(tmp_path, "other"), signer(tmp_path, "authority")))
    assert load_all(folder, trust) == {}
    sign(tmp_path, folder / "lab-sam.toml", "authority")
    assert set(load_all(folder, trust)) == {"lab-sam"}
    assert set(load_all(folder, Trust(trust.signers, lab=True))) == {"lab-iso7816", "lab-gp-scp03", "lab-sam"}


@pytest.mark.parametrize("lab", [True, False])
def test_a_signature_that_does_not_hold_stops_even_a_lab(folder: Path, tmp_path: Path, lab: bool) -> None:
    trust = Trust((signer(tmp_path, "authority"),), lab=lab)
    file = folder / "lab-sam.toml"
    sign(tmp_path, file, "authority")
    load_all(folder, trust)
    file.write_text(file.read_text().replace("version = 2", "version = 3"))
    with pytest.raises(BadProfile, match="another text"):
        load_all(folder, trust)
    sign(tmp_path, file, "authority")
    load_all(folder, trust)
    signer(tmp_path, "stranger")
    sign(tmp_path, file, "stranger")
    with pytest.raises(BadProfile, match="whom this station trusts"):
        load_all(folder, trust)


def test_a_signature_of_any_length_is_one_or_none() -> None:
    trust = Trust()
    assert trust.standing(b"text", None) is Standing.UNSIGNED
    assert trust.standing(b"text", b"") is Standing.FORGED
    assert trust.standing(b"text", bytes(64)) is Standing.FORGED


@pytest.mark.parametrize("text", ["", "format = ", "\xff"])
def test_a_file_that_is_no_profile_is_named(folder: Path, text: str) -> None:
    (folder / "odd.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadProfile, match=r"odd\.toml"):
        load_all(folder, Trust(lab=True))


def test_two_files_with_one_id_are_refused(folder: Path) -> None:
    shutil.copy(folder / "lab-sam.toml", folder / "twin.toml")
    with pytest.raises(BadProfile, match="already"):
        load_all(folder, Trust(lab=True))
