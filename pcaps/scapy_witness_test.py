"""scapy as a witness: what it builds mipvet reads the same, and the other way round."""

import pytest

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.layers.mobileip import MobileIP, MobileIPRRP, MobileIPRRQ, MobileIPTunnelData
from scapy.packet import Padding, Raw
from scapy.utils import PcapReader, RawPcapReader

import crafted
import mobile_ip_layers as mip
from golden import CAPTURES, TESTER, decode, is_of_other_witnesses, name, sender


def bits(*parts):
    """A field of scapy's that is several of ours: (name, width in bits) from the highest."""
    def value(ours):
        result = 0
        for field, width in parts:
            result = result << width | int(ours[field])
        return result
    return value


def addresses_of(field):
    """A list of addresses, that we show as octets."""
    return lambda ours: [".".join(map(str, bytes.fromhex(ours[field])[at:at + 4]))
                         for at in range(0, len(ours[field]) // 2, 4)]


AUTHENTICATION = [(mip.Authentication, {"type": "type", "length": "length", "spi": "spi",
                                        "authenticator": "authenticator"})]
ICMP_HEAD = {"type": "type", "code": "code", "chksum": "checksum"}
ECHO = [(ICMP, ICMP_HEAD | {"id": "identifier", "seq": "sequence_number"}), (Raw, {"load": "data"})]
ERROR = ICMP_HEAD | {"reserved": lambda ours: ours["unused"] >> 8,
                     "length": lambda ours: ours["unused"] & 0xFF}
ADVERTISEMENT = [(ICMP, ICMP_HEAD | {"unused": bits(("num_addrs", 8), ("addr_entry_size", 8),
                                                    ("lifetime", 16))}),
                 (mip.RouterAddresses, {"addresses": "addresses"})]
RRQ_FLAGS = bits(*((flag, 1) for flag in (
    "simultaneous_bindings", "broadcast_datagrams", "decapsulation_by_mobile_node",
    "minimal_encapsulation", "gre_encapsulation", "reserved_r", "reverse_tunneling", "reserved_x")))
AGENT_FLAGS = bits(*((flag, 1) for flag in (
    "registration_required", "busy", "home_agent", "foreign_agent", "minimal_encapsulation",
    "gre_encapsulation", "reserved_r", "reverse_tunneling", "udp_tunneling")), ("reserved", 7))

# What one layer of ours is in scapy: its layers, and for each of their fields ours.
LAYERS = {
    "ethernet": [(Ether, {"dst": "destination", "src": "source", "type": "ethertype"})],
    "arp": [(ARP, {"hwtype": "hardware_type", "ptype": "protocol_type", "hwlen": "hardware_length",
                   "plen": "protocol_length", "op": "operation", "hwsrc": "sender_mac",
                   "psrc": "sender_ip", "hwdst": "target_mac", "pdst": "target_ip"})],
    "ipv4": [(IP, {"version": "version", "ihl": "header_length", "tos": "type_of_service",
                   "len": "total_length", "id": "identification",
                   "flags": bits(("reserved_flag", 1), ("dont_fragment", 1),
                                 ("more_fragments", 1)),
                   "frag": "fragment_offset", "ttl": "time_to_live", "proto": "protocol",
                   "chksum": "checksum", "src": "source", "dst": "destination",
                   "options": "options"})],
    "udp": [(UDP, {"sport": "source_port", "dport": "destination_port", "len": "length",
                   "chksum": "checksum"})],
    "echo-request": ECHO,
    "echo-reply": ECHO,
    "icmp-unreachable": [(ICMP, ERROR | {"nexthopmtu": "next_hop_mtu"})],
    # What is the next hop MTU of the one before is the rest of `unused` here.
    "time-exceeded": [(ICMP, ERROR | {"unused": "next_hop_mtu"})],
    "agent-solicitation": [(ICMP, ICMP_HEAD | {"unused": "reserved"})],
    "router-advertisement": ADVERTISEMENT,
    "agent-advertisement": ADVERTISEMENT,
    "mobility-agent-advertisement": [
        (mip.MobilityAgent, {"type": "type", "length": "length", "sequence": "sequence_number",
                             "lifetime": "registration_lifetime", "flags": AGENT_FLAGS,
                             "care_of": addresses_of("care_of_addresses")})],
    "prefix-lengths": [(mip.PrefixLengths, {"type": "type", "length": "length",
                                            "lengths": "prefix_lengths"})],
    "registration-request": [
        (MobileIP, {"type": "type"}),
        (MobileIPRRQ, {"flags": RRQ_FLAGS, "lifetime": "lifetime", "homeaddr": "home_address",
                       "haaddr": "home_agent", "coaddr": "care_of_address",
                       "id": "identification"})],
    "registration-reply": [
        (MobileIP, {"type": "type"}),
        (MobileIPRRP, {"code": "code", "lifetime": "lifetime", "homeaddr": "home_address",
                       "haaddr": "home_agent", "id": "identification"})],
    "udp-tunnel-data": [
        (MobileIP, {"type": "type"}),
        (MobileIPTunnelData, {"nexthdr": "next_header", "res": "reserved"})],
    "mobile-home-authentication": AUTHENTICATION,
    "mobile-foreign-authentication": AUTHENTICATION,
    "foreign-home-authentication": AUTHENTICATION,
    "generalized-authentication": [
        (mip.GeneralizedAuthentication, {"type": "type", "subtype": "sub_type", "length": "length",
                                         "spi": "spi", "authenticator": "authenticator"})],
    "nai": [(mip.Nai, {"type": "type", "length": "length", "nai": "nai"})],
    "ha-parameter": [(mip.HaParameter, {"type": "type", "length": "length", "subtype": "sub_type",
                                        "reserved": "reserved",
                                        "home_agent": "home_agent_address"})],
    "encapsulating-delivery-style": [(mip.EncapsulatingDelivery, {"type": "type",
                                                                  "length": "length"})],
    "udp-tunnel-request": [
        (mip.UdpTunnelRequest, {"type": "type", "length": "length", "subtype": "sub_type",
                                "reserved1": "reserved_1", "f": "force",
                                "r": "foreign_agent_required", "reserved2": "reserved_2",
                                "encapsulation": "encapsulation", "reserved3": "reserved_3"})],
    "udp-tunnel-reply": [
        (mip.UdpTunnelReply, {"type": "type", "length": "length", "subtype": "sub_type",
                              "code": "reply_code", "f": "force", "reserved": "reserved",
                              "keepalive": "keepalive_interval"})],
    "vendor-critical": [(mip.VendorCritical, {"type": "type", "reserved": "reserved",
                                              "length": "length", "vendor": "vendor",
                                              "vendor_type": "vendor_type", "data": "data"})],
    "vendor-normal": [(mip.VendorNormal, {"type": "type", "reserved": "reserved",
                                          "length": "length", "vendor": "vendor",
                                          "vendor_type": "vendor_type", "data": "data"})],
    "extension": [(mip.Extension, {"type": "type", "length": "length", "data": "data"})],
    "padding": [(mip.Padding, {"type": "type"})],
    "marker": [(Raw, {"load": lambda ours: bytes.fromhex(f"{ours['magic']:08x}{ours['kind']:02x}")
                      + ours["text"].encode()})],
}


def same(ours, theirs):
    if isinstance(theirs, bytes):
        return ours in (theirs, theirs.hex(), theirs.decode("latin-1"))
    if isinstance(theirs, (str, list)):
        return ours == theirs
    return int(ours, 16) == theirs if isinstance(ours, str) else int(ours) == int(theirs)


def octets_of(packet, field):
    """scapy takes IP options apart: back to octets."""
    value = packet.getfieldval(field)
    return b"".join(bytes(option) for option in value) if field == "options" else value


def compare(where, ours, packet):
    """Each of our layers with scapy's; returns how many fields were compared."""
    theirs = [layer for layer in packet.iterpayloads() if not isinstance(layer, Padding)]
    compared = 0
    for layer in ours["layers"]:
        values = {field: content["value"] for field, content in layer["fields"].items()}
        for kind, fields in LAYERS[layer["name"]]:
            if kind is Raw and not (theirs and isinstance(theirs[0], Raw)):
                continue  # no data
            assert theirs and isinstance(theirs[0], kind), f"{where}: {layer['name']}: {theirs[:1]}"
            witness = theirs.pop(0)
            for field in witness.fields:
                value = octets_of(witness, field)
                if field == "unused" and value == b"":
                    continue  # scapy's way to say that a type has none
                assert field in fields, f"{where}: {kind.__name__}.{field} is in no table"
                mine = fields[field](values) if callable(fields[field]) else values[fields[field]]
                assert same(mine, value), \
                    f"{where}: {layer['name']}: {field} {value!r} of scapy is {mine!r} for us"
                compared += 1
    assert all(isinstance(layer, Raw) for layer in theirs), f"{where}: we do not see {theirs}"
    return compared


def test_frames_built_by_scapy_are_read_the_same(tmp_path):
    capture = crafted.write(tmp_path / "crafted.pcap")
    frames = decode(capture)
    packets = list(PcapReader(str(capture)))
    assert len(frames) == len(packets) > 500
    for ours, packet in zip(frames, packets):
        compare(f"frame {ours['frame']}", ours, packet)
        assert ours["length"] == len(packet)
        assert ours["defects"] == (["fragment"] if packet.getlayer(IP) and packet[IP].flags.MF
                                   else []), f"frame {ours['frame']}"
    seen = {layer["name"] for frame in frames for layer in frame["layers"]}
    # Padding is one octet without meaning: tested in engine/wire.
    assert seen == set(LAYERS) - {"echo-reply", "marker", "padding"}


@pytest.mark.parametrize("capture", CAPTURES, ids=name)
def test_golden_frames_are_read_the_same_by_scapy(capture):
    raw = [octets for octets, _ in RawPcapReader(str(capture))]
    frames = decode(capture)
    assert len(frames) == len(raw)
    compared = 0
    for ours, octets in zip(frames, raw):
        where = f"{name(capture)} frame {ours['frame']}"
        if sender(ours) == TESTER and {"truncated", "bad length"} & set(ours["defects"]):
            continue  # malformed on purpose: what a reader makes of it is its own affair
        if is_of_other_witnesses(ours):
            continue
        packet = Ether(octets)
        compared += compare(where, ours, packet)
    assert compared > 100
