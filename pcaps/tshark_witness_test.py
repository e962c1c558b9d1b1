"""tshark as a witness: nothing that we send is malformed, all Mobile IP fields are what we say."""

import json
import subprocess
import xml.etree.ElementTree

import pytest

import crafted
from golden import CAPTURES, PCAPS, TESTER, decode, for_each, is_of_other_witnesses, name, sender

PREFIXES = ("mip.", "icmp.mip.")
# Frames are compared one by one; nothing is put together from several.
OPTIONS = ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
           "-o", "ip.defragment:FALSE"]

# tshark's field: ours, or ours and what part of it. None: its bits have names of their own.
TABLE = {
    "icmp.type": "type",
    "icmp.code": "code",
    "icmp.checksum": "checksum",
    "icmp.num_addrs": "num_addrs",
    "icmp.addr_entry_size": "addr_entry_size",
    "icmp.lifetime": "lifetime",
    "icmp.router_address": "addresses",
    "icmp.pref_level": "addresses",
    "icmp.mip.type": "type",
    "icmp.mip.length": "length",
    "icmp.mip.seq": "sequence_number",
    "icmp.mip.life": "registration_lifetime",
    "icmp.mip.flags": "flags",
    "icmp.mip.r": "registration_required",
    "icmp.mip.b": "busy",
    "icmp.mip.h": "home_agent",
    "icmp.mip.f": "foreign_agent",
    "icmp.mip.m": "minimal_encapsulation",
    "icmp.mip.g": "gre_encapsulation",
    "icmp.mip.v": "reserved_r",  # RFC 2002's V; RFC 3344 sends it as zero
    "icmp.mip.rt": "reverse_tunneling",
    "icmp.mip.u": "udp_tunneling",
    # X, registration revocation, is of RFC 3543, which is no draft's base: reserved for us.
    "icmp.mip.x": ("reserved", lambda reserved: reserved >> 6),
    "icmp.mip.reserved": ("reserved", lambda reserved: reserved & 0x3F),
    "icmp.mip.coa": "care_of_addresses",
    "icmp.mip.prefixlength": "prefix_lengths",
    "mip.type": "type",
    "mip.flags": "flags",
    "mip.s": "simultaneous_bindings",
    "mip.b": "broadcast_datagrams",
    "mip.d": "decapsulation_by_mobile_node",
    "mip.m": "minimal_encapsulation",
    "mip.g": "gre_encapsulation",
    "mip.v": "reserved_r",
    "mip.t": "reverse_tunneling",
    "mip.x": "reserved_x",
    "mip.code": "code",
    "mip.life": "lifetime",
    "mip.homeaddr": "home_address",
    "mip.haaddr": "home_agent",
    "mip.coa": "care_of_address",
    "mip.ident": "identification",
    "mip.nattt.nexthdr": "next_header",
    "mip.nattt.reserved": "reserved",
    "mip.ext.type": "type",
    "mip.ext.len": "length",
    "mip.ext.auth.subtype": "sub_type",
    "mip.auth.spi": "spi",
    "mip.auth.auth": "authenticator",
    "mip.nai": "nai",
    "mip.ext.utrq.subtype": "sub_type",
    "mip.ext.utrq.reserved1": "reserved_1",
    "mip.ext.utrq.flags": None,
    "mip.ext.utrq.f": "force",
    "mip.ext.utrq.r": "foreign_agent_required",
    "mip.ext.utrq.reserved2": "reserved_2",
    "mip.ext.utrq.encaptype": "encapsulation",
    "mip.ext.utrq.reserved3": "reserved_3",
    "mip.ext.utrp.subtype": "sub_type",
    "mip.ext.utrp.code": "reply_code",
    "mip.ext.utrp.flags": None,
    "mip.ext.utrp.f": "force",
    "mip.ext.utrp.reserved": "reserved",
    "mip.ext.utrp.keepalive": "keepalive_interval",
    "mip.ext.cvse.reserved": "reserved",
    "mip.ext.cvse.vendor_id": "vendor",
    "mip.ext.cvse.vendor_type": "vendor_type",
    "mip.ext.cvse.vendor_value": "data",
    "mip.ext.nvse.reserved": "reserved",
    "mip.ext.nvse.vendor_id": "vendor",
    "mip.ext.nvse.vendor_type": "vendor_type",
    "mip.ext.nvse.vendor_value": "data",
    # Of an extension that tshark does not know, such as HA Parameter: see `opaque`.
    "mip.extension": "data",
}

