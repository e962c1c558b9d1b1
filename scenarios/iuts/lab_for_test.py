"""A mobile node's client and a gateway in namespaces, an nftables NAT between them, a host inside:

    client --(v0 192.168.1.0/24, v1 192.168.2.0/24)-- nat --(203.0.113.0/24)-- gw --(10.0.0.0/24)-- host
"""

import os
import select
import signal
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).parent
PATIENCE = 60
GATEWAY, HOST = "203.0.113.10", "10.0.0.5"


def sh(command, **options):
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


class Lab:
    """Removed at the end of a `with`."""

    def __init__(self):
        self.prefix = f"iut{os.getpid()}"
        self.scripts = []

    def name(self, node):
        return f"{self.prefix}-{node}"

    def __enter__(self):
        for node in ("client", "nat", "gw", "host"):
            sh(f"ip netns add {self.name(node)}")
            self.on(node, "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
                          "; ip link set lo up")
        for one, device, other, peer in (("client", "v0", "nat", "in0"), ("client", "v1", "nat", "in1"),
                                         ("nat", "out0", "gw", "pub0"), ("gw", "priv0", "host", "h0")):
            sh(f"ip -n {self.name(one)} link add {device} up type veth peer name {peer} "
               f"netns {self.name(other)} && ip -n {self.name(other)} link set {peer} up")
            for node, end in ((one, device), (other, peer)):
                self.on(node, f"ethtool -K {end} tx off >/dev/null")
        self.on("nat", "ip addr add 192.168.1.1/24 dev in0; ip addr add 192.168.2.1/24 dev in1;"
                       "ip addr add 203.0.113.41/24 dev out0; sysctl -qw net.ipv4.ip_forward=1;"
                       "nft 'add table ip n; add chain ip n post { type nat hook postrouting priority 100; };"
                       "add rule ip n post oifname out0 masquerade random'")
        self.on("host", "ip addr add 10.0.0.5/24 dev h0; ip route add default via 10.0.0.10")
        return self

    def __exit__(self, *_):
        for script in self.scripts:
            if script.process.poll() is None:
                script.end(signal.SIGKILL)
        for node in ("client", "nat", "gw", "host"):
            subprocess.run(["ip", "netns", "del", self.name(node)], check=False)

    def on(self, node, command):
        return sh(f"ip netns exec {self.name(node)} sh -c \"$COMMAND\"",
                  env={**os.environ, "COMMAND": command})

    def processes(self):
        return "".join(sh(f"ip netns pids {self.name(node)}") for node in ("client", "gw")).split()

    def script(self, *arguments):
        self.scripts.append(Script(*arguments))
        return self.scripts[-1]

    def gateway(self, script, logs, *options, network="10.0.0.0/8"):
        return self.script(self.name("gw"), script, logs, "--name", "gw", "--outside",
                           f"pub0={GATEWAY}/24", "--inside", "priv0=10.0.0.10/24", "--network", network,
                           *options)

    def client(self, logs, *options):
        return self.script(self.name("client"), "strongswan_client.py", logs, "--name", "mn",
                           "--gateway", GATEWAY, "--network", "10.0.0.0/8",
                           "--link", "one=v0,192.168.1.77/24,192.168.1.1",
                           "--link", "two=v1,192.168.2.77/24,192.168.2.1", *options)

    def ping(self, address):
        """From the host inside; tries for a while, since a move takes one."""
        return self.on("host", f"for i in 1 2 3 4 5 6 7 8 9; do busybox ping -q -c 1 -W 1 {address} && exit; "
                               "done; exit 1")


class Script:
    """A launch script that runs; its lines are waited for."""

    def __init__(self, namespace, script, logs, *options):
        self.began = time.monotonic()
        self.lines, self.rest = [], b""
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", namespace, HERE / script, "--logs", logs, *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True)

    def wait(self, beginning, seconds=PATIENCE):
        until = time.monotonic() + seconds
        while True:
            for number, line in enumerate(self.lines):
                if line.startswith(beginning):
                    del self.lines[:number + 1]
                    return line
            ready = select.select([self.process.stdout], [], [], until - time.monotonic())[0]
            assert ready, f"no line `{beginning}` but {self.lines}"
            chunk = os.read(self.process.stdout.fileno(), 65536)
            assert chunk, f"ended with status {self.process.wait()} and {self.lines}{self.rest}"
            *lines, self.rest = (self.rest + chunk).split(b"\n")
            self.lines += [line.decode() for line in lines]

    def ready(self):
        self.wait("ready")
        return time.monotonic() - self.began

    def tell(self, line):
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def end(self, number=signal.SIGTERM):
        """As mipvet ends it: a signal to the group."""
        os.killpg(self.process.pid, number)
        status = self.process.wait(PATIENCE)
        self.process.stdin.close()
        self.process.stdout.close()
        return status
