"""A real gateway that is set up wrongly: what mipvet says of it."""

import json
import os
import subprocess

import pytest
from lab_for_test import HERE

SCENARIO = HERE.parent / "mobike" / "clear-outside.json"
LATE = 0.25  # s, a quarter of the network's window for replies: a later machine leaves undecided what did not come


def vet(tmp_path, change):
    """The gateway's findings by requirement, the verdict and its reason; `change`: what is replaced by what in
    the IUT file."""
    text = (HERE / "strongswan-gateway.json").read_text().replace("{here}", str(HERE))
    for before, after in change.items():
        assert before in text
        text = text.replace(before, after)
    (tmp_path / "iut.json").write_text(text)
    for _ in range(3):
        done = subprocess.run(
            [os.environ["MIPVET"], "run", SCENARIO, "--iut", tmp_path / "iut.json",
             "--captures", tmp_path / "captures", "--report", f"json:{tmp_path}/report.json"],
            capture_output=True, text=True, check=False, timeout=200)
        scenario = json.loads((tmp_path / "report.json").read_text())["scenarios"][0]
        if scenario["jitter_s"] < LATE:
            break
    findings = {}
    for finding in scenario["findings"]:
        if finding["node"] == "gw":
            findings.setdefault(finding["requirement"], set()).add(finding["verdict"])
    return done.returncode, scenario, findings


def test_rightly_set_up(tmp_path):
    status, scenario, findings = vet(tmp_path, {})
    assert not [one for one, verdicts in findings.items() if "fail" in verdicts], findings
    assert status == 0, scenario.get("reason")
    assert "pass" in findings["MOB-1-07"]
    assert "pass" in findings["MOB-2-01"]


def test_mobike_off(tmp_path):
    status, _, findings = vet(tmp_path, {"--mobike '{parameter.mobike}'": "--mobike no"})
    assert status == 1
    assert "fail" in findings["MOB-1-07"]


@pytest.mark.parametrize("change", [
    {"--psk '{ike.psk}'": "--psk 'a secret that nobody else knows'"},
    {"--pool '{parameter.pool}'": "--pool ''"},
    {"--pool '{parameter.pool}'": "--pool 10.20.0.1/32 --taken"}])
def test_no_tunnel(tmp_path, change):
    """Nothing that the gateway does is wrong, but there is no registration."""
    status, scenario, findings = vet(tmp_path, change)
    assert status == 3, (scenario["reason"], scenario["jitter_s"])
    assert not [one for one, verdicts in findings.items() if "fail" in verdicts], findings


def test_home_agent_unreachable(tmp_path):
    status, scenario, findings = vet(
        tmp_path, {"--routes '{routes}'": "--routes '{routes}' --unreachable 10.1.0.1/32"})
    assert status == 1, (scenario["reason"], scenario["jitter_s"])
    # Registration messages do not pass; nothing else is held against it for that.
    assert {one for one, verdicts in findings.items() if "fail" in verdicts} == {"MOB-3.1.4-03"}
