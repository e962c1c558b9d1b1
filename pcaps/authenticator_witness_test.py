"""hashlib as a witness: it computes every authenticator that mipvet wrote, and mipvet accepts those
that it computed, in each algorithm, and no others."""

import hashlib
import hmac
import json

import pytest

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.layers.mobileip import MobileIP, MobileIPRRP, MobileIPRRQ
from scapy.utils import RawPcapReader, wrpcap

import mobile_ip_layers as mip
from golden import CAPTURES, TESTER, beside, for_each, mipvet, name

ALGORITHMS = {
    "keyed-md5": lambda key, data: hashlib.md5(key + data + key).digest(),
    "hmac-md5": lambda key, data: hmac.new(key, data, hashlib.md5).digest(),
    "hmac-sha1": lambda key, data: hmac.new(key, data, hashlib.sha1).digest(),
}


def authentication_extensions(message):
    """(offset, end) of extensions 32, 33 and 34, RFC 3344 §1.9."""
    at = {1: 24, 3: 20}[message[0]]
    while at < len(message):
        kind = message[at]
        if kind == 0:
            at += 1
            continue
        end = at + (4 + int.from_bytes(message[at + 2:at + 4], "big") if kind in (36, 38)
                    else 2 + message[at + 1])
        assert end <= len(message)
        if kind in (32, 33, 34):
            yield at, end
        at = end


def registration_messages(capture):
    """The frames that the nodes sent; what the tester altered is wrong on purpose."""
    for number, (octets, _) in enumerate(RawPcapReader(str(capture)), 1):
        frame = Ether(octets)
        if frame.src == TESTER or UDP not in frame or 434 not in (frame[UDP].sport,
                                                                  frame[UDP].dport):
            continue
        message = bytes(frame[UDP].payload)
        if message[:1] in (b"\x01", b"\x03"):
            yield number, message


def recompute(capture):
    """Checks all authenticators of a capture and returns how many there are."""
    associations = beside(capture, "network")["security_associations"]
    checked = 0
    for number, message in registration_messages(capture):
        for start, end in authentication_extensions(message):
            spi = int.from_bytes(message[start + 2:start + 6], "big")
            expected = [ALGORITHMS[a.get("algorithm", "hmac-md5")](bytes.fromhex(a["key"]),
                                                                   message[:start + 6])
                        for a in associations if a["spi"] == spi]
            assert message[start + 6:end] in expected, \
                f"{name(capture)} frame {number}: {message[start + 6:end].hex()} under SPI {spi}"
            checked += 1
    return checked


def test_hashlib_recomputes_every_authenticator():
    counts = for_each(recompute, CAPTURES)
    assert sum(counts) > 900 and sum(count > 0 for count in counts) > len(counts) * 9 // 10


KEY = b"a key of our own"
MN, HA = "192.0.2.77", "192.0.2.1"
MACS = {MN: "02:00:00:00:00:01", HA: "02:00:00:00:00:02"}


def network(algorithm, edition):
    return {
        "network": "witness", "edition": edition,
        "links": {"visited": {"side": "external"}, "home": {"side": "home"}},
        "nodes": {
            "mn": {"role": "mobile-node", "home_address": "10.1.0.5", "supports": ["colocated"],
                   "attachments": {"visited": {"address": f"{MN}/24", "mac": MACS[MN]}},
                   "parameters": {"home_agent": "ha.visited", "lifetime": 300}},
            "ha": {"role": "home-agent",
                   "attachments": {"visited": {"address": f"{HA}/24", "mac": MACS[HA]},
                                   "home": {"address": "10.1.0.1/24"}},
                   "parameters": {"home": "home"}}},
        "security_associations": [{"between": ["mn", "ha"], "spi": 256, "algorithm": algorithm,
                                   "key": KEY.hex(), "replay": "timestamps"}]}


