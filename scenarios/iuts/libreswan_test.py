"""libreswan as gateway through its launch script, strongSwan as client, a NAT between them."""

import capture_for_test as seen
import pytest
from lab_for_test import HOST

pytestmark = pytest.mark.live


@pytest.mark.parametrize("ours, ike, esp", [
    (("aes128-sha256-modp2048", "aes128-sha256"), "aes128-sha2_256;dh14", "aes128-sha2_256"),
    (("aes256-sha1-ecp256", "aes256-sha1"), "aes256-sha1;dh19", "aes256-sha1"),
    (("aes256gcm16-prfsha256-curve25519", "aes256gcm16"), "aes_gcm256-sha2_256;dh31", "aes_gcm256")])
def test_a_client_moves_and_keeps_its_tunnel(lab, tmp_path, ours, ike, esp):
    gateway = lab.gateway("libreswan_gateway.py", tmp_path, "--ike", ike, "--esp", esp)
    print(f"gateway ready after {gateway.ready():.2f} s")
    client = lab.client(tmp_path, "--ike", ours[0], "--esp", ours[1])
    client.ready()
    capture = seen.Capture(lab, tmp_path / "outside.pcap")
    client.tell("attach one")
    assert client.wait("up") == "up 10.20.0.1"
    lab.ping("10.20.0.1")
    client.tell(f"send {HOST} 2")
    client.wait("did send")
    client.tell("move two")
    client.wait("did move")
    lab.ping("10.20.0.1")
    client.tell("terminate")
    client.wait("did terminate")
    capture.end()
    assert client.end() == 0
    assert gateway.end() == 0

    packets = capture.read(tmp_path / "mn.charon.log", tmp_path / "keys")
    assert seen.updates(packets), packets
    esp_packets = seen.esp(packets)
    assert esp_packets and all(p["icmp.type"] in ("0", "8") for p in esp_packets), esp_packets
    assert "success MOBIKE update" in (tmp_path / "gw.pluto.log").read_text()
    seen.keep(tmp_path, f"libreswan-{ours[1]}")


@pytest.mark.parametrize("options, reason", [
    (["--psk", "another"], "AUTHENTICATION_FAILED"),
    (["--ike", "aes256-sha2_512;dh15"], "NO_PROPOSAL_CHOSEN")])
def test_a_misconfigured_gateway_refuses(lab, tmp_path, options, reason):
    gateway = lab.gateway("libreswan_gateway.py", tmp_path, *options)
    gateway.ready()
    client = lab.client(tmp_path)
    client.ready()
    client.tell("attach one")
    assert "failed" in client.wait("`attach`")
    assert client.end() == 0
    assert gateway.end() == 0
    assert reason in (tmp_path / "mn.charon.log").read_text()
