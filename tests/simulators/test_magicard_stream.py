"""Jobs and requests are cut out of a stream whatever pieces it comes in, and nonsense in it harms nothing."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from simulators.devices.magicard_stream import Begun, Broken, Event, Header, Job, Request, Stream
from tests.simulators.magicard_jobs import LETTERS, job, request

PLANES = st.dictionaries(st.sampled_from(list(LETTERS)), st.binary(min_size=1, max_size=60), min_size=1)
COMMANDS = st.sampled_from(["INF", "ERR", "CAN", "OKY", "EJT"])
NOISE = st.binary(max_size=8).map(lambda noise: noise.replace(b"\x01", b"\x05"))


def events(pieces: list[bytes]) -> list[Event]:
    stream = Stream()
    return [event for piece in pieces for event in stream.feed(piece)]


def cut(data: bytes, where: list[int]) -> list[bytes]:
    marks = sorted({0, len(data), *(place % (len(data) + 1) for place in where)})
    return [data[a:b] for a, b in itertools.pairwise(marks)]


@given(st.lists(st.one_of(PLANES, COMMANDS), max_size=4), st.lists(st.integers(0, 4000)), NOISE)
def test_what_was_sent_comes_out_whatever_pieces_it_comes_in(
    sent: list[dict[str, bytes] | str], where: list[int], noise: bytes
) -> None:
    data = b"".join(noise + (request(one) if isinstance(one, str) else job(one)) for one in sent)
    came = [event for event in events(cut(data, where)) if not isinstance(event, Begun)]
    assert [
        event.words[0] if isinstance(event, Request) else event.planes
        for event in came
        if isinstance(event, Request | Job)
    ] == sent
    assert len(came) == len(sent)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_nonsense_never_stops_it(pieces: list[bytes]) -> None:
    stream = Stream()
    for piece in pieces:
        assert all(isinstance(event, Request | Begun | Job | Broken) for event in stream.feed(piece))
    stream.reset()
    assert list(stream.feed(request("INF"))) == [Request(("INF",))]


def test_leaders_and_commas_are_as_the_host_likes() -> None:
    variants = [b"\x01,REQ,INF,\x1c\x03", b"\x05" * 9 + b"\x01REQ,INF,\x1c\x03", b"\x05" * 8 + b"\x01,REQ,INF\x1c\x03"]
    assert [events([variant]) for variant in variants] == [[Request(("INF",))]] * 3
    assert events([b"\x05" * 9 + b"\x01EJT,\x1c\x03"]) == [Request(("EJT",))]
    assert events([b"\x05" * 9 + b"\x01REQ,STA,MSR,\x1c\x03"]) == [Request(("STA", "MSR"))]


def test_the_documents_letters_are_known_too() -> None:
    (begun, whole) = events([b"\x01,NOC2,IMFYMC,SZY2,SZM1,SZC1\x1cab\x1cY:c\x1cM:d\x1cC:\x03"])
    assert isinstance(begun, Begun)
    assert isinstance(whole, Job)
    assert whole.planes == {"yellow": b"ab", "magenta": b"c", "cyan": b"d"}
    assert whole.header.copies == 2


def test_a_plane_of_another_size_than_was_said_breaks_the_job() -> None:
    (_, broken) = events([b"\x01,NOC1,SZB3\x1cab\x1cB:\x03"])
    assert broken == Broken("plane B does not end where it should")


def test_a_job_without_planes_is_none() -> None:
    assert events([b"\x01,NOC1,SZB99999999\x1c"]) == [Broken("planes without a size that can be")]
    assert events([b"\x01,NOC1,LANENG\x1c\x03"]) == [Broken("planes without a size that can be")]


def test_a_header_that_was_given_up_does_not_swallow_what_follows() -> None:
    assert events([b"\x01,NOC1,VER", request("INF")]) == [Broken("a header was cut off"), Request(("INF",))]


def test_the_second_job_waits_for_room() -> None:
    room = [True]
    stream = Stream(lambda: room[0])
    data = job({"black": b"12345"})
    assert [type(event) for event in stream.feed(data)] == [Begun, Job]
    room[0] = False
    assert list(stream.feed(data + request("INF"))) == []
    assert stream.waiting
    room[0] = True
    assert [type(event) for event in stream.feed()] == [Begun, Job, Request]
    assert not stream.waiting


def test_progress_is_that_of_the_planes() -> None:
    stream = Stream()
    list(stream.feed(b"\x01,NOC1,SZB6,SZK2\x1cabc"))
    assert stream.progress == 3 / 8
    list(stream.feed(b"def\x1cB:g"))
    assert stream.progress == 7 / 8


def test_what_a_header_says() -> None:
    header = Header(("NOC300", "OVROFF", "HFDON", "SZX4", "LANDEU"))
    assert (header.copies, header.on("OVR", default=True), header.on("HFD"), header.sizes) == (255, False, True, [])
    assert header.value("LAN") == "DEU"
    assert header.value("TDT") is None
