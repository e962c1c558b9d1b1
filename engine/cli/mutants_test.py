"""The kill matrix: each deviation is caught by the rule that it names, and without it by none."""

import json

import pytest

from program import mipvet


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


@pytest.mark.parametrize("deviation", ["MOB-1-13", "RFC3948-1-01", "RFC4555-3.2-01", "RFC4555-3.8-02",
                                       "MIPP-2.3.1-10"])
def test_nobody_is_blamed_for_what_another_did_in_any_scenario(deviation, tmp_path):
    result = mipvet("mutants", "--everywhere", "-j", "2", "--filter", deviation, "--report",
                    f"json:{tmp_path}/everywhere.json")
    report = json.loads((tmp_path / "everywhere.json").read_text())
    assert report["accusations"] == []
    assert report["runs"] > 70 and result.returncode == 0


def test_coverage_names_rule_scenario_and_deviation_of_120_requirements(tmp_path):
    result = mipvet("coverage", "--report", f"json:{tmp_path}/coverage.json")
    assert result.returncode == 0, result.stderr
    listed = json.loads((tmp_path / "coverage.json").read_text())["requirements"]
    complete = [r for r in listed if r["rule"] and r["scenarios"] and r["deviations"]]
    assert len(complete) >= 120
    assert all(r["why_not"] is None for r in complete)
    assert all(r["why_not"] for r in listed if not r["rule"])
