"""Frames made by scapy: every message and extension with many values, more than scenarios hold."""

import random

from scapy.layers.inet import ICMP, IP, UDP, IPOption_Router_Alert
from scapy.layers.l2 import ARP, Ether
from scapy.layers.mobileip import MobileIP, MobileIPRRP, MobileIPRRQ, MobileIPTunnelData
from scapy.packet import Raw
from scapy.utils import wrpcap

import mobile_ip_layers as mip

MN, AGENT = "02:00:00:00:00:05", "02:00:00:00:00:0f"


class Crafter:
    """Frames of random content; the same ones each time."""

    def __init__(self):
        self.random = random.Random(3344)

    def number(self, octets):
        return self.random.getrandbits(8 * octets)

    def octets(self, most):
        return self.random.randbytes(self.random.randint(1, most))

    def address(self):
        return ".".join(str(self.number(1)) for _ in range(4))

    def ip(self, **fields):
        # Neither loopback nor multicast, which readers may treat in their own way.
        return IP(src=f"10.{self.number(1)}.0.5", dst=f"192.0.2.{self.random.randint(1, 250)}",
                  ttl=self.random.randint(1, 255), id=self.number(2), tos=self.number(1) & 0xFC,
                  **fields)

    def frame(self, *layers):
        packet = Ether(src=MN, dst=AGENT)
        for layer in layers:
            packet = packet / layer
        return packet

    def mobile_ip(self, *layers):
        return self.frame(self.ip(), UDP(sport=self.random.randint(1024, 65535), dport=434),
                          MobileIP(), *layers)

    def authentications(self):
        return [mip.Authentication(type=kind, spi=self.number(4), authenticator=self.octets(40))
                for kind in (32, 33, 34)]

    def request(self, *extensions, **fields):
        values = {"flags": self.number(1), "lifetime": self.number(2), "homeaddr": self.address(),
                  "haaddr": self.address(), "coaddr": self.address(), "id": self.number(8)}
        return self.mobile_ip(MobileIPRRQ(**values | fields), *extensions)

    def reply(self, *extensions, **fields):
        values = {"code": self.number(1), "lifetime": self.number(2), "homeaddr": self.address(),
                  "haaddr": self.address(), "id": self.number(8)}
        return self.mobile_ip(MobileIPRRP(**values | fields), *extensions)

    def extensions(self):
        """One of each; what may stand in a request comes first."""
        return [mip.Nai(nai=b"mn@example.org"),
                mip.HaParameter(home_agent=self.address(), reserved=self.number(1)),
                mip.VendorCritical(reserved=self.number(1), vendor=32473,
                                   vendor_type=self.number(2), data=self.octets(40)),
                mip.VendorNormal(reserved=self.number(2), vendor=32473,
                                 vendor_type=self.number(2), data=self.octets(40)),
                mip.UdpTunnelRequest(reserved1=self.number(1), f=self.number(1) & 1,
                                     r=self.number(1) & 1, reserved2=self.number(1) & 0x3F,
                                     encapsulation=4, reserved3=self.number(2)),
                mip.EncapsulatingDelivery(),
                mip.GeneralizedAuthentication(spi=self.number(4), authenticator=self.octets(40)),
                mip.Extension(type=199, data=self.octets(60)),
                mip.UdpTunnelReply(code=self.number(1), f=self.number(1) & 1,
                                   reserved=self.number(2) & 0x7FFF, keepalive=self.number(2))]

    def advertisement(self, addresses, care_of, **fields):
        entries = self.random.randbytes(8 * addresses)
        return self.frame(
            IP(src="192.0.2.1", dst="255.255.255.255", ttl=1),
            ICMP(type=9, code=self.random.choice([0, 16]),
                 unused=addresses << 24 | 2 << 16 | self.number(2)),
            mip.RouterAddresses(addresses=entries),
            mip.MobilityAgent(sequence=self.number(2), lifetime=self.number(2),
                              flags=self.number(2),
                              care_of=[self.address() for _ in range(care_of)], **fields),
            mip.PrefixLengths(lengths=bytes(self.random.randint(0, 32) for _ in range(addresses))))


def frames():
    craft = Crafter()
    for bit in range(8):
        yield craft.request(flags=1 << bit)
    for code in range(256):
        yield craft.reply(code=code)
    for _ in range(20):
        mobile_home, mobile_foreign, foreign_home = craft.authentications()
        yield craft.request(*craft.extensions()[:-1], mobile_home, mobile_foreign)
        yield craft.reply(craft.extensions()[-1], mobile_home, foreign_home)
        for extension in craft.extensions():
            yield craft.request(extension, mobile_home)
    yield craft.request(mip.Nai(nai=b""), mip.Extension(type=200, data=b""))
    for addresses in range(4):
        for care_of in range(4):
            yield craft.advertisement(addresses, care_of)
    yield craft.frame(IP(src="192.0.2.1", dst="224.0.0.1", ttl=1), ICMP(type=9, unused=0x01020708),
                      mip.RouterAddresses(addresses=bytes(8)))
    yield craft.frame(IP(src="0.0.0.0", dst="255.255.255.255", ttl=1), ICMP(type=10))
    for operation, target in ((1, "00:00:00:00:00:00"), (2, AGENT)):
        yield Ether(src=MN, dst="ff:ff:ff:ff:ff:ff") / ARP(
            op=operation, hwsrc=MN, psrc="10.1.0.5", hwdst=target, pdst="10.1.0.9")
    echo = IP(src="10.1.0.5", dst="198.51.100.7") / ICMP(type=8, id=7, seq=9) / Raw(b"mobile")
    yield craft.frame(echo)
    yield craft.frame(craft.ip(), echo)  # IP-in-IP
    yield craft.frame(craft.ip(), craft.ip(), echo)
    yield craft.frame(craft.ip(), UDP(sport=434, dport=50434), MobileIP(type=4),
                      MobileIPTunnelData(nexthdr=4, res=7), echo)
    yield craft.frame(craft.ip(options=[IPOption_Router_Alert()]), UDP(sport=5, dport=9),
                      Raw(b"data"))
    yield craft.frame(craft.ip(), UDP(sport=5, dport=9, chksum=0), Raw(b"no checksum"))
    yield craft.frame(craft.ip(flags="MF", frag=0), Raw(bytes(24)))
    for kind, code in ((3, 0), (3, 1), (3, 3), (11, 0)):
        for quoted in (craft.request(), craft.reply(), craft.request(*craft.authentications())):
            yield craft.frame(craft.ip(), ICMP(type=kind, code=code), quoted[IP])


def write(path):
    """A pcap file of them all; they are as scapy builds them, lengths and checksums filled in."""
    wrpcap(str(path), list(frames()))
    return path
