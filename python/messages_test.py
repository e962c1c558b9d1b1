"""Messages by field name: built, dissected, edited; wrong names and values told."""

import mipvet
import pytest
from scapy.all import IP, UDP, Ether


def request():
    return mipvet.message("registration-request", lifetime=300, home_address="198.51.100.5",
                          home_agent="198.51.100.10", care_of_address="203.0.113.7",
                          identification=0x1122334455667788, simultaneous_bindings=True)


def test_a_message_is_built_and_read_by_field_name():
    made = request()
    assert (made.lifetime, made.home_address) == (300, "198.51.100.5")
    assert made.simultaneous_bindings is True
    assert bytes(made)[:4] == bytes([1, 0x80, 0x01, 0x2C])
    made.lifetime = 5
    assert made.lifetime == 5 and len(made) == 24


def test_a_frame_is_as_scapy_reads_it():
    frame = mipvet.udp_frame(request(), source="203.0.113.7", destination="198.51.100.10", ttl=9)
    read = Ether(frame)
    assert (read[IP].src, read[IP].ttl, read[UDP].dport) == ("203.0.113.7", 9, 434)
    assert bytes(read[UDP].payload) == bytes(request())
    checksum = read[UDP].chksum
    del read[UDP].chksum
    assert Ether(bytes(read))[UDP].chksum == checksum


def test_a_frame_is_dissected_by_field_name():
    frame = mipvet.dissect(mipvet.udp_frame(
        request().add("mobile-home-authentication", spi=256, octets=bytes(16)),
        source="203.0.113.7", destination="198.51.100.10"))
    assert frame.message == "registration-request" and frame.defects == []
    assert (frame["lifetime"], frame["ipv4.time_to_live"]) == (300, 64)
    assert frame["mobile-home-authentication.spi"] == 256
    assert frame["foreign-home-authentication.spi"] is None
    assert frame.layer("registration-request").ranges["lifetime"] == (44, 46)
    assert [one.name for one in frame][:3] == ["ethernet", "ipv4", "udp"]


def test_an_authenticator_is_the_right_one():
    import hashlib
    import hmac
    signed = bytes(request().sign("mobile-home-authentication", 256, b"k" * 16))
    assert signed[-16:] == hmac.new(b"k" * 16, signed[:-16], hashlib.md5).digest()


def test_wrong_things_can_be_sent():
    made = request().add("mobile-home-authentication", spi=256, length=3)
    frame = mipvet.dissect(mipvet.udp_frame(made, source="203.0.113.7", destination="198.51.100.10"))
    assert frame.layer("mobile-home-authentication")["length"] == 3
    assert frame.defects


def test_fields_of_frames_are_edited_and_checksums_follow():
    frame = mipvet.udp_frame(request(), source="203.0.113.7", destination="198.51.100.10")
    changed = mipvet.dissect(mipvet.edit(frame).set("ipv4.time_to_live", 7).set("lifetime", 1).frame())
    assert (changed["ipv4.time_to_live"], changed["lifetime"], changed.defects) == (7, 1, [])
    assert mipvet.dissect(mipvet.edit(frame, checksums=False).set("lifetime", 1).frame()).defects


@pytest.mark.parametrize("make, told", [
    (lambda: mipvet.message("registration-reqest"), "registration-request"),
    (lambda: mipvet.message("registration-request", lifetme=1), "lifetime"),
    (lambda: mipvet.message("registration-request", lifetime=65536), "0 to 65535"),
    (lambda: mipvet.message("registration-request", lifetime=-1), "0 to 65535"),
    (lambda: mipvet.message("registration-request", lifetime=1.5), "0 to 65535"),
    (lambda: mipvet.message("registration-request", home_agent="nowhere"), "192.0.2.1"),
    (lambda: mipvet.edit(bytes(60)).set("ipv4.time_to_live", 1), "no such layer"),
    (lambda: mipvet.udp_frame(b"", source="x", destination="192.0.2.1"), "192.0.2.1"),
    (lambda: mipvet.udp_frame(bytes(70000), source="192.0.2.2", destination="192.0.2.1"), "65535")])
def test_what_is_wrong_is_told_in_one_line(make, told):
    with pytest.raises(mipvet.InputError) as raised:
        make()
    assert told in str(raised.value) and "\n" not in str(raised.value)
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize("octets", [b"", bytes(13), bytes(60), bytes(range(256)) * 8])
def test_any_octets_are_dissected(octets):
    assert mipvet.dissect(octets).layers


def test_every_table_can_be_built():
    for layout in mipvet.layouts().values():
        made = mipvet.message(layout.name)
        assert len(made) >= layout.minimum
        for field in layout.fields:
            getattr(made, field.name)
