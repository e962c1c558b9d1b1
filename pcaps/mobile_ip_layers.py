"""scapy's Mobile IP ends with the fixed part of the messages: here are, as scapy layers written
from the RFCs, the extensions that follow (each is the payload of the one before) and agent
discovery."""

from scapy.fields import (BitField, ByteField, FieldLenField, FieldListField, IntField, IPField,
                          ShortField, StrLenField)
from scapy.layers.inet import ICMP, IP, IPerror
from scapy.layers.mobileip import MobileIPRRP, MobileIPRRQ, MobileIPTunnelData
from scapy.packet import Packet, Raw, bind_layers


def length_of(field, before, fmt="B"):
    """A length that counts what follows it: `before` octets and a field."""
    return FieldLenField("length", None, length_of=field, fmt=fmt, adjust=lambda _, n: n + before)


def rest(name, before):
    return StrLenField(name, b"", length_from=lambda packet: packet.length - before)


class Extension(Packet):
    """RFC 3344 §1.9, short form."""
    fields_desc = [ByteField("type", 255), length_of("data", 0), rest("data", 0)]

    def guess_payload_class(self, payload):
        return registration_extension(self, payload)


class Padding(Extension):
    fields_desc = [ByteField("type", 0)]


class Authentication(Extension):
    """RFC 3344 §3.5.1: types 32, 33 and 34."""
    fields_desc = [ByteField("type", 32), length_of("authenticator", 4), IntField("spi", 256),
                   rest("authenticator", 4)]


class GeneralizedAuthentication(Extension):
    """RFC 4721 §5."""
    fields_desc = [ByteField("type", 36), ByteField("subtype", 1),
                   length_of("authenticator", 4, "H"), IntField("spi", 256),
                   rest("authenticator", 4)]


class VendorCritical(Extension):
    """RFC 3115 §2.1."""
    fields_desc = [ByteField("type", 38), ByteField("reserved", 0), length_of("data", 6, "H"),
                   IntField("vendor", 0), ShortField("vendor_type", 0), rest("data", 6)]


class VendorNormal(Extension):
    """RFC 3115 §2.2."""
    fields_desc = [ByteField("type", 134), length_of("data", 8), ShortField("reserved", 0),
                   IntField("vendor", 0), ShortField("vendor_type", 0), rest("data", 8)]


class UdpTunnelReply(Extension):
    """RFC 3519 §3.2."""
    fields_desc = [ByteField("type", 44), ByteField("length", 6), ByteField("subtype", 0),
                   ByteField("code", 0), BitField("f", 0, 1), BitField("reserved", 0, 15),
                   ShortField("keepalive", 0)]


class HaParameter(Extension):
    """draft-adrangi-mobileip-vpn-traversal-02 §2.5.3."""
    fields_desc = [ByteField("type", 127), ByteField("length", 6), ByteField("subtype", 1),
                   ByteField("reserved", 0), IPField("home_agent", "0.0.0.0")]


class EncapsulatingDelivery(Extension):
    """RFC 3024 §3.3."""
    fields_desc = [ByteField("type", 130), ByteField("length", 0)]


class Nai(Extension):
    """RFC 2794 §2."""
    fields_desc = [ByteField("type", 131), length_of("nai", 0), rest("nai", 0)]


class UdpTunnelRequest(Extension):
    """RFC 3519 §3.1."""
    fields_desc = [ByteField("type", 144), ByteField("length", 6), ByteField("subtype", 0),
                   ByteField("reserved1", 0), BitField("f", 0, 1), BitField("r", 0, 1),
                   BitField("reserved2", 0, 6), ByteField("encapsulation", 0),
                   ShortField("reserved3", 0)]


REGISTRATION = {0: Padding, 32: Authentication, 33: Authentication, 34: Authentication,
                36: GeneralizedAuthentication, 38: VendorCritical, 44: UdpTunnelReply,
                127: HaParameter, 130: EncapsulatingDelivery, 131: Nai, 134: VendorNormal,
                144: UdpTunnelRequest}


def registration_extension(_, payload):
    kind = REGISTRATION.get(payload[0], Extension)
    if kind is HaParameter and payload[2:3] != b"\x01":
        return Extension  # of another sub-type
    return kind


class RouterAddresses(Packet):
    """RFC 1256 §3: the entries behind the fixed part of an advertisement, whose `unused` octets
    are in truth the entries' number and size in words of four octets, and the lifetime."""
    fields_desc = [StrLenField("addresses", b"", length_from=lambda packet: 4 * (
        (packet.underlayer.unused >> 24) * (packet.underlayer.unused >> 16 & 0xFF)))]

    def guess_payload_class(self, payload):
        return discovery_extension(self, payload)


class MobilityAgent(RouterAddresses):
    """RFC 3344 §2.1.1."""
    fields_desc = [ByteField("type", 16),
                   FieldLenField("length", None, count_of="care_of", fmt="B",
                                 adjust=lambda _, n: 6 + 4 * n),
                   ShortField("sequence", 0), ShortField("lifetime", 0), ShortField("flags", 0),
                   FieldListField("care_of", [], IPField("", "0.0.0.0"),
                                  length_from=lambda packet: packet.length - 6)]


class PrefixLengths(RouterAddresses):
    """RFC 3344 §2.1.2."""
    fields_desc = [ByteField("type", 19), length_of("lengths", 0), rest("lengths", 0)]


def discovery_extension(_, payload):
    return {16: MobilityAgent, 19: PrefixLengths}.get(payload[0], Raw)


def icmp_payload(icmp, _):
    return {3: IPerror, 11: IPerror, 9: RouterAddresses}.get(icmp.type, Raw)


MobileIPRRQ.guess_payload_class = registration_extension
MobileIPRRP.guess_payload_class = registration_extension
ICMP.guess_payload_class = icmp_payload
bind_layers(MobileIPTunnelData, IP, nexthdr=4)
