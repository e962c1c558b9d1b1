"""Campaigns in the simulated network, and their captures judged once more."""

import json

import pytest

from program import SCENARIOS, mipvet, report_of


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


def test_a_seed_gives_the_same_frames_again(simulated, tmp_path):
    result = mipvet("run", SCENARIOS, "--captures", tmp_path, "-j", "4")
    assert result.returncode == 0, result.stdout + result.stderr
    captures = sorted(simulated.glob("*.pcapng"))
    assert len(captures) >= 30
    for capture in captures:
        assert capture.read_bytes() == (tmp_path / capture.name).read_bytes(), capture.name
