"""mipvet starts, triggers, restarts and stops strongSwan and libreswan by the IUT files of this directory."""

import json
import os
import subprocess

import pytest
from lab_for_test import HERE, sh

NETWORK = {
    "network": "mvpn-for-test", "title": "A client that roams, a NAT, a VPN gateway, a host inside",
    "links": {"hotspot": {"side": "external"}, "nat-inside": {"side": "external"},
              "public": {"side": "external"}, "inside": {"side": "internal"}, "home": {"side": "home"}},
    "nodes": {
        "mn": {"role": "mobile-node", "home_address": "10.1.0.5", "attachments": {
            "hotspot": {"address": "198.51.100.77/24", "gateway": "198.51.100.1"},
            "nat-inside": {"address": "192.168.1.77/24", "gateway": "192.168.1.1"}},
            "parameters": {"home_agent": "10.0.0.2"}},
        "ar": {"role": "router", "attachments": {
            "hotspot": {"address": "198.51.100.1/24"}, "public": {"address": "203.0.113.31/24"}}},
        "nat": {"role": "nat", "attachments": {
            "nat-inside": {"address": "192.168.1.1/24"}, "public": {"address": "203.0.113.41/24"}},
            "parameters": {"inside": "nat-inside", "outside": "public"}},
        "gw": {"role": "vpn-gateway", "attachments": {
            "public": {"address": "203.0.113.10/24"}, "inside": {"address": "10.0.0.10/24"}},
            "routes": [{"to": "198.51.100.0/24", "via": "203.0.113.31"}],
            "parameters": {"outside": "public", "inside": "inside", "pool": "10.20.0.0/28",
                           "mobike": True, "ike": ["aes128-sha256-modp2048"],
                           "esp": ["aes128-sha256"]}},
        "ha": {"role": "home-agent", "attachments": {
            "inside": {"address": "10.0.0.2/24"}, "home": {"address": "10.1.0.1/24"}},
            "routes": [{"to": "10.20.0.0/28", "via": "10.0.0.10"}], "parameters": {"home": "home"}},
        "cn": {"role": "correspondent-node", "attachments": {"inside": {"address": "10.0.0.5/24"}},
               "routes": [{"to": "10.20.0.0/28", "via": "10.0.0.10"},
                          {"to": "10.1.0.0/24", "via": "10.0.0.2"}]}},
    "security_associations": [{"between": ["mn", "ha"], "spi": 512, "algorithm": "hmac-md5",
                               "key": "000102030405060708090a0b0c0d0e0f", "replay": "timestamps"}],
    "ike": [{"between": ["mn", "gw"], "psk": "of mn and gw",
             "ids": {"mn": "mn@example.com", "gw": "gw.example.com"}}]}
SCRIPT = [
    {"node": "mn", "do": "attach", "link": "nat-inside"},
    {"after": 2, "node": "cn", "do": "send", "to": "10.20.0.1"},
    {"within": 10, "expect": {"link": "inside", "from": "gw", "message": "echo-reply"}},
    {"node": "mn", "do": "move", "link": "hotspot"},
    {"after": 3, "node": "cn", "do": "send", "to": "10.20.0.1"},
    {"within": 10, "expect": {"link": "inside", "from": "gw", "message": "echo-reply"}}]


ANEW = [
    {"node": "gw", "do": "restart"},
    {"node": "mn", "do": "restart"},
    {"node": "mn", "do": "attach", "link": "hotspot"},
    {"after": 3, "node": "cn", "do": "send", "to": "10.20.0.1"},
    {"within": 10, "expect": {"link": "inside", "from": "gw", "message": "echo-reply"}}]


def run(tmp_path, gateway, script, client_options=""):
    """`gateway`: the name of its IUT file; None: mipvet plays gateway and NAT."""
    (tmp_path / "network.json").write_text(json.dumps(NETWORK))
    (tmp_path / "roam.json").write_text(json.dumps({
        "scenario": "roam", "title": "The client moves; the tunnel stays", "network": "network.json",
        "draft": "draft-ietf-mip4-mobike-connectivity-02", "section": "3.3", "proves": [],
        "script": script}))
    iut = {"iut": "strongSwan's client alone", "nodes": {}}
    if gateway:
        iut = json.loads((HERE / f"{gateway}.json").read_text().replace("{here}", str(HERE)))
    client = json.loads((HERE / "strongswan-client.json").read_text().replace("{here}", str(HERE)))
    client["nodes"]["mn"]["start"] += client_options
    iut["nodes"] |= client["nodes"]
    (tmp_path / "iut.json").write_text(json.dumps(iut))
    captures = tmp_path / "captures"
    with subprocess.Popen(
        [os.environ["MIPVET"], "run", tmp_path / "roam.json", "--iut", tmp_path / "iut.json",
         "--captures", captures, "--report", f"json:{tmp_path}/report.json"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        stdin=subprocess.DEVNULL) as process:
        output = process.communicate(timeout=200)[0]
    assert process.returncode == 0, output
    logs = captures / "roam.logs"
    assert "N(UPD_SA_ADDR)" in (logs / "mn.charon.log").read_text()
    assert "up 10.20.0.1" in (logs / "mn.log").read_text()
    assert not [n for n in sh("ip netns list").splitlines() if n.startswith(f"mipvet-{process.pid}-")]


@pytest.mark.parametrize("gateway, script", [
    ("strongswan-gateway", SCRIPT + ANEW),
    pytest.param("strongswan-gateway-uml", SCRIPT, marks=pytest.mark.live),
    pytest.param("libreswan-gateway", SCRIPT, marks=pytest.mark.live)])
def test_a_client_roams(tmp_path, gateway, script):
    run(tmp_path, gateway, script)


def test_a_client_roams_with_the_gateway_that_mipvet_plays(tmp_path):
    run(tmp_path, None, [
        *SCRIPT,
        {"node": "gw", "do": "rekey-child"},
        {"after": 1, "node": "cn", "do": "send", "to": "10.20.0.1"},
        {"within": 10, "expect": {"link": "inside", "from": "gw", "message": "echo-reply"}},
        {"node": "gw", "do": "rekey-ike"},
        {"after": 1, "node": "cn", "do": "send", "to": "10.20.0.1"},
        {"within": 10, "expect": {"link": "inside", "from": "gw", "message": "echo-reply"}}])


@pytest.mark.parametrize("gateway", ["strongswan-gateway", None])
def test_the_client_registers_its_tia(tmp_path, gateway):
    """As in access mode mc; the move leaves the binding alone."""
    script = [
        {"node": "mn", "do": "attach", "link": "nat-inside"},
        {"within": 20, "expect": {"link": "inside", "from": "ha", "message": "registration-reply",
                                  "fields": {"code": 0}}},
        {"node": "mn", "do": "move", "link": "hotspot"},
        {"within": 3, "expect_none": {"link": "inside", "message": "registration-request"}},
        {"node": "mn", "do": "send", "to": "10.0.0.5"},
        {"within": 10, "expect": {"link": "inside", "from": "cn", "message": "echo-reply"}}]
    options = (" --home-agent 10.0.0.2 --home-address 10.1.0.5 --spi 512"
               " --key 000102030405060708090a0b0c0d0e0f")
    run(tmp_path, gateway, script, options)
