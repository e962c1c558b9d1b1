"""The program as its users run it: campaigns simulated, live and from captures.

Needs MIPVET (the program) and MIPVET_SOURCE_DIR in the environment; live tests need root.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

MIPVET = os.environ["MIPVET"]
SOURCE = Path(os.environ["MIPVET_SOURCE_DIR"])
SCENARIOS = SOURCE / "scenarios"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


def mipvet(*arguments, timeout=900):
    return subprocess.run([MIPVET, *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout, cwd=SOURCE, stdin=subprocess.DEVNULL)


def report_of(path):
    scenarios = json.loads(path.read_text())["scenarios"]
    return {s["id"]: {(f["requirement"], f["node"], f["verdict"]) for f in s["findings"]}
            for s in scenarios}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    directory = tmp_path_factory.mktemp("simulated")
    result = mipvet("run", SCENARIOS, "--captures", directory, "--report",
                    f"json:{directory}/report.json", "--report", f"junit:{directory}/report.xml")
    assert result.returncode == 0, result.stdout + result.stderr
    return directory


def test_every_scenario_passes_in_simulation(simulated):
    report = json.loads((simulated / "report.json").read_text())
    assert report["verdict"] == "pass"
    assert len(report["scenarios"]) >= 30
    assert all(s["verdict"] == "pass" for s in report["scenarios"])


def test_a_capture_gives_the_same_findings_as_the_run(simulated):
    for scenario, findings in report_of(simulated / "report.json").items():
        capture = simulated / (scenario.replace("/", "-") + ".pcapng")
        out = simulated / "check.json"
        result = mipvet("check", capture, "--report", f"json:{out}")
        assert result.returncode in (0, 3), f"{scenario}: {result.stdout}{result.stderr}"
        assert next(iter(report_of(out).values())) == findings, scenario


@needs_root
def test_live_runs_give_the_same_findings(simulated, tmp_path):
    result = mipvet("run", SCENARIOS, "--live", "-j", "16", "--captures", tmp_path, "--report",
                    f"json:{tmp_path}/live.json")
    assert result.returncode == 0, result.stdout + result.stderr
    expected = report_of(simulated / "report.json")
    for scenario, findings in report_of(tmp_path / "live.json").items():
        # What a live run evaluates beyond the simulated one is a matter of time (how many
        # advertisements there were); what both judge they judge alike.
        verdicts = {(requirement, node): verdict for requirement, node, verdict in findings}
        for requirement, node, verdict in expected[scenario]:
            seen = verdicts.get((requirement, node))
            assert seen in (verdict, None), f"{scenario}: {requirement} of {node}: {seen}"
        capture = tmp_path / (scenario.replace("/", "-") + ".pcapng")
        checked = mipvet("check", capture, "--report", f"json:{tmp_path}/check.json")
        assert checked.returncode in (0, 3), f"{scenario}: {checked.stdout}"
        assert next(iter(report_of(tmp_path / "check.json").values())) == findings, scenario
    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    assert f"mipvet-{os.getpid()}" not in left.stdout


@needs_root
def test_a_proxy_in_a_process_behind_nftables_passes():
    result = mipvet("run", SCENARIOS / "mipp", "--iut",
                    SCENARIOS / "iuts" / "mip-proxy-behind-nat.json", "-j", "16")
    assert result.returncode == 0, result.stdout + result.stderr


@needs_root
def test_a_deviating_proxy_fails_with_exactly_its_requirement(tmp_path):
    text = (SCENARIOS / "iuts" / "mip-proxy-behind-nat.json").read_text()
    iut = tmp_path / "iut.json"
    iut.write_text(text.replace("--node mipp ", "--node mipp --deviate MIPP-2.2.1-13 "))
    report = tmp_path / "report.json"
    result = mipvet("run", SCENARIOS / "mipp" / "s-bit.json", "--iut", iut, "--report",
                    f"json:{report}")
    assert result.returncode == 1, result.stdout + result.stderr
    failed = {(f, n) for f, n, v in report_of(report)["mipp/s-bit"] if v == "fail"}
    assert failed == {("MIPP-2.2.1-13", "mipp")}


@needs_root
def test_a_proxy_that_dies_is_never_a_pass(tmp_path):
    text = (SCENARIOS / "iuts" / "mip-proxy-behind-nat.json").read_text()
    iut = tmp_path / "iut.json"
    iut.write_text(text.replace("exec {mipvet} act", "exec timeout 3 {mipvet} act"))
    result = mipvet("run", SCENARIOS / "mipp" / "move.json", "--iut", iut)
    assert result.returncode in (3, 4), result.stdout + result.stderr


def test_every_deviation_is_killed_by_the_rule_it_names(tmp_path):
    result = mipvet("mutants", "--report", f"json:{tmp_path}/mutants.json")
    assert result.returncode == 0, result.stdout
    matrix = json.loads((tmp_path / "mutants.json").read_text())
    assert matrix["survived"] == 0 and matrix["wrong"] == 0
    assert len({d["id"].split("/")[0] for d in matrix["deviations"]}) >= 120


@pytest.mark.parametrize("requirement", ["MIPP-2.2.1-13", "MIPP-2.4.1-01", "MIPP-2.6.1-13",
                                         "RFC3344-3.7.2.2-01", "RFC3344-3.8.2.1-02",
                                         "RFC3344-3.6.3-07"])
def test_without_its_rule_a_deviation_survives(requirement):
    result = mipvet("mutants", "--filter", requirement, "--without-rule", requirement)
    assert result.returncode == 1
    assert " survived " in result.stdout


def test_a_broken_rule_of_a_node_that_we_play_is_a_tool_fault(tmp_path):
    scenario = json.loads((SCENARIOS / "mip4" / "nonces.json").read_text())
    network = json.loads((SCENARIOS / "networks" / "mip4.json").read_text())
    network["nodes"]["mn"]["home_address"] = "198.18.0.5"
    # Our mobile node registers with an address that the network gives to somebody else.
    network["nodes"]["mn"]["parameters"]["home_agent"] = "cn.home"
    folder = tmp_path / "scenarios"
    (folder / "networks").mkdir(parents=True)
    (folder / "mip4").mkdir()
    (folder / "networks" / "mip4.json").write_text(json.dumps(network))
    scenario["script"] = scenario["script"][:1]
    scenario["proves"] = []
    scenario.pop("network_patch", None)
    (folder / "mip4" / "nonces.json").write_text(json.dumps(scenario))
    result = mipvet("run", folder / "mip4" / "nonces.json")
    assert result.returncode == 4, result.stdout + result.stderr
    assert "played by mipvet" in result.stdout


BAD = {
    "missing file": (["run", "nowhere.json"], "nowhere.json"),
    "missing capture": (["check", "nowhere.pcapng", "--network",
                         "scenarios/networks/dmz.json"], "nowhere.pcapng"),
    "unknown verb": (["frobnicate"], ""),
    "no verb": ([], ""),
    "unknown report": (["run", "scenarios/mipp", "--report", "yaml:x"], "yaml:x"),
    "filter without match": (["run", "scenarios/mipp", "--filter", "zzz"], "zzz"),
    "unknown requirement": (["rules", "MIPP-9.9-99"], "MIPP-9.9-99"),
    "unknown draft": (["coverage", "--draft", "NOPE"], "NOPE"),
    "unknown node": (["run", "scenarios/mipp/s-bit.json", "--deviate", "xx:MIPP-2.2.1-13"], "xx"),
    "unknown deviation": (["run", "scenarios/mipp/s-bit.json", "--deviate", "mipp:MIPP-0"],
                          "MIPP-0"),
    "unwritable report": (["run", "scenarios/mipp/s-bit.json", "--report",
                           "json:/nowhere/x.json"], "/nowhere/x.json"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_usage_gets_one_line_and_exit_status_2(name):
    arguments, named = BAD[name]
    result = mipvet(*arguments)
    assert result.returncode == 2, result.stdout + result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("mipvet: "), result.stderr
    assert named in lines[0]


@pytest.mark.parametrize("content", [b"", b"\n", b"{", b"[1,2", b"{\"scenario\": 7}", b"\xff\xfe",
                                     b"{\"scenario\":\"x\",\"scenario\":\"y\"}",
                                     b"[" * 5000, b"{\"network\": 1e999}"])
def test_bad_scenarios_get_one_line(tmp_path, content):
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    result = mipvet("run", path)
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1 and "bad.json" in result.stderr


def test_cut_and_random_captures_get_one_line(simulated, tmp_path):
    capture = (simulated / "mipp-register-through-fa.pcapng").read_bytes()
    network = simulated / "mipp-register-through-fa.network.json"
    for size in range(1, len(capture), max(1, len(capture) // 60)):
        path = tmp_path / "cut.pcapng"
        path.write_bytes(capture[:size])
        result = mipvet("check", path, "--network", network)
        assert result.returncode in (0, 2, 3), f"{size}: {result.stderr}"
        if result.returncode == 2:
            assert len(result.stderr.strip().splitlines()) == 1 and "cut.pcapng" in result.stderr
    noise = tmp_path / "noise.pcap"
    noise.write_bytes(bytes((i * 7919) % 251 for i in range(4000)))
    result = mipvet("check", noise, "--network", network)
    assert result.returncode == 2 and len(result.stderr.strip().splitlines()) == 1
