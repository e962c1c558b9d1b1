#!/usr/bin/python3 -B
"""strongSwan as the VPN client of a mobile node: IKEv2 with MOBIKE, the TIA on a TUN device.

Standard input tells it where it is: `attach LINK`, `move LINK` or `move ADDRESS/LEN GATEWAY` (on the
interface that it uses), `detach`; `initiate`, `terminate`, `rekey-child`, `rekey-ike`;
`send ADDRESS [COUNT]` sends echo requests from the TIA; `tia` prints it. With --home-agent it registers as soon
as the tunnel is up, and sends through the tunnel to the home agent; `register`, `renew`, `deregister`.
"""

import argparse
import os
import socket
import struct
import sys

import launcher
import strongswan
from launcher import Fault, run, say
from mip4_registration import Registration, checksum


def link(text):
    """NAME=IF,ADDRESS/LENGTH,GATEWAY"""
    name, _, rest = text.partition("=")
    parts = rest.split(",")
    if not name or len(parts) != 3 or "/" not in parts[1]:
        raise argparse.ArgumentTypeError(
            f"is {text!r}; must be like visited=v0,192.0.2.7/24,192.0.2.1")
    return name, parts


class Client:
    """Where the client is, and how it moves."""

    def __init__(self, links, registration):
        self.links = links
        self.registration = registration
        self.interface = None
        self.connected = False

    def attach(self, *where):
        """At a link by name, or at the present one with another address and gateway."""
        if len(where) == 1:
            if where[0] not in self.links:
                raise Fault(f"no link {where[0]}; there are {', '.join(self.links)}")
            interface, address, gateway = self.links[where[0]]
        else:
            address, gateway = where
            interface = self.interface or next(iter(self.links.values()))[0]
        self._batch(interface, address, gateway)
        self.interface = interface
        if not self.connected:
            self.initiate()

    def detach(self):
        self._batch(None)
        self.interface = None

    def initiate(self):
        run("swanctl", "--initiate", "--child", "net", "--timeout", "20")
        self.connected = True
        self.tell_tia()
        if self.registration:
            self.register()

    def register(self, lifetime=None):
        if not self.registration:
            raise Fault("there is no --home-agent")
        code, granted = self.registration.register(tia(), lifetime)
        say(f"registration code {code} lifetime {granted}")

    def send(self, to, count="1"):
        for number in range(int(count)):
            if self.registration and self.registration.care_of:
                self.registration.send(to, echo_request(number), socket.IPPROTO_ICMP)
                continue
            with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
                raw.bind((tia(), 0))
                raw.sendto(echo_request(number), (to, 0))

    def terminate(self):
        self.connected = False
        strongswan.verbs()["terminate"]()

    def tell_tia(self):
        say(f"up {tia()}")

    def _batch(self, interface, address=None, gateway=None):
        """All at once: charon looks at the addresses a tenth of a second after the first change."""
        devices = {parts[0] for parts in self.links.values()}
        lines = [f"addr flush dev {device} scope global" for device in devices]
        if interface:
            lines += [f"link set {interface} up", f"addr add {address} dev {interface}",
                      f"route replace default via {gateway} dev {interface}"]
        with open("/run/batch", "w", encoding="ascii") as batch:
            batch.write("\n".join(lines) + "\n")
        run("ip", "-batch", "/run/batch")


def tia():
    for line in run("ip", "-4", "-o", "addr", "show").splitlines():
        words = line.split()
        if words[1].startswith("ipsec"):
            return words[3].partition("/")[0]
    raise Fault("there is no TIA")


def echo_request(number):
    echo = struct.pack("!BBHHH", 8, 0, 0, os.getpid() & 0xFFFF, number) + bytes(32)
    return echo[:2] + struct.pack("!H", checksum(echo)) + echo[4:]


def serve(options):
    registration = None
    if options.home_agent:
        registration = Registration(options.home_address, options.home_agent, options.spi, options.key,
                                    options.lifetime)
    client = Client(dict(options.link), registration)
    for interface, _, _ in client.links.values():
        launcher.silence_ipv6(interface)
    swanctl = strongswan.connection(
        options, local_ts="", remote_ts=",".join(options.network or ["0.0.0.0/0"]),
        addresses=f"remote_addrs = {options.gateway}\n    vips = 0.0.0.0\n    keyingtries = 1")
    charon = strongswan.start(options, swanctl, tun=True)
    try:
        say("ready")
        launcher.obey(charon, {**strongswan.verbs(), "attach": client.attach, "move": client.attach,
                               "detach": client.detach, "initiate": client.initiate,
                               "terminate": client.terminate, "tia": client.tell_tia,
                               "send": client.send, "register": client.register,
                               "renew": client.register,
                               "deregister": lambda: client.register(0)})
    finally:
        strongswan.stop(charon, options)


def main():
    options = launcher.parser(__doc__)
    options.add_argument("--link", type=link, action="append", required=True,
                         metavar="NAME=IF,ADDR/LEN,GATEWAY")
    options.add_argument("--gateway", required=True, metavar="ADDRESS", help="of the mVPN gateway")
    strongswan.add_options(options, identity="mn@example.com", peer="gw.example.com")
    options.add_argument("--network", action="append", metavar="PREFIX",
                         help="that the tunnel leads to; default 0.0.0.0/0")
    options.add_argument("--home-agent", metavar="ADDRESS", help="registers there; needs the next three")
    options.add_argument("--home-address", metavar="ADDRESS")
    options.add_argument("--spi", type=int, help="of the association with the home agent")
    options.add_argument("--key", type=bytes.fromhex, metavar="HEX", help="of HMAC-MD5")
    options.add_argument("--lifetime", type=int, default=300, help="of the registration, in seconds")
    options = options.parse_args()
    if options.home_agent and None in (options.home_address, options.spi, options.key):
        sys.exit(f"{options.name}: --home-agent needs --home-address, --spi and --key")
    launcher.main(options, serve)


if __name__ == "__main__":
    sys.exit(main())
