"""Registration with a home agent (RFC 3344 §3.3 to 3.5), the TIA as co-located care-of address, and the
tunnel to it: what a VPN client lacks to be a mobile node in access mode mc."""

import hashlib
import hmac
import select
import socket
import struct
import time

from launcher import Fault

PORT = 434
REQUEST, REPLY, AUTHENTICATION = 1, 3, 32
COLOCATED, REVERSE_TUNNEL = 0x20, 0x02  # bits D and T
NTP_EPOCH = 2208988800  # seconds from 1900 to 1970
TRIES = 3


class Registration:
    """With one home agent, by the association of an SPI and a key."""

    def __init__(self, home_address, home_agent, spi, key, lifetime):
        self.home_address, self.home_agent = home_address, home_agent
        self.spi, self.key, self.lifetime = spi, key, lifetime
        self.care_of = None  # while registered
        # As long as it is open, the kernel does not answer IP-in-IP with an ICMP error.
        self.tunnel = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IPIP)

    def _digest(self, message):
        return hmac.new(self.key, message, hashlib.md5).digest()

    def _request(self, care_of, lifetime):
        now = time.time() + NTP_EPOCH
        message = struct.pack("!BBH4s4s4sII", REQUEST, COLOCATED | REVERSE_TUNNEL, lifetime,
                              *map(socket.inet_aton, (self.home_address, self.home_agent, care_of)),
                              int(now), int(now % 1 * 2**32))
        message += struct.pack("!BBI", AUTHENTICATION, 20, self.spi)
        return message + self._digest(message)

    def _verdict(self, reply, request):
        """(code, lifetime) of the authentic reply to a request, else None."""
        if len(reply) < 42 or reply[0] != REPLY or reply[16:20] != request[20:24]:
            return None  # the low half of the identification is the request's
        if reply[-22:-16] != struct.pack("!BBI", AUTHENTICATION, 20, self.spi):
            return None
        if not hmac.compare_digest(self._digest(reply[:-16]), reply[-16:]):
            return None
        return struct.unpack("!BH", reply[1:4])

    def register(self, care_of, lifetime=None):
        """(code, lifetime) that the home agent granted."""
        lifetime = self.lifetime if lifetime is None else lifetime
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind((care_of, 0))
            for seconds in range(1, TRIES + 1):
                request = self._request(care_of, lifetime)
                udp.sendto(request, (self.home_agent, PORT))
                until = time.monotonic() + seconds
                while select.select([udp], [], [], max(0, until - time.monotonic()))[0]:
                    verdict = self._verdict(udp.recv(2048), request)
                    if verdict is None:
                        continue
                    self.care_of = care_of if verdict[0] in (0, 1) and lifetime else None
                    return verdict
        raise Fault("no reply of the home agent")

    def send(self, to, payload, protocol):
        """An IP datagram from the home address, in the reverse tunnel."""
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0,
                             socket.inet_aton(self.home_address), socket.inet_aton(to))
        header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
        self.tunnel.bind((self.care_of, 0))
        self.tunnel.sendto(header + payload, (self.home_agent, 0))


def checksum(octets):
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
