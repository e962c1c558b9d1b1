"""A bug of ours is the tool's fault (exit status 4) and never the implementation's failure."""

import json

import pytest

from program import SCENARIOS, failures, mipvet, needs_root, report_of

PLANTED = [("mn", "MIPP-2.1-01", "mipp/register-through-fa"),
           ("mn", "RFC3344-3.3-03", "mip4/register-colocated"),
           ("fa", "RFC3344-3.7.2.2-01", "mip4/register-through-fa"),
           ("mipp", "MIPP-2.2.1-13", "mipp/s-bit"),
           ("mipp", "MIPP-2.4.1-01", "mipp/deny-200"),
           ("ha", "RFC3344-3.8.2.1-02", "mip4/deny-131")]


@pytest.mark.parametrize("node, bug, where", PLANTED)
def test_a_bug_that_no_deviation_asked_for(node, bug, where, tmp_path):
    scenario = SCENARIOS / f"{where}.json"
    report = tmp_path / "report.json"
    planted = mipvet("run", scenario, "--plant", f"{node}:{bug}", "--report", f"json:{report}")
    assert planted.returncode == 4, planted.stdout + planted.stderr
    assert f"{node}, played by mipvet, broke " in planted.stdout
    assert json.loads(report.read_text())["verdict"] == "error"
    asked = mipvet("run", scenario, "--deviate", f"{node}:{bug}", "--report", f"json:{report}")
    assert asked.returncode == 1, asked.stdout + asked.stderr
    assert (bug, node) in failures(next(iter(report_of(report).values())))


@needs_root
def test_is_not_charged_to_the_implementation(tmp_path):
    report = tmp_path / "report.json"
    result = mipvet("run", SCENARIOS / "mipp" / "register-through-fa.json", "--iut",
                    SCENARIOS / "iuts" / "mip-proxy-behind-nat.json", "--plant",
                    "mn:MIPP-2.1-01", "--report", f"json:{report}")
    assert result.returncode == 4, result.stdout + result.stderr
    findings = next(iter(report_of(report).values()))
    assert {node for _, node, verdict in findings if verdict in ("fail", "warn")} == {"mn"}


def test_a_network_that_makes_a_node_of_ours_misbehave_is_our_fault_too(tmp_path):
    scenario = json.loads((SCENARIOS / "mip4" / "nonces.json").read_text())
    network = json.loads((SCENARIOS / "networks" / "mip4.json").read_text())
    network["nodes"]["mn"]["home_address"] = "198.18.0.5"
    # Our mobile node registers with an address that the network gives to somebody else.
    network["nodes"]["mn"]["parameters"]["home_agent"] = "cn.home"
    (tmp_path / "networks").mkdir()
    (tmp_path / "mip4").mkdir()
    (tmp_path / "networks" / "mip4.json").write_text(json.dumps(network))
    scenario["script"] = scenario["script"][:1]
    scenario["proves"] = []
    scenario.pop("network_patch", None)
    (tmp_path / "mip4" / "nonces.json").write_text(json.dumps(scenario))
    result = mipvet("run", tmp_path / "mip4" / "nonces.json")
    assert result.returncode == 4, result.stdout + result.stderr
    assert "played by mipvet" in result.stdout
