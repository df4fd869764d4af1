"""What a station's settings say of keys and of whose profiles count."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from stationd.chip.channel_errors import KeysUnavailable
from stationd.chip.keys import KeyStore, LabKeys, NoKeys
from stationd.chip.trust import Trust
from stationd.settings import Settings, SettingsWrong

log = structlog.get_logger()


def key_store(settings: Settings) -> KeyStore:
    """Return where the keys of cards are: a token, a lab's file, or nowhere.

    Raises:
        SettingsWrong: the lab's file of keys is none.
    """
    if settings.token is not None:
        from stationd.chip.token import TokenKeys  # noqa: PLC0415 - its library is for stations that have a token

        return TokenKeys(settings.token.module, settings.token.label, settings.token.pin_file)
    if settings.lab is None or settings.lab.keys is None:
        return NoKeys()
    log.warning("card keys are in a file", file=str(settings.lab.keys), lab=settings.lab.name)
    try:
        return LabKeys(settings.lab.keys)
    except KeysUnavailable as error:
        raise SettingsWrong(settings.lab.keys, "", "", f"a file of card keys ({error.what()})") from None


def trust_of(settings: Settings, signing_key: Mapping[str, str] | None = None) -> Trust:
    """Return which profiles a station takes.

    Args:
        settings: of the station.
        signing_key: the registry's public Ed25519 key as JWK; None if the station is not enrolled.

    Raises:
        SettingsWrong: a file of `folders.profile_signers` holds no public Ed25519 key.
    """
    signers = [_signer(file) for file in settings.folders.profile_signers]
    if signing_key is not None:
        text = signing_key["x"]
        signers.append(Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    return Trust(tuple(signers), lab=settings.lab is not None)


def _signer(file: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(file.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise SettingsWrong(file, "", "", f"a public Ed25519 key in PEM ({type(error).__name__})") from None
    if not isinstance(key, Ed25519PublicKey):
        raise SettingsWrong(file, "", "", "a public key of Ed25519")
    return key