# Layers whose fields tshark has to name, each of them.
MESSAGES = {"registration-request", "registration-reply", "udp-tunnel-data"}
ADVERTISEMENTS = {"agent-advertisement", "router-advertisement"}


class Witness:
    """What tshark says of one frame."""

    def __init__(self, packet):
        self.protocols = {proto.get("name") for proto in packet.iter("proto")}
        fields = [field for field in packet.iter("field") if field.get("name")]
        self.malformed = "_ws.malformed" in self.protocols
        status = {(field.get("name"), field.get("show")) for field in fields}
        self.bad_checksum = any((f"{layer}.checksum.status", "0") in status
                                for layer in ("ip", "udp", "icmp"))
        self.fields = [field for field in fields
                       if field.get("name") in TABLE or field.get("name").startswith(PREFIXES)]


def tshark(capture):
    text = subprocess.run(["tshark", *OPTIONS, "-r", capture, "-T", "pdml"], check=True,
                          capture_output=True).stdout
    return [Witness(packet) for packet in xml.etree.ElementTree.fromstring(text)]


def has_misbehaving_node(capture):
    """The scenario has a node do wrong on purpose; others hand on what it sends."""
    network = json.loads((PCAPS / f"{capture}.network.json").read_text())
    return any(node.get("judged") is False for node in network["nodes"].values())


@pytest.fixture(scope="module")
def read():
    """Each golden capture with its frames as we and as tshark read them."""
    def one(capture):
        ours, theirs = decode(capture), tshark(capture)
        assert len(ours) == len(theirs), name(capture)
        return name(capture), list(zip(ours, theirs))
    # The longest captures repeat ESP, and tshark takes its time.
    return for_each(one, [one for one in CAPTURES if one.stat().st_size < 250_000])


def layer_at(frame, first, end):
    """The innermost of our layers around these octets."""
    return [layer for layer in frame["layers"]
            if layer["byte_range"][0] <= first and end <= layer["byte_range"][1]][-1]


def number(value):
    if isinstance(value, str) and "." in value:
        return int.from_bytes(bytes(map(int, value.split("."))), "big")
    return int(value, 16) if isinstance(value, str) else int(value)


def octets(field):
    """A field of whole octets, as hex."""
    value = field["value"]
    if isinstance(value, str) and "." not in value and not value.startswith("0x"):
        return value
    begins, ends = field["byte_range"]
    return number(value).to_bytes(ends - begins, "big").hex()


def opaque(layer, first, end):
    """The names of a layer's fields between two places."""
    return [field for field, content in layer["fields"].items()
            if first <= content["byte_range"][0] < content["byte_range"][1] <= end]


def compare_field(at, layer, known, witness):
    """Value and place of what tshark names; returns the names of our fields that it is."""
    first, size = int(witness.get("pos")), int(witness.get("size"))
    value = witness.get("value")
    if known == "mip.extension":
        fields = opaque(layer, first, first + size)
        assert "".join(octets(layer["fields"][field]) for field in fields) == value, at
        return fields
    mine, part = TABLE[known] if isinstance(TABLE[known], tuple) else (TABLE[known], int)
    assert mine in layer["fields"], f"{at}: there is no {mine}"
    ours = layer["fields"][mine]
    begins, ends = ours["byte_range"]
    if witness.get("unmaskedvalue") is not None:  # of some bits: tshark shows the octets around
        assert first <= begins and ends <= first + size, at
        assert part(number(ours["value"])) == int(value, 16), f"{at}: {ours['value']}"
    elif mine in ("addresses", "care_of_addresses", "prefix_lengths"):
        # tshark names each of a list's elements.
        assert begins <= first and first + size <= ends, at
        assert ours["value"][2 * (first - begins):][:2 * size] == value, f"{at}: {ours['value']}"
    else:
        text = ours["value"].encode().hex() if mine == "nai" else octets(ours)
        assert (first, first + size) == (begins, ends), f"{at}: {begins}-{ends}"
        assert text == value, f"{at}: {ours['value']}"
    return [mine]


