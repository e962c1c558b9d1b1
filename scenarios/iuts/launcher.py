"""What the launch scripts of this directory share: isolation, addresses, commands, the end.

A script runs in the network namespace that mipvet made for the node. It puts itself into a mount and
a process namespace of its own, so that whatever it starts and mounts ends with it, even by SIGKILL.
In there /run is empty and private; what the implementation logs goes to LOGS.
"""

import argparse
import ctypes
import os
import select
import shlex
import signal
import subprocess
import sys
from pathlib import Path

WORK = Path("/run/iut")
LOGS = WORK / "logs"
TO_HOST = "iut: "  # begins the lines of a guest's console that are not its kernel's
PATIENCE = 60  # seconds for a daemon to start; a loaded machine needs a quarter of that at most
GRACE = 1.2  # seconds to say good-bye to the peers; mipvet waits for two

_libc = ctypes.CDLL(None, use_errno=True)
_in_guest = False


class Fault(Exception):
    """Told in one line; the script ends with status 1."""


class Ended(Exception):
    """SIGTERM, SIGINT, or the host's word for them."""


def say(text):
    print((TO_HOST if _in_guest else "") + text, flush=True)


def run(*words):
    """A command that must succeed; returns what it prints."""
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Fault(f"`{shlex.join(map(str, words))}` ended with status {done.returncode}: "
                    f"{(done.stderr or done.stdout).strip()}")
    return done.stdout


def parser(description):
    options = argparse.ArgumentParser(description=description, allow_abbrev=False)
    options.add_argument("--name", default="iut", help="begins the names of its logs")
    options.add_argument("--logs", default="", metavar="DIR", help="where its logs go; none: nowhere")
    options.add_argument("--inside-guest", action="store_true", help=argparse.SUPPRESS)
    return options


def main(options, serve, guest=None):
    """Runs serve(options), isolated; with `guest`, a uml.Guest, in there instead."""
    global _in_guest
    _in_guest = options.inside_guest
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _end)
    status = 1
    try:
        if not _in_guest:
            _isolate(options.logs)
        if guest is None or _in_guest:
            serve(options)
        else:
            guest.run(options.name)
    except Ended:
        status = 0
    except (Fault, OSError) as fault:
        say(f"{options.name}: {fault}")
    if _in_guest:
        say(f"ended {status}")
        signal.pause()  # the host ends the machine; a kernel panics when its init ends
    sys.exit(status)


def _end(_number, _frame):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # once is enough
    raise Ended


def _isolate(logs):
    directory = os.open(logs, os.O_PATH | os.O_DIRECTORY) if logs else None
    clone_newns, clone_newpid, pr_set_pdeathsig = 0x00020000, 0x20000000, 1
    if _libc.unshare(clone_newns | clone_newpid) != 0:
        raise Fault(f"no namespaces of its own: {os.strerror(ctypes.get_errno())}; needs root")
    child = os.fork()
    if child != 0:
        _supervise(child)
    _libc.prctl(pr_set_pdeathsig, signal.SIGKILL)
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "proc", "proc", "/proc")
    # By its number, since the directory may be hidden from now on.
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    LOGS.mkdir(parents=True)
    if directory is not None:
        os.set_inheritable(directory, True)
        subprocess.run(["mount", "--bind", f"/proc/self/fd/{directory}", str(LOGS)], check=True,
                       close_fds=False)
        os.close(directory)


def _supervise(child):
    """Hands SIGTERM on, and ends as the child ends."""
    status = None
    while status is None:
        try:
            status = os.waitpid(child, 0)[1]
        except Ended:
            try:
                os.kill(child, signal.SIGTERM)
            except ProcessLookupError:
                pass
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


