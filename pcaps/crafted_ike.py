"""IKEv2, MOBIKE and ESP made by scapy: one frame of each kind, every payload and notification.

Run as a program it prints them as the octets of engine/wire/test_ike_frames.h.
"""

import hashlib
import struct
import sys

from scapy.contrib import ikev2
from scapy.layers.inet import IP, UDP
from scapy.layers.ipsec import ESP
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import wrpcap

CLIENT, GATEWAY = "203.0.113.9", "192.0.2.1"
SPI_I, SPI_R = bytes.fromhex("1122334455667788"), bytes.fromhex("99aabbccddeeff01")
# Fields are filled in by name; next payloads and message lengths by `message`.
TYPES = {"SA": 33, "KE": 34, "IDi": 35, "IDr": 36, "CERT": 37, "CERTREQ": 38, "AUTH": 39,
         "Nonce": 40, "N": 41, "D": 42, "V": 43, "TSi": 44, "TSr": 45, "SK": 46, "CP": 47, "EAP": 48}


def octets(count, first=0):
    return bytes((first + i) & 0xFF for i in range(count))


def address(text):
    return bytes(map(int, text.split(".")))


def transform(kind, number, bits=None, last=False):
    fields = {"next_payload": 0 if last else 3, "transform_type": kind, "transform_id": number}
    if bits:
        fields |= {"length": 12, "key_length": bits}
    return ikev2.IKEv2_payload_Transform(**fields)


def proposal(number, protocol, spi, transforms, last=True):
    body = b"".join(bytes(one) for one in transforms)
    return bytes(ikev2.IKEv2_payload_Proposal(
        next_payload=0 if last else 2, proposal=number, proto=protocol, SPI=spi,
        trans_nb=len(transforms), trans=Raw(body), length=8 + len(spi) + len(body)))


def sa(*proposals):
    return "SA", ikev2.IKEv2_payload_SA(prop=Raw(b"".join(proposals)))


def notify(kind, data=b"", protocol=0, spi=b""):
    return "N", ikev2.IKEv2_payload_Notify(type=kind, proto=protocol, SPI=spi, load=data,
                                           length=8 + len(spi) + len(data))


def raw(name, body):
    return name, ikev2.IKEv2_payload(load=body)


def selector(low, high, protocol=0, ports=(0, 65535)):
    return ikev2.IPv4TrafficSelector(IP_protocol_ID=protocol, start_port=ports[0],
                                     end_port=ports[1], starting_address_v4=low,
                                     ending_address_v4=high)


def selectors(name, *of):
    layer = {"TSi": ikev2.IKEv2_payload_TSi, "TSr": ikev2.IKEv2_payload_TSr}[name]
    return name, layer(number_of_TSs=len(of), traffic_selector=list(of))


def configuration(kind, *attributes):
    body = b"".join(struct.pack("!HH", number, len(value)) + value for number, value in attributes)
    return raw("CP", bytes([kind, 0, 0, 0]) + body)


def nat_detection():
    return [notify(kind, hashlib.sha1(SPI_I + SPI_R + address(of) + struct.pack("!H", port)).digest())
            for kind, of, port in ((16388, CLIENT, 500), (16389, GATEWAY, 500))]


def message(exchange, flags, number, *payloads, responder=SPI_R, first=None):
    """A message with its payloads chained. `first`: of what an SK payload holds."""
    types = [TYPES[name] for name, _ in payloads] + [first or 0]
    body = b""
    for (_, payload), following in zip(payloads, types[1:]):
        payload.next_payload = following
        body += bytes(payload)
    return bytes(ikev2.IKEv2(init_SPI=SPI_I, resp_SPI=responder, next_payload=types[0],
                             exch_type=exchange, flags=flags, id=number,
                             length=28 + len(body))) + body


def udp(payload, port=4500, reverse=False):
    source, destination = (GATEWAY, CLIENT) if reverse else (CLIENT, GATEWAY)
    frame = Ether(src="02:00:00:00:00:05", dst="02:00:00:00:00:0f") / IP(
        src=source, dst=destination, id=7) / UDP(sport=port, dport=port) / Raw(payload)
    return Ether(bytes(frame))


def natted(payload, **how):
    return udp(bytes(4) + payload, **how)


CHILD = proposal(1, 3, octets(4, 0xC1), [transform(1, 12, 128), transform(3, 2),
                                         transform(5, 0, last=True)])


