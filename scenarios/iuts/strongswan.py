"""charon with a private configuration, for the launch scripts that play strongSwan."""

import os
from pathlib import Path

import charon_keys
from launcher import LOGS, PATIENCE, Daemon, Fault, run

CHARON = "/usr/lib/ipsec/charon"
PLUGINS = ("random nonce aes sha1 sha2 hmac kdf gcm curve25519 pem pkcs1 pkcs8 pubkey x509 openssl").split()
LOADED = Path("/run/loaded")
IKE = "aes128-sha256-modp2048,aes256-sha256-ecp256,aes256gcm16-prfsha256-curve25519"
ESP = "aes128-sha256,aes256-sha1,aes256gcm16"


def add_options(options, identity, peer):
    options.add_argument("--id", default=identity)
    options.add_argument("--peer-id", default=peer)
    options.add_argument("--psk", default="mipvet-psk")
    options.add_argument("--ike", default=IKE, metavar="PROPOSALS")
    options.add_argument("--esp", default=ESP, metavar="PROPOSALS")
    options.add_argument("--mobike", choices=("yes", "no"), default="yes")
    options.add_argument("--child-lifetime", default="", metavar="SECONDS", help="of CHILD_SAs; '': none")
    options.add_argument("--dpd", default="0s", metavar="TIME", help="delay of liveness checks; 0s: none")


def connection(options, local_ts, remote_ts, addresses, more=""):
    """swanctl.conf with the connection `vpn`, its child `net`, and more connections."""
    lifetime = "rekey_time = 0s"
    if options.child_lifetime:
        life = float(options.child_lifetime)
        lifetime = f"life_time = {life:.0f}s\n        rekey_time = {0.8 * life:.0f}s\n        rand_time = 0s"
    return f"""connections {{{more}
  vpn {{
    version = 2
    mobike = {options.mobike}
    proposals = {options.ike}
    dpd_delay = {options.dpd}
    send_certreq = no
    rekey_time = 0s
    {addresses}
    local {{
      auth = psk
      id = {options.id}
    }}
    remote {{
      auth = psk
      id = {options.peer_id}
    }}
    children {{
      net {{
        {f"local_ts = {local_ts}" if local_ts else ""}
        {f"remote_ts = {remote_ts}" if remote_ts else ""}
        esp_proposals = {options.esp}
        {lifetime}
      }}
    }}
  }}
}}
secrets {{
  ike-mipvet {{
    secret = "{options.psk}"
  }}
}}
"""


def start(options, swanctl, tun, interface=None):
    """Starts charon, with ESP on a TUN device or by the kernel, and loads the connections.
    It uses and announces the addresses of the interface alone, if one is named."""
    if not os.access(CHARON, os.X_OK):
        raise Fault(f"there is no {CHARON}; install the package strongswan-charon")
    kernel = ["kernel-libipsec"] if tun else []
    plugins = [*PLUGINS, *kernel, "kernel-netlink", "socket-default", "vici"]
    log = LOGS / f"{options.name}.charon.log"
    Path("/run/swanctl.conf").write_text(swanctl)
    os.mkfifo(LOADED)
    Path("/run/strongswan.conf").write_text(f"""charon {{
  load_modular = no
  load = {' '.join(plugins)}
  {f"interfaces_use = {interface}" if interface else ""}
  install_virtual_ip = {"no" if interface else "yes"}
  retransmit_tries = 4
  retransmit_timeout = 1.0
  retransmit_base = 1.6
  filelog {{
    keys {{
      path = {log}
      time_format = %b %e %T
      flush_line = yes
      default = 1
      ike = 4
      chd = 4
      cfg = 2
      mgr = 2
    }}
  }}
  plugins {{
    kernel-libipsec {{
      allow_peer_ts = yes
    }}
  }}
  start-scripts {{
    load = swanctl --load-all --noprompt --file /run/swanctl.conf > /run/load.txt 2>&1; echo $? > {LOADED}
  }}
}}
""")
    charon = Daemon([CHARON], LOGS / f"{options.name}.charon.out",
                    env={**os.environ, "STRONGSWAN_CONF": "/run/strongswan.conf"})
    with open(LOADED, "rb+", buffering=0) as loaded:
        if charon.wait_for([loaded], PATIENCE) is None:
            raise Fault(f"charon did not start within {PATIENCE} s")
        if loaded.readline() != b"0\n":
            raise Fault(Path("/run/load.txt").read_text().strip().replace("\n", "; "))
    return charon


def stop(charon, options):
    """Leaves the keys of all SAs that there were in NAME.keys, for mipvet."""
    charon.stop()
    log = LOGS / f"{options.name}.charon.log"
    if log.exists():
        keys = charon_keys.keys_in(log.read_text(errors="replace"))
        log.with_name(f"{options.name}.keys").write_text(charon_keys.key_log(*keys))


def terminate():
    """After a rekey the old IKE_SA may end by itself meanwhile, which swanctl takes for a failure: what counts is
    that none is left."""
    try:
        run("swanctl", "--terminate", "--ike", "vpn", "--timeout", "5")
    except Fault:
        if run("swanctl", "--list-sas").strip():
            raise


def verbs():
    """What gateway and client can be told alike."""
    return {
        "rekey-child": lambda: run("swanctl", "--rekey", "--child", "net"),
        "rekey-ike": lambda: run("swanctl", "--rekey", "--ike", "vpn"),
        "terminate": terminate,
        "status": lambda: print(run("swanctl", "--list-sas"), flush=True),
    }
