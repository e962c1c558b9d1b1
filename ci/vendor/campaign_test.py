"""mipvet-campaign: what it leaves of a campaign, its exit status, and that it refuses what it should."""

import json
import os
import signal
import subprocess
import time
import xml.etree.ElementTree as ET

import pytest

from program import MIPVET, SCENARIOS, SOURCE, iut_file, needs_root

CAMPAIGN = SOURCE / "ci" / "vendor" / "mipvet-campaign"
IUT = SCENARIOS / "iuts" / "mip-proxy-behind-nat.json"
REPORTS = ["report.html", "report.json", "report.junit.xml", "report.md", "report.sarif", "report.txt"]
FEW = ["--filter", "mipp/register-*"]


def campaign(directory, *arguments, **environment):
    return subprocess.run([CAMPAIGN, *map(str, arguments)], capture_output=True, text=True, timeout=300,
                          cwd=directory, stdin=subprocess.DEVNULL,
                          env={**os.environ, "MIPVET": MIPVET, "GITHUB_STEP_SUMMARY": "", **environment})


def report(results):
    return json.loads((results / "report.json").read_text())


def assert_left(results, status, captures=True):
    """Each report is of its kind and tells the same verdict."""
    assert (results / "status").read_text() == f"{status}\n"
    assert sorted(p.name for p in results.glob("report.*")) == sorted(REPORTS)
    document = report(results)
    cases = ET.parse(results / "report.junit.xml").getroot().findall(".//testcase")
    assert len(cases) == len(document["scenarios"]) > 0
    assert any(case.find("failure") is not None for case in cases) == (status == 1)
    run, = json.loads((results / "report.sarif").read_text())["runs"]
    assert any(r["level"] == "error" for r in run["results"]) == (status == 1)
    assert (results / "report.md").read_text().startswith(f"# mipvet: {document['verdict']}\n")
    assert (results / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert document["scenarios"][0]["id"] in (results / "report.txt").read_text()
    names = {p.name for p in (results / "captures").glob("*.pcapng")}
    assert names == ({s["id"].replace("/", "-") + ".pcapng" for s in document["scenarios"]}
                     if captures else set())
    return document


@needs_root
def test_a_campaign_leaves_reports_captures_and_status(tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("# before\n")
    result = campaign(tmp_path, *FEW, IUT, GITHUB_STEP_SUMMARY=str(summary))
    assert result.returncode == 0 and result.stderr == "", result.stdout + result.stderr
    results = tmp_path / "mipvet-results"
    assert_left(results, 0)
    assert summary.read_text() == "# before\n" + (results / "report.md").read_text()


@needs_root
def test_shards_of_a_failing_implementation_merge_to_the_whole(tmp_path):
    iut = iut_file(tmp_path, "--node mipp ", "--node mipp --deviate MIPP-2.2.1-13 ")
    options = ["--scenarios", SCENARIOS / "mipp/s-bit.json", "--scenarios", SCENARIOS / "mipp/renewal.json"]
    statuses = [campaign(tmp_path, "--results", f"part-{k}", *options, "--shard", f"{k}/2", iut).returncode
                for k in (1, 2)]
    assert sorted(statuses) == [0, 1]
    merged = campaign(tmp_path, "--merge", "--results", "whole", "part-2", "part-1")
    assert merged.returncode == 1, merged.stdout + merged.stderr
    document = assert_left(tmp_path / "whole", 1, captures=False)
    assert [s["id"] for s in document["scenarios"]] == ["mipp/s-bit", "mipp/renewal"]

    known = tmp_path / "known.json"
    known.write_text(json.dumps({"baseline": "it", "known": [
        {"requirement": "MIPP-2.2.1-13", "node": "mipp", "scenarios": ["mipp/s-bit"], "reason": "ticket 1"}]}))
    excused = campaign(tmp_path, "--results", "known", *options, "--expect", known, "--jobs", "2",
                       "--seed", "7", "--strict", iut)
    assert excused.returncode == 0, excused.stdout + excused.stderr
    assert "ticket 1" in (tmp_path / "known/report.md").read_text()
    assert report(tmp_path / "known")["scenarios"][0]["seed"] == 7


@needs_root
def test_results_of_an_earlier_campaign_do_not_pass_for_those_of_this_one(tmp_path):
    assert campaign(tmp_path, *FEW, IUT).returncode == 0
    result = campaign(tmp_path, "--filter", "none/*", IUT)
    assert result.returncode == 2 and "none/*" in result.stderr and result.stderr.count("\n") == 1
    results = tmp_path / "mipvet-results"
    assert [p.name for p in results.iterdir() if p.name != "captures"] == ["status"]
    assert not list(results.glob("captures/*")) and (results / "status").read_text() == "2\n"


@needs_root
def test_a_cancelled_job_has_its_reports(tmp_path):
    with subprocess.Popen([CAMPAIGN, "--scenarios", SCENARIOS / "mipp", "--jobs", "1", IUT], cwd=tmp_path,
                          env={**os.environ, "MIPVET": MIPVET}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        captures = tmp_path / "mipvet-results/captures"
        deadline = time.monotonic() + 60
        while not any(p.stat().st_size > 1000 for p in captures.glob("*.pcapng")):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        output = process.communicate(timeout=60)[0]
    assert process.returncode == 3, output
    results = tmp_path / "mipvet-results"
    assert (results / "status").read_text() == "3\n"
    assert "interrupted" in (results / "report.txt").read_text()
    assert {p.name for p in results.glob("report.*")} == set(REPORTS)


BAD = {
    "no IUT file": ([], "0 IUT files"),
    "two IUT files": ([IUT, IUT], "2 IUT files"),
    "missing IUT file": (["nowhere.json"], "nowhere.json"),
    "unknown option": (["--frobnicate", IUT], "--frobnicate"),
    "option without value": ([IUT, "--shard"], "--shard"),
    "somebody's directory": (["--results", "mine", IUT], "mine: holds something else"),
    "results in a file": (["--results", "mine/thesis.txt", IUT], "mine/thesis.txt"),
    "merge of nothing": (["--merge"], "--merge"),
    "merge of what is no result": (["--merge", "mine"], "mine: holds no report.json"),
    "merge with an option of a run": (["--merge", "--strict", "mine"], "only --results"),
    "bad shard": (["--shard", "4/3", IUT], "4/3"),
    "missing scenarios": (["--scenarios", "nowhere", IUT], "nowhere"),
}


@needs_root
@pytest.mark.parametrize("arguments, told", BAD.values(), ids=BAD.keys())
def test_bad_usage_is_told_in_a_line(arguments, told, tmp_path):
    thesis = tmp_path / "mine/thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("years of work")
    result = campaign(tmp_path, *arguments)
    assert result.returncode == 2 and result.stdout == "", result
    assert told in result.stderr and result.stderr.count("\n") == 1, result.stderr
    assert thesis.read_text() == "years of work" and len(list(thesis.parent.iterdir())) == 1


def test_a_missing_program_is_told(tmp_path):
    result = campaign(tmp_path, IUT, MIPVET="nowhere/mipvet")
    assert result.returncode == 2 and "nowhere/mipvet" in result.stderr


def test_a_program_that_dies_is_a_fault_of_the_tool(tmp_path):
    program = tmp_path / "dies"
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    part = tmp_path / "part"
    part.mkdir()
    (part / "report.json").write_text("{}")
    result = campaign(tmp_path, "--merge", part, MIPVET=str(program))
    assert result.returncode == 4 and "137" in result.stderr
    assert (tmp_path / "mipvet-results/status").read_text() == "4\n"


def test_a_long_summary_is_cut_at_a_line(tmp_path):
    program = tmp_path / "writes"
    program.write_text("""#!/usr/bin/python3
import sys
for argument in sys.argv:
    if argument.startswith("markdown:"):
        open(argument.split(":", 1)[1], "w").write("| a row of the table |\\n" * 100000)
""")
    program.chmod(0o755)
    (tmp_path / "part").mkdir()
    (tmp_path / "part/report.json").write_text("{}")
    summary = tmp_path / "summary.md"
    assert campaign(tmp_path, "--merge", "part", MIPVET=str(program),
                    GITHUB_STEP_SUMMARY=str(summary)).returncode == 0
    lines = summary.read_text().splitlines()
    assert 900_000 < summary.stat().st_size < 1 << 20
    assert set(lines[:-2]) == {"| a row of the table |"} and "report.md" in lines[-1]
