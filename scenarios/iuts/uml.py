"""A User-Mode Linux guest that runs a launch script again, over a real kernel's ESP."""

import os
import re
import select
import shlex
import subprocess
import sys
from pathlib import Path

from launcher import GRACE, LOGS, PATIENCE, TO_HOST, WORK, Ended, Fault, run, say, silence_ipv6

# drbg needs the two before it as it comes; all else that ESP asks for it gets by way of modprobe.
MODULES = ("xfrm_user esp4 authenc cbc ctr gcm ghash-generic hmac seqiv echainiv sha512_generic "
           "jitterentropy_rng drbg").split()
HERE = Path(__file__).parent


class Guest:
    """The interfaces become the guest's, under their names, by a packet socket on each."""

    def __init__(self, interfaces, memory="192M"):
        self.interfaces = interfaces
        self.memory = memory

    def run(self, name):
        kernel = _installed("linux.uml", "user-mode-linux")
        _installed("modprobe", "kmod")
        preload = WORK / "uml_xstate.so"
        run("g++", "-std=c++20", "-O1", "-shared", "-fPIC", "-o", preload, HERE / "uml_xstate.cpp")
        (WORK / "init").write_text(self._init())
        (WORK / "init").chmod(0o755)
        devices = []
        for number, interface in enumerate(self.interfaces):
            mac = Path(f"/sys/class/net/{interface}/address").read_text().strip()
            silence_ipv6(interface)
            run("ip", "link", "set", interface, "promisc", "on", "up")
            devices.append(f"vec{number}:transport=raw,ifname={interface},mac={mac}")
        guest = subprocess.Popen(
            [kernel, f"mem={self.memory}", "rootfstype=hostfs", "root=/dev/root", "rootflags=/", "ro",
             f"init={WORK}/init", *devices, "con=null", "con0=fd:0,fd:1", "ssl=null", "quiet",
             f"uml_dir={WORK}/", "umid=guest"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, env={**os.environ, "LD_PRELOAD": str(preload), "TMPDIR": "/run"})
        with open(LOGS / f"{name}.kernel.log", "wb") as log:
            _relay(guest, log)

    def _init(self):
        words = [sys.executable, "-B", *sys.argv, "--inside-guest"]
        version = next(Path("/usr/lib/uml/modules").iterdir()).name
        names = "".join(f"ip link set vec{n} name {interface}\n"
                        for n, interface in enumerate(self.interfaces))
        return f"""#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin PYTHONDONTWRITEBYTECODE=1
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir -p {WORK} /run/root/lib/modules
mount -t hostfs -o {WORK} hostfs {WORK}
mount -t hostfs -o {LOGS} hostfs {LOGS}
ln -s /usr/lib/uml/modules/{version} /run/root/lib/modules/{version}
printf '#!/bin/sh\\nexec /sbin/modprobe -d /run/root "$@"\\n' >/run/modprobe
chmod +x /run/modprobe
echo /run/modprobe >/proc/sys/kernel/modprobe
/run/modprobe -a {' '.join(MODULES)}
ip link set lo up
{names}stty raw -echo
exec {shlex.join(words)}
"""


def _installed(program, package):
    for directory in ("/usr/bin", "/bin", "/usr/sbin", "/sbin"):
        if os.access(path := f"{directory}/{program}", os.X_OK):
            return path
    raise Fault(f"there is no {program}; install the package {package}")


def _relay(guest, log):
    """Lines both ways; what the guest's kernel says goes to the log."""
    console, own_input = guest.stdout.fileno(), 0
    files, rest, ended, patience = [console, own_input], b"", False, PATIENCE
    while True:
        try:
            readable = select.select(files, [], [], patience)[0]
            if not readable:
                raise Fault("the guest is not ready" if not ended else "the guest does not end")
            if own_input in readable:
                words = os.read(own_input, 4096)
                if words:
                    guest.stdin.write(words)
                    guest.stdin.flush()
                else:
                    files = [console]
            if console not in readable:
                continue
            chunk = os.read(console, 65536)
            log.write(chunk)
            log.flush()
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                text = line.decode(errors="replace").strip()
                if not text.startswith(TO_HOST):
                    continue
                text = text.removeprefix(TO_HOST)
                if over := re.fullmatch(r"ended (\d+)", text):
                    if over[1] == "0":
                        raise Ended
                    raise Fault("what ran in the guest has ended")
                if text == "ready":
                    patience = None
                say(text)
            if not chunk:
                raise Fault(f"the guest ended with status {guest.wait()}; see its kernel's log")
        except Ended:
            if ended or patience is not None:
                raise
            ended, patience = True, GRACE
            guest.stdin.write(b"\nend\n")
            guest.stdin.flush()