def compare(where, frame, witness):
    """All fields that tshark names, and that it names all of ours; returns how many there are."""
    seen = set()
    for field in witness.fields:
        known = field.get("name")
        assert known in TABLE, f"{where}: {known} of tshark is in no table"
        first, size = int(field.get("pos")), int(field.get("size"))
        if TABLE[known] is None or size == 0:  # an empty NAI stands nowhere
            continue
        layer = layer_at(frame, first, first + size)
        at = f"{where}: {known} (octets {first}-{first + size}) in our {layer['name']}"
        seen |= {(layer["byte_range"][0], mine)
                 for mine in compare_field(at, layer, known, field)}
    assert not unseen(frame, seen), f"{where}: tshark does not name {unseen(frame, seen)}"
    return len(seen)


def unseen(frame, seen):
    """Our fields of Mobile IP that are none of those seen."""
    result = []
    for layer in frame["layers"]:
        if "truncated" in layer["defects"]:
            continue  # an ICMP error cut it short; tshark leaves it away
        if layer["extension"] or layer["name"] in MESSAGES | ADVERTISEMENTS:
            result += [f"{layer['name']} {field}" for field, content in layer["fields"].items()
                       if content["value"] not in (None, "") and
                       (layer["byte_range"][0], field) not in seen]
    return result


def test_nothing_that_we_send_is_malformed(read):
    for capture, frames in read:
        odd = has_misbehaving_node(capture)
        for ours, theirs in frames:
            if sender(ours) != TESTER and not (odd and is_of_other_witnesses(ours)):
                where = f"{capture} frame {ours['frame']}"
                assert not theirs.malformed and not theirs.bad_checksum, where
                assert ours["defects"] == [], where


def test_what_the_tester_damages_tshark_and_we_notice_alike(read):
    noticed = 0
    for capture, frames in read:
        for ours, theirs in frames:
            # Of all layers: a frame's own defects leave out those of what an ICMP error quotes.
            defects = {defect for layer in ours["layers"] for defect in layer["defects"]}
            where = f"{capture} frame {ours['frame']}: {defects}"
            assert theirs.bad_checksum == ("bad checksum" in defects), where
            assert theirs.malformed == ("truncated" in ours["defects"]), where
            noticed += bool(defects)
    assert noticed > 0


def test_tshark_agrees_on_every_mobile_ip_field(read):
    compared = 0
    seen = set()
    for capture, frames in read:
        for ours, theirs in frames:
            if is_of_other_witnesses(ours):
                continue
            compared += compare(f"{capture} frame {ours['frame']}", ours, theirs)
            seen |= {field.get("name") for field in theirs.fields}
            # A message that only one of us takes for Mobile IP would have nothing to compare.
            ours_too = bool(MESSAGES & {layer["name"] for layer in ours["layers"]})
            assert ours_too == ("mip" in theirs.protocols), f"{capture} frame {ours['frame']}"
    assert compared > 10000
    assert {"mip.code", "mip.coa", "mip.ident", "mip.auth.auth", "mip.nai", "mip.extension",
            "icmp.mip.coa", "icmp.mip.prefixlength"} <= seen


def test_tshark_agrees_on_frames_made_by_scapy(tmp_path):
    capture = crafted.write(tmp_path / "crafted.pcap")
    seen = set()
    for ours, theirs in zip(decode(capture), tshark(capture), strict=True):
        compare(f"frame {ours['frame']}", ours, theirs)
        seen |= {field.get("name") for field in theirs.fields}
    assert set(TABLE) <= seen, set(TABLE) - seen