def authenticated(message, algorithm, covers_spi=True):
    """A message with NAI and Mobile-Home Authentication, as RFC 3344 §3.5.1 wants it."""
    size = len(ALGORITHMS[algorithm](KEY, b""))
    blank = bytes(message / mip.Nai(nai=b"mn@example.org") /
                  mip.Authentication(spi=256, authenticator=bytes(size)))[:-size]
    covered = blank if covers_spi else blank[:-4]
    return blank + ALGORITHMS[algorithm](KEY, covered)


def exchange(algorithm, covers_spi=True):
    """A request and its reply."""
    now = (0xED003780 << 32) | 1  # 2026-01-01, NTP
    common = {"homeaddr": "10.1.0.5", "haaddr": HA, "lifetime": 300, "id": now}
    return [authenticated(MobileIP() / MobileIPRRQ(flags=0x20, coaddr=MN, **common), algorithm,
                          covers_spi),
            authenticated(MobileIP() / MobileIPRRP(**common), algorithm, covers_spi)]


def judge(directory, messages, algorithm, edition="RFC 3344"):
    """What `mipvet check` says of the authenticators of mobile node and home agent."""
    frames = []
    for message, source, target, port in zip(messages, (MN, HA), (HA, MN), ((50434, 434),
                                                                          (434, 50434))):
        frame = Ether(src=MACS[source], dst=MACS[target]) / IP(src=source, dst=target) / \
            UDP(sport=port[0], dport=port[1]) / message
        frame.time = 1767225600 + len(frames) / 100
        frames.append(frame)
    wrpcap(str(directory / "visited.pcap"), frames)
    (directory / "network.json").write_text(json.dumps(network(algorithm, edition)))
    result = mipvet("check", f"visited={directory}/visited.pcap", "--network",
                    directory / "network.json", "--report", f"json:{directory}/report.json")
    assert result.returncode in (0, 1, 3), result.stderr
    report = json.loads((directory / "report.json").read_text())
    return {f["node"]: f["verdict"] for f in report["scenarios"][0]["findings"]
            if f["requirement"] == "RFC3344-3.5.1-01"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_hashlib_computed_is_valid(algorithm, tmp_path):
    assert judge(tmp_path, exchange(algorithm), algorithm) == {"mn": "pass", "ha": "pass"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("place", ["flags", "home agent", "NAI", "SPI's coverage", "authenticator"])
def test_what_was_altered_since_is_not(algorithm, place, tmp_path):
    request, reply = exchange(algorithm)
    if place == "SPI's coverage":
        request = exchange(algorithm, covers_spi=False)[0]
    else:
        at = {"flags": 1, "home agent": 7, "NAI": 30, "authenticator": len(request) - 1}[place]
        request = bytearray(request)
        request[at] ^= 0x80
        request = bytes(request)
    assert judge(tmp_path, [request, reply], algorithm)["mn"] == "fail"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_reply_that_was_altered_since_is_not(algorithm, tmp_path):
    request, reply = exchange(algorithm)
    reply = reply[:3] + bytes([reply[3] ^ 1]) + reply[4:]
    assert judge(tmp_path, [request, reply], algorithm) == {"mn": "pass", "ha": "fail"}


@pytest.mark.parametrize("used", ALGORITHMS)
@pytest.mark.parametrize("declared", ALGORITHMS)
def test_another_algorithm_than_the_declared_one_is_noticed(used, declared, tmp_path):
    verdict = judge(tmp_path, exchange(used), declared)["mn"]
    assert verdict == ("pass" if used == declared else "fail")


def test_prefix_and_suffix_of_rfc_2002_leaves_the_spi_out(tmp_path):
    messages = exchange("keyed-md5", covers_spi=False)
    assert judge(tmp_path, messages, "keyed-md5", "RFC 2002") == {"mn": "pass", "ha": "pass"}
    assert judge(tmp_path, messages, "keyed-md5", "RFC 3344")["mn"] == "fail"
