"""The draft's flows with a real gateway: mipvet plays the mobile node outside and the home agent inside, nftables
is the NAT. A gateway that behaves is accused of nothing, live or from tcpdump's captures and the keys."""

import json
import os
import subprocess

import pytest
from lab_for_test import HERE

SCENARIOS = HERE.parent / "mobike"
FLOWS = ["attach-outside", "attach-outside-behind-nat", "move-outside", "moves-across-nats", "gateway-rekeys",
         "gateway-terminates", "attach-outside-pfs"]
if os.environ.get("MIPVET_LIVE") == "1":
    FLOWS += ["outside-to-inside", "inside-to-outside", "second-gateway", "gateway-unreachable-inside"]


def findings(scenario):
    return {(f["requirement"], f["node"], f["verdict"]) for f in scenario["findings"]}


def mipvet(*arguments):
    return subprocess.run([os.environ["MIPVET"], *map(str, arguments)], capture_output=True, text=True,
                          check=False, timeout=500)


@pytest.fixture(scope="module", params=[
    "strongswan-gateway", pytest.param("strongswan-gateway-uml", marks=pytest.mark.live),
    pytest.param("libreswan-gateway", marks=pytest.mark.live)])
def campaign(request, tmp_path_factory):
    directory = tmp_path_factory.mktemp(request.param)
    known = HERE / f"{request.param}.known.json"
    for _ in range(2):
        done = mipvet("run", *(SCENARIOS / f"{flow}.json" for flow in FLOWS), "--iut",
                      HERE / f"{request.param}.json", *(["--expect", known] if known.exists() else []), "-j", "8",
                      "--captures", directory, "--tcpdump", directory, "--report", f"json:{directory}/report.json")
        if done.returncode != 3:  # a machine that was late leaves proofs undecided: once more
            break
    return done, json.loads((directory / "report.json").read_text())["scenarios"], directory


def test_the_gateway_is_accused_of_nothing(campaign):
    done, scenarios, _ = campaign
    assert done.returncode == 0, done.stdout
    assert {one["id"] for one in scenarios if one["verdict"] == "pass"} >= {"mobike/move-outside",
                                                                            "mobike/moves-across-nats"}


def test_a_move_is_an_update_and_no_registration(campaign):
    """The tunnel and the binding stay: that is what the draft is for."""
    _, scenarios, _ = campaign
    move = next(one for one in scenarios if one["id"] == "mobike/move-outside")
    verdicts = {(f["requirement"], f["node"]): f["verdict"] for f in move["findings"]}
    assert verdicts["MOB-3-09", "mn"] == "pass"
    assert verdicts["MOB-3.3-02", "gw"] == "pass"
    assert verdicts["MOB-3.1.4-03", "gw"] == "pass"


def test_the_captures_of_tcpdump_give_the_same(campaign):
    _, scenarios, directory = campaign
    for one in scenarios:
        if one["verdict"] == "not-applicable":
            continue
        stem = directory / one["id"].replace("/", "-")
        network = stem.with_suffix(".network.json")
        links = json.loads(network.read_text())["links"]
        out = directory / "tcpdump.json"
        done = mipvet("check", *(f"{link}={stem}.{link}.pcap" for link in links), "--network", network,
                      "--keys", stem.with_suffix(".keys"), "--report", f"json:{out}")
        assert done.returncode in (0, 1, 3), done.stdout + done.stderr
        assert findings(json.loads(out.read_text())["scenarios"][0]) == findings(one), one["id"]