def frames():
    """By name, in the order of a tunnel's life."""
    yield "sa_init_request", udp(message(
        34, 0x08, 0,
        sa(proposal(1, 1, b"", [transform(1, 12, 256), transform(2, 5), transform(3, 12),
                                transform(4, 14), transform(4, 31, last=True)], last=False),
           proposal(2, 1, b"", [transform(1, 20, 128), transform(2, 5), transform(4, 19, last=True)])),
        ("KE", ikev2.IKEv2_payload_KE(group=31, load=octets(32))),
        ("Nonce", ikev2.IKEv2_payload_Nonce(load=octets(32, 0x40))),
        *nat_detection(), notify(16430), notify(16431, bytes.fromhex("000200030004")),
        ("V", ikev2.IKEv2_payload_VendorID(vendorID=b"mipvet")),
        responder=bytes(8)), port=500)
    yield "cookie_response", udp(message(34, 0x20, 0, notify(16390, octets(20)),
                                         responder=bytes(8)), port=500, reverse=True)
    yield "auth_sealed", natted(message(
        35, 0x08, 1, ("SK", ikev2.IKEv2_payload_Encrypted(load=octets(16 + 64 + 12))), first=35))
    yield "auth_request", natted(message(
        35, 0x08, 1,
        ("IDi", ikev2.IKEv2_payload_IDi(IDtype=2, ID=b"mn.example.org", length=8 + 14)),
        ("CERTREQ", ikev2.IKEv2_payload_CERTREQ(cert_type=4, cert_data=octets(20))),
        ("AUTH", ikev2.IKEv2_payload_AUTH(auth_type=2, load=octets(32))),
        configuration(1, (1, b""), (3, b""), (13, b"")),
        sa(CHILD),
        selectors("TSi", selector("0.0.0.0", "255.255.255.255")),
        selectors("TSr", selector("10.0.0.0", "10.255.255.255"),
                  selector("192.0.2.7", "192.0.2.7", 17, (434, 434))),
        notify(16384), notify(16396), notify(16397, address("198.51.100.5")),
        notify(16398, bytes.fromhex("20010db8") + octets(12))))
    yield "auth_response", natted(message(
        35, 0x20, 1,
        ("IDr", ikev2.IKEv2_payload_IDr(IDtype=1, ID=GATEWAY)),
        raw("CERT", bytes([12]) + octets(20) + b"http://192.0.2.1/cert"),
        ("AUTH", ikev2.IKEv2_payload_AUTH(auth_type=2, load=octets(32))),
        configuration(2, (1, address("10.0.1.5")), (2, address("255.255.255.0")),
                      (3, address("10.0.0.53")), (13, address("10.0.0.0") + address("255.0.0.0"))),
        sa(CHILD),
        selectors("TSi", selector("10.0.1.5", "10.0.1.5")),
        selectors("TSr", selector("10.0.0.0", "10.255.255.255")),
        notify(16396), notify(16385, struct.pack("!I", 3)), notify(16387, bytes([0, 9, 2])),
        notify(16399)), reverse=True)
    yield "update_addresses", natted(message(
        37, 0x08, 2, notify(16400), *nat_detection(), notify(16401, octets(8)),
        notify(16402, address(CLIENT) + address(GATEWAY) + struct.pack("!HH", 4500, 4500)),
        notify(16402, octets(32) + struct.pack("!HH", 4500, 4500)),
        notify(16401, octets(64))))
    yield "update_refused", natted(message(
        37, 0x20, 2, notify(40), notify(41), notify(16401, octets(8))), reverse=True)
    yield "rekey", natted(message(
        36, 0x08, 3, notify(16393, protocol=3, spi=octets(4, 0xC1)),
        sa(CHILD), ("Nonce", ikev2.IKEv2_payload_Nonce(load=octets(16))),
        ("KE", ikev2.IKEv2_payload_KE(group=14, load=octets(256))),
        selectors("TSi", selector("10.0.1.5", "10.0.1.5")),
        selectors("TSr", selector("10.0.0.0", "10.255.255.255"))))
    yield "refusals", natted(message(
        37, 0x20, 3, *(notify(kind) for kind in (4, 5, 7, 14, 24, 34, 35, 36, 37, 38, 43, 16386,
                                                 16391, 16392, 16394, 16395)),
        notify(1, b"\x63"), notify(9, struct.pack("!I", 77)), notify(11, octets(4, 0xD1)),
        notify(17, struct.pack("!H", 14)),
        notify(39, bytes.fromhex("45000014"), protocol=3, spi=octets(4, 0xC1)),
        notify(44, protocol=3, spi=octets(4, 0xC1)), notify(40960, b"private")))
    yield "deletion", natted(message(
        37, 0x08, 4, raw("D", bytes([3, 4, 0, 2]) + octets(8, 0xC1)), raw("D", bytes([1, 0, 0, 0]))))
    yield "dead_peer_detection", natted(message(37, 0x28, 5))
    yield "esp", Ether(bytes(
        Ether(src="02:00:00:00:00:05", dst="02:00:00:00:00:0f")
        / IP(src=CLIENT, dst=GATEWAY, proto=50, id=8) / ESP(spi=0xC1C2C3C4, seq=1, data=octets(60))))
    yield "esp_in_udp", udp(bytes(ESP(spi=0xC1C2C3C4, seq=2, data=octets(60))))
    yield "keepalive", udp(b"\xff")


def write(path):
    wrpcap(str(path), [frame for _, frame in frames()])
    return path


if __name__ == "__main__":
    for name, frame in frames():
        text = bytes(frame).hex()
        lines = [f'    "{text[i:i + 84]}"' for i in range(0, len(text), 84)]
        sys.stdout.write(f"inline constexpr std::string_view {name} =\n" + "\n".join(lines) + ";\n")
