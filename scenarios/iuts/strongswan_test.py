"""strongSwan as gateway and as client, through their launch scripts, with a NAT between them.

tshark reads the capture with the keys from charon's log.
"""

import os
import select
import signal

import pytest

import capture_for_test as seen
from lab_for_test import HOST

@pytest.mark.parametrize("data_plane", [
    "tun", pytest.param("uml", marks=pytest.mark.live)])
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
    capture = seen.Capture(lab, tmp_path / "outside.pcap")

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
        assert seen.updates(packets), packets
        # The data plane on a TUN device cannot move an SA: both sides make a new one.
        assert len(seen.rekeys(packets)) >= 2
        esp_packets = seen.esp(packets)
        assert esp_packets and all(p["icmp.type"] in ("0", "8") for p in esp_packets), esp_packets
        if not esp.startswith("aes256gcm"):
            assert all(p["icv"] == "1" for p in esp_packets), esp_packets
        assert seen.deletes(packets), "the last IKE_SA cannot be read: its keys came by a rekey"
    seen.keep(tmp_path, f"strongswan-{data_plane}-{esp}")


def test_misconfigured_gateways_refuse(lab, tmp_path):
    for options, network, reason in (
            (["--psk", "another"], "10.0.0.0/8", "AUTHENTICATION_FAILED"),
            (["--pool", ""], "10.0.0.0/8", "INTERNAL_ADDRESS_FAILURE"),
            (["--pool", "10.20.0.1/32", "--taken"], "10.0.0.0/8", "INTERNAL_ADDRESS_FAILURE"),
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
@pytest.mark.parametrize("options", [[], pytest.param(["--uml"], marks=pytest.mark.live)])
def test_nothing_outlives_a_script(lab, tmp_path, monkeypatch, number, options):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    gateway = lab.gateway("strongswan_gateway.py", tmp_path, *options)
    gateway.ready()
    running = [os.pidfd_open(int(pid)) for pid in lab.processes()]
    assert len(running) >= 3
    gateway.end(number)
    # The kernel ends what is left of a process namespace at once, yet not in the same instant.
    for process in running:
        assert select.select([process], [], [], 20)[0]
        os.close(process)
    assert lab.processes() == []
    assert not list(temporary.iterdir())


def test_bad_options_are_told_in_one_line(lab, tmp_path):
    gateway = lab.gateway("strongswan_gateway.py", tmp_path, "--pool", "nonsense")
    assert "nonsense" in gateway.wait("gw: ")
    assert gateway.process.wait(60) == 1
