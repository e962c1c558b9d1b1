"""DHCP messages made by scapy: every message type, every option that mipvet has a table for."""

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import wrpcap

CLIENT, SERVER = "02:00:00:00:00:05", "02:00:00:00:00:0f"
HARDWARE = bytes.fromhex("020000000005")

ASKED = [("param_req_list", [1, 3, 6, 51, 54, 58, 59]), ("client_id", b"\x01" + HARDWARE),
         ("max_dhcp_size", 1500), ("hostname", b"mn")]
GIVEN = [("server_id", "198.51.100.1"), ("lease_time", 3600), ("renewal_time", 1800),
         ("rebinding_time", 3150), ("subnet_mask", "255.255.255.128"), ("router", "198.51.100.1"),
         ("name_server", "198.51.100.1", "198.51.100.2")]


def message(kind, options, from_server=False, padding=0, **fields):
    source, destination = ("198.51.100.1", "255.255.255.255") if from_server else (
        fields.get("ciaddr", "0.0.0.0"), "255.255.255.255")
    return (Ether(src=SERVER if from_server else CLIENT, dst="ff:ff:ff:ff:ff:ff") /
            IP(src=source, dst=destination, ttl=64) /
            UDP(sport=67 if from_server else 68, dport=68 if from_server else 67) /
            BOOTP(op=2 if from_server else 1, xid=0x3903F326, secs=fields.pop("secs", 3),
                  flags=0x8000, chaddr=HARDWARE, **fields) /
            DHCP(options=[("message-type", kind), *options, "end"]) / Raw(bytes(padding)))


def frames():
    """Name and frame of each."""
    yield "discover", message("discover", ASKED, padding=30)
    yield "offer", message("offer", GIVEN, True, yiaddr="198.51.100.70", siaddr="198.51.100.1")
    yield "request", message("request", [("server_id", "198.51.100.1"),
                                         ("requested_addr", "198.51.100.70"), *ASKED])
    yield "ack", message("ack", GIVEN, True, yiaddr="198.51.100.70", sname=b"ar1", file=b"boot")
    yield "renewing", message("request", ASKED, ciaddr="198.51.100.70")
    yield "nak", message("nak", [("server_id", "198.51.100.1"), ("error_message", b"taken")], True)
    yield "decline", message("decline", [("server_id", "198.51.100.1"),
                                         ("requested_addr", "198.51.100.70")])
    yield "release", message("release", [("server_id", "198.51.100.1")], ciaddr="198.51.100.70")
    yield "inform", message("inform", ASKED, ciaddr="198.51.100.70")
    yield "with pads", message("discover", ["pad", "pad", "pad", (224, b"private")])


def write(path):
    """A pcap file of them all; they are as scapy builds them, lengths and checksums filled in."""
    wrpcap(str(path), [frame for _, frame in frames()])
    return path
