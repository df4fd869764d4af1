"""Each bad job is wrong in the way that its name says, and in no other."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.errors import JoseError
from PIL import Image, UnidentifiedImageError

from simulators.registry.defects import Defect
from simulators.registry.desk import Refused

if TYPE_CHECKING:
    from conftest import Station

    from simulators.registry.contract import Contract

_LIMIT = 262_144

_CLAIMS = {
    Defect.OTHER_STATION: "station",
    Defect.EXPIRED: "exp",
    Defect.START_PASSED: "start_before",
    Defect.OVERSIZED: "photo",
    Defect.UNKNOWN_LAYOUT: "layout",
    Defect.UNKNOWN_PROFILE: "profile",
    Defect.BAD_PHOTO: "photo",
    Defect.TEXT_TOO_LONG: "card",
    Defect.OUTER_INNER_ID: "job_id",
}


def _sent(station: Station, defect: Defect) -> dict[str, Any]:
    """Queue a bad job before a sound one and return the bad one as it came."""
    bad = station.registry.desk.add_bad_job(station.name, defect)
    (good,) = station.registry.desk.add_jobs(station.name)
    jobs = station.lease().json()["jobs"]
    assert [job["job_id"] for job in jobs] == [bad, good]
    assert station.open(jobs[1]["sealed"])["job_id"] == good  # the one behind it is sound
    return dict(jobs[0])


@pytest.mark.parametrize("defect", sorted(_CLAIMS))
def test_a_wrong_claim_is_the_only_one(station: Station, contract: Contract, defect: Defect) -> None:
    job = _sent(station, defect)
    claims = station.open(job["sealed"])
    assert claims == station.registry.desk.claims(job["job_id"])
    assert contract.claims_breaches("JobClaims", claims) == []
    sound = {
        "station": claims["station"] == station.name,
        "exp": claims["exp"] > claims["iat"],
        "start_before": claims["start_before"] > claims["iat"],
        "photo": len(job["sealed"]) < _LIMIT and _is_picture(claims["photo"]),
        "layout": claims["layout"] == "ktp-el",
        "profile": claims["profile"] == "lab-iso7816",
        "card": len(claims["card"]["nama"]) < 100,
        "job_id": claims["job_id"] == job["job_id"],
    }
    assert [name for name, is_sound in sound.items() if not is_sound] == [_CLAIMS[defect]]


def _is_picture(photo: str) -> bool:
    try:
        with Image.open(io.BytesIO(base64.b64decode(photo))) as image:
            image.load()
    except (UnidentifiedImageError, OSError, SyntaxError):
        return False
    return True


@pytest.mark.parametrize("defect", [Defect.OTHER_KEY, Defect.TRUNCATED, Defect.WRONG_SIGNATURE])
def test_a_wrong_envelope_does_not_open(station: Station, defect: Defect) -> None:
    job = _sent(station, defect)
    with pytest.raises((JoseError, ValueError, AssertionError)):
        station.open(job["sealed"])
    assert station.open(job["label"])["job_id"] == job["job_id"]


def test_a_repeated_id_has_another_content(station: Station) -> None:
    (job_id,) = station.registry.desk.add_jobs(station.name)
    (first,) = station.jobs()
    station.registry.desk.add_bad_job(station.name, Defect.REPEATED_ID_OTHER_CONTENT)
    (again,) = station.jobs(holding=[job_id])
    assert first["card"].pop("alamat") != again["card"].pop("alamat")
    assert again == first


def test_a_lower_epoch_is_the_same_job_otherwise(station: Station) -> None:
    (job_id,) = station.registry.desk.add_jobs(station.name)
    (first,) = station.jobs()
    station.registry.desk.add_bad_job(station.name, Defect.LOWER_EPOCH, of=job_id)
    (again,) = station.jobs(holding=[job_id])
    assert again.pop("epoch") == first.pop("epoch") - 1
    assert again == first


def test_an_imitation_needs_something_to_imitate(station: Station) -> None:
    with pytest.raises(Refused, match="there is none"):
        station.registry.desk.add_bad_job(station.name, Defect.LOWER_EPOCH)


def test_a_refusal_is_tied_to_the_text_that_was_refused(station: Station) -> None:
    desk = station.registry.desk
    (good,) = desk.add_jobs(station.name)
    station.jobs()
    station.write("job-arrived", job_id=good)
    bad = desk.add_bad_job(station.name, Defect.REPEATED_ID_OTHER_CONTENT)
    (job,) = station.lease(holding=[good]).json()["jobs"]
    assert job["job_id"] == good  # it comes under the sound one's id
    station.write("job-refused", job_id=good, cause="other-content", sealed_digest=_digest(job["sealed"]))
    station.ship()
    assert (desk.job(bad)["state"], desk.job(bad)["cause"]) == ("refused", "other-content")
    assert desk.job(good)["state"] == "arrived"


def test_a_refusal_that_names_no_text_we_sent_changes_nothing(station: Station) -> None:
    (good,) = station.registry.desk.add_jobs(station.name)
    station.jobs()
    station.write("job-refused", job_id=good, cause="forged", sealed_digest="0" * 64)
    station.ship()
    assert station.registry.desk.job(good)["state"] == "leased"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
