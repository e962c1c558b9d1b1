"""`--expect FILE`: known failures fail nothing, an entry that passes again does."""

import json
import xml.etree.ElementTree as xml

import pytest

from program import SCENARIOS, mipvet

SCENARIO = SCENARIOS / "mipp/s-bit.json"
THROUGH_FA = SCENARIOS / "mipp/register-through-fa.json"
DEVIATES = ["--deviate", "mipp:MIPP-2.2.1-13"]
ENTRY = {"requirement": "MIPP-2.2.1-13", "node": "mipp", "scenarios": ["mipp/s-bit"],
         "reason": "ticket 4711"}


def baseline(directory, *entries):
    path = directory / "known.json"
    path.write_text(json.dumps({"baseline": "a proxy", "known": list(entries)}))
    return path


def run(directory, *arguments, scenario=SCENARIO):
    """Exit status, text and the one scenario of the JSON report."""
    result = mipvet("run", scenario, *arguments, "--report", f"json:{directory}/report.json",
                    "--report", f"junit:{directory}/report.xml")
    assert result.stderr == ""
    return (result.returncode, result.stdout,
            json.loads((directory / "report.json").read_text())["scenarios"][0])


def test_a_known_failure_fails_nothing(tmp_path):
    assert run(tmp_path, *DEVIATES)[0] == 1
    status, text, scenario = run(tmp_path, *DEVIATES, "--expect", baseline(tmp_path, ENTRY))
    assert status == 0 and scenario["verdict"] == "pass"
    assert scenario["reason"] == "known failures: mipp broke MIPP-2.2.1-13"
    finding, = (f for f in scenario["findings"] if f["verdict"] == "fail")
    assert finding["known"] == "ticket 4711"
    assert "known     ticket 4711" in text
    case = xml.parse(tmp_path / "report.xml").find(".//testcase")
    assert case.find("failure") is None
    assert "known failures:\nMIPP-2.2.1-13" in case.findtext("system-out")


def test_any_other_failure_still_fails(tmp_path):
    other = ENTRY | {"requirement": "MIPP-2.2.2-08"}
    status, _, scenario = run(tmp_path, *DEVIATES, "--expect", baseline(tmp_path, ENTRY | {
        "scenarios": ["mipp/other"]}))
    assert status == 1 and "mipp broke MIPP-2.2.1-13" in scenario["reason"]
    status, _, scenario = run(tmp_path, *DEVIATES, "--expect", baseline(tmp_path, other))
    assert status == 1
    assert scenario["reason"] == ("mipp broke MIPP-2.2.1-13; MIPP-2.2.2-08 by mipp: known to be "
                                  "broken, is not; take it off the baseline")


def test_an_entry_that_passes_again_fails(tmp_path):
    stale = ENTRY | {"requirement": "MIPP-2.2.2-08"}
    status, text, scenario = run(tmp_path, *DEVIATES, "--expect", baseline(tmp_path, ENTRY, stale))
    assert status == 1 and scenario["verdict"] == "fail"
    assert "MIPP-2.2.2-08 by mipp: known to be broken, is not" in text
    case = xml.parse(tmp_path / "report.xml").find(".//testcase")
    assert "MIPP-2.2.2-08" in case.find("failure").get("message")


def test_nodes_that_mipvet_plays_are_not_excused(tmp_path):
    """A bug of ours (--plant) is the tool's fault, baseline or not."""
    status, _, scenario = run(tmp_path, "--plant", "mipp:MIPP-2.2.1-13", "--expect",
                              baseline(tmp_path, ENTRY))
    assert status == 4 and "played by mipvet" in scenario["reason"]


def test_a_known_warning_is_one_where_strict(tmp_path):
    deviation = ["--deviate", "mipp:MIPP-2.2.1-07", "--strict"]
    status, _, scenario = run(tmp_path, *deviation, scenario=THROUGH_FA)
    broken, = (f for f in scenario["findings"] if f["verdict"] == "warn")
    assert status == 1 and broken["requirement"] == "MIPP-2.2.1-07"
    known = ENTRY | {"requirement": "MIPP-2.2.1-07", "scenarios": ["mipp/register-through-fa"]}
    expect = ["--expect", baseline(tmp_path, known)]
    assert run(tmp_path, *deviation, *expect, scenario=THROUGH_FA)[0] == 0
    # Another deviation of the same node, so that the entry is stale.
    other = ["--deviate", "mipp:MIPP-2-09"]
    assert run(tmp_path, *other, *expect, scenario=THROUGH_FA)[0] == 1


def test_check_takes_a_baseline(tmp_path):
    status, _, _ = run(tmp_path, *DEVIATES, "--captures", tmp_path)
    assert status == 1
    capture = tmp_path / "mipp-s-bit.pcapng"
    assert mipvet("check", capture).returncode == 1
    known = ENTRY | {"scenarios": ["mipp-s-bit"]}
    result = mipvet("check", capture, "--expect", baseline(tmp_path, known))
    assert result.returncode == 0, result.stdout
    assert "known failures: mipp broke MIPP-2.2.1-13" in result.stdout
    stale = known | {"requirement": "MIPP-2.2.2-08"}
    assert mipvet("check", capture, "--expect", baseline(tmp_path, known, stale)).returncode == 1


BAD = {
    "no reason": ({k: v for k, v in ENTRY.items() if k != "reason"}, "/known/0/reason"),
    "empty reason": (ENTRY | {"reason": ""}, "/known/0/reason"),
    "unknown requirement": (ENTRY | {"requirement": "MIPP-0"}, "/known/0/requirement"),
    "no scenario": (ENTRY | {"scenarios": []}, "/known/0/scenarios"),
    "misspelt": (ENTRY | {"resaon": "x"}, "/known/0/resaon"),
    "twice": (ENTRY | {"scenarios": ["a", "a"]}, "/known/0/scenarios/1"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_baselines_are_one_line(name, tmp_path):
    entry, place = BAD[name]
    result = mipvet("run", SCENARIO, "--expect", baseline(tmp_path, entry))
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.count("\n") == 1 and f"known.json: {place}: " in result.stderr
