import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.addresses import BadAddress, IppAddress, TcpAddress, UsbAddress, parse, parse_queue


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("usb:2166:701d", UsbAddress(0x2166, 0x701D)),
        ("usb:2166:701D?serial=AB%201", UsbAddress(0x2166, 0x701D, "AB 1")),
        ("tcp:192.0.2.7:50730", TcpAddress("192.0.2.7", 50730)),
        ("tcp:printer.local", TcpAddress("printer.local", 1234)),
        ("tcp:[fe80::1]:99", TcpAddress("fe80::1", 99)),
    ],
)
def test_an_address_is_read(text, expected):
    assert parse(text, usual_port=1234) == expected


@pytest.mark.parametrize(
    "text",
    ["", "usb:2166", "usb:2166:701g", "usb:2166:701d?serial=", "tcp:", "tcp::9", "tcp:a:0", "tcp:a:x", "tcp:a:70000",
     "tcp:a/b", "tcp:u@a:1", "serial:/dev/ttyUSB0", "tcp:[::1"],
)  # fmt: skip
def test_a_bad_address_is_named(text):
    with pytest.raises(BadAddress, match="write usb:"):
        parse(text, usual_port=1)


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.none() | st.text(st.characters(codec="utf-8"), min_size=1))
def test_what_is_written_is_read_back(vendor, product, serial):
    address = UsbAddress(vendor, product, serial)
    assert parse(str(address), usual_port=1) == address


@given(st.text())
def test_any_text_is_an_address_or_refused(text):
    for prefix in ("", "usb:", "tcp:"):
        try:
            address = parse(prefix + text, usual_port=7)
        except BadAddress:
            continue
        assert parse(str(address), usual_port=7) == address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ipp://localhost/printers/cards", IppAddress("localhost", 631, "/printers/cards")),
        ("ipp://[::1]:8631/ipp/print", IppAddress("::1", 8631, "/ipp/print")),
        ("ipps://p.example/a%20b", IppAddress("p.example", 631, "/a%20b", tls=True)),
        ("ipp://p/q?media=om_card_54x86mm", IppAddress("p", 631, "/q", media="om_card_54x86mm")),
        (f"ipps://p/q?sha256={'AB' * 32}", IppAddress("p", 631, "/q", tls=True, sha256="ab" * 32)),
    ],
)
def test_a_queue_is_read(text, expected):
    assert parse_queue(text) == expected
    assert parse_queue(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ipp:",
        "ipp://",
        "ipp://p",
        "http://p/q",
        "ipp://p:0/q",
        "ipp://p:x/q",
        "ipp://u@p/q",
        "ipp://p/q#f",
        "ipp://p/a b",
        "ipp://p/q?copies=2",
        "ipp://p/q?media",
        "ipps://p/q?sha256=12",
        f"ipp://p/q?sha256={'0' * 64}",
        "ipp://p/q\r\nX: y",
    ],
)
def test_a_bad_queue_is_named(text):
    with pytest.raises(BadAddress, match="write ipp://"):
        parse_queue(text)


@given(st.text())
def test_any_text_is_a_queue_or_refused(text):
    for prefix in ("", "ipp://", "ipps://h/", "ipp://h/p?"):
        try:
            address = parse_queue(prefix + text)
        except BadAddress:
            continue
        assert parse_queue(str(address)) == address
        assert address.path.isascii()
