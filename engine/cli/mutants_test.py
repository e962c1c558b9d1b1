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


def coverage(tmp_path, *arguments):
    result = mipvet("coverage", *arguments, "--report", f"json:{tmp_path}/coverage.json")
    assert result.returncode == 0, result.stderr
    return json.loads((tmp_path / "coverage.json").read_text())["requirements"]


@pytest.mark.parametrize("draft", ["MOB", "RFC4555", "RFC7296", "RFC3948", "RFC4303"])
def test_nothing_of_mobike_is_left_to_be_built(tmp_path, draft):
    left = {r["id"]: r["why_not"] for r in coverage(tmp_path, "--draft", draft)
            if (r["why_not"] or "").startswith("not built yet")}
    assert left == {}


def test_no_requirement_of_the_draft_itself_goes_without_a_rule(tmp_path):
    listed = coverage(tmp_path, "--draft", "MOB")
    assert len([r for r in listed if r["rule"] and r["scenarios"] and r["deviations"]]) >= 80
    assert not [r["id"] for r in listed if (r["why_not"] or "").startswith("no rule")]


def test_every_rule_is_shown_by_a_scenario_and_proven_by_a_deviation(tmp_path):
    listed = coverage(tmp_path)
    unproven = [r["id"] for r in listed
                if r["rule"] and not (r["scenarios"] and r["deviations"])]
    assert unproven == []


def test_coverage_names_rule_scenario_and_deviation_of_120_requirements(tmp_path):
    listed = coverage(tmp_path)
    complete = [r for r in listed if r["rule"] and r["scenarios"] and r["deviations"]]
    assert len(complete) >= 120
    assert all(r["why_not"] is None for r in complete)
    assert all(r["why_not"] for r in listed if not r["rule"])
