#!/usr/bin/python3 -B
"""libreswan as the mVPN gateway, in a User-Mode Linux guest (it knows no ESP but a kernel's), out of a
directory into which ci/libreswan extracted its packages."""

import ipaddress
import os
import sys
import time
from pathlib import Path

import launcher
import uml
from launcher import LOGS, PATIENCE, Daemon, Fault, run, say

ROOT = Path(__file__).resolve().parents[2] / "build" / "cache" / "libreswan"
IKE = "aes128-sha2_256;dh14,aes256-sha2_256;dh19,aes_gcm256-sha2_256;dh31"
ESP = "aes128-sha2_256,aes256-sha1,aes_gcm256"


def configuration(options):
    pool = ipaddress.ip_network(options.pool)
    hosts = [pool[0], pool[0]] if pool.num_addresses == 1 else [pool[1], pool[-2]]
    return f"""config setup
  uniqueids=no

conn vpn
  authby=secret
  ikev2=insist
  mobike={options.mobike}
  left={options.outside[1].partition('/')[0]}
  leftid=@{options.id}
  leftsubnet={options.network}
  leftupdown=%disabled
  right=%any
  rightid=%any
  rightaddresspool={hosts[0]}-{hosts[1]}
  narrowing=yes
  ike={options.ike}
  esp={options.esp}
  pfs={options.pfs}
  rekey=no
  auto=ignore
"""


def serve(options):
    launcher.be_router(options)
    # Datagrams to a TIA have to leave outside, for the policy to take them.
    run("ip", "route", "replace", options.pool, "dev", options.outside[0])
    libraries = options.root / "usr/lib/x86_64-linux-gnu"
    os.environ["LD_LIBRARY_PATH"] = f"{libraries}:{libraries}/nss"
    programs = options.root / "usr/libexec/ipsec"
    # It looks for its helpers there; the guest's other programs have none.
    run("mount", "-t", "tmpfs", "tmpfs", "/usr/libexec")
    Path("/usr/libexec/ipsec").symlink_to(programs)
    for directory in ("nss", "ipsec.d", "pluto"):
        Path("/run", directory).mkdir()
    Path("/run/ipsec.conf").write_text(configuration(options))
    Path("/run/ipsec.secrets").write_text(f"@{options.id} %any : PSK \"{options.psk}\"\n")
    run(options.root / "usr/bin/certutil", "-N", "-d", "sql:/run/nss", "--empty-password")
    pluto = Daemon([programs / "pluto", "--nofork", "--stderrlog", "--config", "/run/ipsec.conf",
                    "--secretsfile", "/run/ipsec.secrets", "--nssdir", "/run/nss", "--ipsecdir",
                    "/run/ipsec.d", "--rundir", "/run/pluto"], LOGS / f"{options.name}.pluto.log")
    try:
        control = Path("/run/pluto/pluto.ctl")
        until = time.monotonic() + PATIENCE
        while not control.exists():
            pluto.wait_for([], 0.05)
            if time.monotonic() > until:
                raise Fault("pluto does not listen")
        whack = programs / "whack"
        run(whack, "--rundir", "/run/pluto", "--listen")
        run(programs / "addconn", "--config", "/run/ipsec.conf", "--ctlsocket", control, "vpn")
        say("ready")
        launcher.obey(pluto, {
            "terminate": lambda: run(whack, "--rundir", "/run/pluto", "--name", "vpn", "--terminate"),
            "status": lambda: print(run("ip", "xfrm", "state"), flush=True)})
    finally:
        pluto.stop()


def main():
    options = launcher.parser(__doc__)
    launcher.add_router_options(options)
    options.add_argument("--root", type=Path, default=ROOT, help="where libreswan is extracted to")
    options.add_argument("--pool", default="10.20.0.0/28", help="of TIAs")
    options.add_argument("--network", default="0.0.0.0/0", metavar="PREFIX",
                         help="inside, what the tunnel leads to")
    options.add_argument("--id", default="gw.example.com")
    options.add_argument("--psk", default="mipvet-psk")
    options.add_argument("--ike", default=IKE, metavar="PROPOSALS", help="in libreswan's words")
    options.add_argument("--esp", default=ESP, metavar="PROPOSALS", help="in libreswan's words")
    options.add_argument("--mobike", choices=("yes", "no"), default="yes")
    options.add_argument("--pfs", choices=("yes", "no"), default="no", help="a key exchange in a rekey of ESP")
    options = options.parse_args()
    if not (options.root / "usr/libexec/ipsec/pluto").exists():
        sys.exit(f"{options.name}: no libreswan in {options.root}; ci/libreswan puts it there")
    launcher.main(options, serve, uml.Guest([options.outside[0], options.inside[0]]))


if __name__ == "__main__":
    sys.exit(main())
