#!/usr/bin/python3 -B
"""strongSwan as the mVPN gateway: IKEv2 with MOBIKE, an address pool, ESP on a TUN device or (--uml) by
the kernel of a User-Mode Linux guest."""

import sys

import launcher
import strongswan
import uml


def holder(options, outside):
    """A connection of the gateway to itself, whose only purpose is the TIA that it is given."""
    return f"""
  holder {{
    version = 2
    proposals = {options.ike}
    local_addrs = {outside}
    remote_addrs = {outside}
    childless = force
    vips = 0.0.0.0
    local {{
      auth = psk
      id = holder@example.com
    }}
    remote {{
      auth = psk
      id = {options.id}
    }}
  }}"""


def serve(options):
    launcher.be_router(options)
    outside = options.outside[1].partition("/")[0]
    pool = f"pools {{\n  tia {{\n    addrs = {options.pool}\n  }}\n}}\n" if options.pool else ""
    addresses = f"local_addrs = {outside}\n    unique = {options.unique}\n"
    if pool:
        addresses += "    pools = tia\n"
    swanctl = pool + strongswan.connection(
        options, local_ts=",".join(options.network or ["0.0.0.0/0"]), remote_ts="",
        addresses=addresses, more=holder(options, outside) if options.taken else "")
    charon = strongswan.start(options, swanctl, tun=not options.uml,
                              interface=options.outside[0])
    try:
        if options.taken:
            launcher.run("swanctl", "--initiate", "--ike", "holder", "--timeout", "20")
        launcher.say("ready")
        launcher.obey(charon, strongswan.verbs())
    finally:
        strongswan.stop(charon, options)


def main():
    options = launcher.parser(__doc__)
    launcher.add_router_options(options)
    strongswan.add_options(options, identity="gw.example.com", peer="%any")
    options.add_argument("--pool", default="10.20.0.0/28", help="of TIAs; '': it has none to give")
    options.add_argument("--taken", action="store_true", help="one address of the pool is taken")
    options.add_argument("--network", action="append", metavar="PREFIX",
                         help="inside, what the tunnel leads to; default 0.0.0.0/0")
    options.add_argument("--unique", default="no", choices=("no", "never", "keep", "replace"))
    options.add_argument("--uml", action="store_true", help="in a guest, with its kernel's ESP")
    options = options.parse_args()
    guest = uml.Guest([options.outside[0], options.inside[0]]) if options.uml else None
    launcher.main(options, serve, guest)


if __name__ == "__main__":
    sys.exit(main())
