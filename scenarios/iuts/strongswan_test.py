"""strongSwan as gateway and as client, through their launch scripts, with a NAT between them.

tshark reads the capture with the keys from charon's log.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

import charon_keys
from lab_for_test import HOST, Lab

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
LIVE = os.environ.get("MIPVET_LIVE") == "1"  # set by ci/live: what takes longer than 15 s, too
FIELDS = ("isakmp.exchangetype", "isakmp.flag_r", "isakmp.notify.msgtype", "isakmp.typepayload", "esp.spi",
          "icmp.type")
CREATE_CHILD_SA, INFORMATIONAL = "36", "37"
UPDATE_SA_ADDRESSES, REKEY_SA = "16400", "16393"


class Capture:
    """tcpdump on the gateway's outside; a context that has begun to capture."""

    def __init__(self, lab, file):
        self.file = file
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", lab.name("nat"), "tcpdump", "-U", "--immediate-mode", "-i", "out0",
             "-w", file, "udp", "or", "esp"], stderr=subprocess.PIPE, text=True)
        assert "listening" in self.process.stderr.readline()

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)
        assert self.process.returncode == 0

    def read(self, log, directory):
        """Per packet, the fields as tshark has them with the keys from the log."""
        directory.mkdir(exist_ok=True)
        charon_keys.write_tables(*charon_keys.keys_in(log.read_text(errors="replace")), directory)
        done = subprocess.run(
            ["tshark", "-r", self.file, "-o", "esp.enable_encryption_decode:TRUE", "-o",
             "esp.enable_authentication_check:TRUE", "-T", "fields", "-E", "separator=;",
             *(word for field in (*FIELDS, "esp.icv_good") for word in ("-e", field))],
            capture_output=True, text=True, check=True, env={**os.environ,
                                                             "WIRESHARK_CONFIG_DIR": str(directory)})
        return [dict(zip((*FIELDS, "icv"), line.split(";"))) for line in done.stdout.splitlines()]


def exchanges(packets, exchange, notification):
    return [p for p in packets if p["isakmp.exchangetype"] == exchange and
            notification in p["isakmp.notify.msgtype"].split(",")]


@pytest.fixture(name="lab")
def make_lab():
    mounts = Path("/proc/self/mounts").read_text()
    with Lab() as lab:
        yield lab
        assert lab.processes() == []
    assert sorted(Path("/proc/self/mounts").read_text()) == sorted(mounts)


@pytest.mark.parametrize("data_plane", [
    "tun",
    pytest.param("uml", marks=pytest.mark.skipif(not LIVE, reason="takes long: in ci/live"))])
@pytest.mark.parametrize("ike, esp", [("aes128-sha256-modp2048", "aes128-sha256"),
                                      ("aes256-sha1-ecp256", "aes256-sha1"),
                                      ("aes256gcm16-prfsha256-curve25519", "aes256gcm16")])
def test_a_client_moves_and_keeps_its_tunnel(lab, tmp_path, data_plane, ike, esp):
    options = ["--ike", ike, "--esp", esp]
    gateway = lab.gateway("strongswan_gateway.py", tmp_path, *options,
                          *(["--uml"] if data_plane == "uml" else []))
    print(f"gateway ready after {gateway.ready():.2f} s")
    client = lab.client(tmp_path, *options)
    print(f"client ready after {client.ready():.2f} s")
    capture = Capture(lab, tmp_path / "outside.pcap")

    client.tell("attach one")
    assert client.wait("up") == "up 10.20.0.1"
    lab.ping("10.20.0.1")
    client.tell(f"send {HOST} 2")
    client.wait("did send")
    client.tell("move two")
    client.wait("did move")
    lab.ping("10.20.0.1")
    client.tell("rekey-child")
    client.wait("did rekey-child")
    lab.ping("10.20.0.1")
    client.tell("rekey-ike")
    client.wait("did rekey-ike")
    client.tell("terminate")
    client.wait("did terminate")
    capture.end()
    assert client.end() == 0
    assert gateway.end() == 0

    for side in ("gw", "mn"):
        packets = capture.read(tmp_path / f"{side}.charon.log", tmp_path / side)
        updates = exchanges(packets, INFORMATIONAL, UPDATE_SA_ADDRESSES)
        assert updates, packets
        rekeys = exchanges(packets, CREATE_CHILD_SA, REKEY_SA)
        # The data plane on a TUN device cannot move an SA: it makes a new one.
        assert len(rekeys) >= (2 if data_plane == "tun" else 1)
        esp_packets = [p for p in packets if p["esp.spi"]]
        assert esp_packets and all(p["icmp.type"] in ("0", "8") for p in esp_packets), esp_packets
        if not esp.startswith("aes256gcm"):
            assert all(p["icv"] == "1" for p in esp_packets), esp_packets
        deletes = [p for p in packets if p["isakmp.exchangetype"] == INFORMATIONAL and
                   "42" in p["isakmp.typepayload"].split(",")]
        assert deletes, "the last IKE_SA cannot be read: its keys came by a rekey"
    if kept := os.environ.get("MIPVET_KEEP"):  # for pcaps/real
        shutil.copytree(tmp_path, Path(kept) / f"{data_plane}-{esp}")


def test_misconfigured_gateways_refuse(lab, tmp_path):
    for options, network, reason in (
            (["--psk", "another"], "10.0.0.0/8", "AUTHENTICATION_FAILED"),
            (["--pool", ""], "10.0.0.0/8", "INTERNAL_ADDRESS_FAILURE"),
            (["--ike", "aes256-sha384-modp3072"], "10.0.0.0/8", "NO_PROPOSAL_CHOSEN"),
            ([], "172.16.0.0/12", "TS_UNACCEPTABLE")):
        gateway = lab.gateway("strongswan_gateway.py", tmp_path, *options, network=network)
        gateway.ready()
        client = lab.client(tmp_path)
        client.ready()
        client.tell("attach one")
        line = client.wait("`attach`")
        assert "failed" in line
        assert client.end() == 0
        assert gateway.end() == 0
        assert reason in (tmp_path / "mn.charon.log").read_text().replace(" notify", ""), reason


def test_mobike_off(lab, tmp_path):
    gateway = lab.gateway("strongswan_gateway.py", tmp_path, "--mobike", "no")
    gateway.ready()
    client = lab.client(tmp_path)
    client.ready()
    client.tell("attach one")
    client.wait("up")
    assert client.end() == 0
    assert gateway.end() == 0
    log = (tmp_path / "mn.charon.log").read_text()
    assert "N(MOBIKE_SUP)" in log.split("generating IKE_AUTH request")[1].split("\n")[0]
    assert "N(MOBIKE_SUP)" not in log.split("parsed IKE_AUTH response")[1].split("\n")[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_a_script(lab, tmp_path, number):
    before = set(Path("/tmp").iterdir())
    gateway = lab.gateway("strongswan_gateway.py", tmp_path)
    gateway.ready()
    assert len(lab.processes()) >= 3
    gateway.end(number)
    # The kernel ends what is left of a process namespace at once, yet not in the same instant.
    until = time.monotonic() + 20
    while lab.processes() and time.monotonic() < until:
        pass
    assert lab.processes() == []
    assert set(Path("/tmp").iterdir()) - before <= {tmp_path}


def test_bad_options_are_told_in_one_line(lab, tmp_path):
    gateway = lab.gateway("strongswan_gateway.py", tmp_path, "--pool", "nonsense")
    assert "nonsense" in gateway.wait("gw: ")
    assert gateway.process.wait(60) == 1