class Daemon:
    """A process in the foreground whose output goes to a log."""

    def __init__(self, words, log, **options):
        self.name = Path(words[0]).name
        self.log = log
        with open(log, "wb") as file:
            self.process = subprocess.Popen([str(w) for w in words], stdin=subprocess.DEVNULL,
                                            stdout=file, stderr=subprocess.STDOUT, **options)
        self.ended = os.pidfd_open(self.process.pid)

    def wait_for(self, files, seconds=None):
        """The first of the files that can be read; None when the time is over."""
        readable = select.select([*files, self.ended], [], [], seconds)[0]
        if self.ended in readable:
            raise Fault(f"{self.name} ended with status {self.process.wait()}; see its log")
        return readable[0] if readable else None

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def commands(daemon):
    """The lines of standard input, as words, as long as the daemon runs."""
    rest = b""
    files = [0]
    while True:
        if daemon.wait_for(files) is None:
            continue
        chunk = os.read(0, 4096)
        if not chunk:
            files = []  # SIGTERM remains
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            words = line.decode(errors="replace").split()
            if words == ["end"]:
                raise Ended
            if words:
                yield words


def obey(daemon, verbs):
    """Carries out what standard input asks for, by verb: a function of the other words."""
    for verb, *arguments in commands(daemon):
        action = verbs.get(verb)
        if action is None:
            say(f"does not know `{verb}`; knows {', '.join(sorted(verbs))}")
            continue
        try:
            action(*arguments)
        except TypeError:
            say(f"`{verb}` does not take {len(arguments)} arguments")
        except Fault as fault:
            say(f"`{verb}`: {fault}")
        else:
            say(f"did {' '.join([verb, *arguments])}")


def interface(text):
    """IF=ADDRESS/LENGTH"""
    name, _, address = text.partition("=")
    if not name or "/" not in address:
        raise argparse.ArgumentTypeError(f"is {text!r}; must be like pub0=203.0.113.11/24")
    return name, address


def routes(text):
    """PREFIX=NEXT-HOP,..."""
    pairs = [one.partition("=")[::2] for one in text.split(",") if one]
    if not all(prefix and via for prefix, via in pairs):
        raise argparse.ArgumentTypeError(f"is {text!r}; must be like 198.51.100.0/24=203.0.113.31")
    return pairs


def silence_ipv6(interface):
    """Its kernel would solicit and report on a link where it is to speak IPv4 alone."""
    switch = Path(f"/proc/sys/net/ipv6/conf/{interface}/disable_ipv6")
    if switch.exists():
        switch.write_text("1\n")


def add_router_options(options):
    options.add_argument("--outside", type=interface, required=True, metavar="IF=ADDR/LEN")
    options.add_argument("--inside", type=interface, required=True, metavar="IF=ADDR/LEN")
    options.add_argument("--routes", type=routes, default=[], metavar="PREFIX=VIA,...",
                         help="'default' is a prefix too")
    options.add_argument("--unreachable", action="append", default=[], metavar="PREFIX",
                         help="datagrams to these addresses are dropped, silently")


def be_router(options):
    for name, address in (options.outside, options.inside):
        silence_ipv6(name)
        run("ip", "addr", "replace", address, "dev", name)
        run("ip", "link", "set", name, "up")
    for prefix, via in options.routes:
        run("ip", "route", "replace", prefix, "via", via)
    for prefix in options.unreachable:
        run("ip", "route", "replace", "blackhole", prefix)
    # The firewall. With the kernel's ESP what came by the tunnel comes from outside, too, and a policy of a
    # better priority lets it in (`dev` is the interface that it leaves by); else it comes from a TUN device.
    # The rule outlives a restart.
    if getattr(options, "uml", True):
        run("ip", "xfrm", "policy", "update", "dir", "fwd", "src", "0.0.0.0/0", "dst", "0.0.0.0/0",
            "dev", options.inside[0], "action", "block", "priority", "2147483647")
    elif "\n100:" not in run("ip", "rule"):
        run("ip", "rule", "add", "pref", "100", "iif", options.outside[0], "blackhole")
    for name, value in (("ip_forward", 1), ("conf/all/rp_filter", 0), ("conf/default/rp_filter", 0),
                        ("conf/all/send_redirects", 0)):
        Path("/proc/sys/net/ipv4", name).write_text(f"{value}\n")
