"""The reports as others read them: tshark, Jenkins' schema of JUnit, the schema of SARIF."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as xml
from pathlib import Path

import jsonschema
import pytest

from program import MIPVET, SCENARIOS, SOURCE, mipvet
from published import JUNIT_SCHEMA, SARIF_SCHEMA, needs_npm, published

REAL = SOURCE / "pcaps" / "real" / "strongswan-uml-aes256gcm16"
FILES = {"json": "report.json", "junit": "report.xml", "markdown": "report.md",
         "sarif": "report.sarif", "pcapng": "report.pcapng", "html": "report.html"}


def all_reports(directory):
    directory.mkdir(parents=True, exist_ok=True)
    return [part for kind, file in FILES.items() for part in ("--report", f"{kind}:{directory}/{file}")]


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    """Failures, a warning, a known failure and scenarios that pass."""
    directory = tmp_path_factory.mktemp("campaign")
    known = directory / "known.json"
    known.write_text(json.dumps({"baseline": "x", "known": [
        {"requirement": "MIPP-2.2.1-13", "node": "mipp", "scenarios": ["mipp/s-bit"],
         "reason": "ticket 7"}]}))
    result = mipvet("run", "scenarios/mipp", "--filter", "mipp/[rs]*", "--deviate",
                    "mipp:MIPP-2.2.1-13", "--deviate", "mipp:MIPP-2.2.1-07", "--deviate",
                    "mipp:MIPP-2.6.2-14", "--expect", known, *all_reports(directory))
    assert result.returncode == 1 and result.stderr == "", result.stderr
    return directory


def tshark(capture, *fields):
    """Of each frame these fields; those that are there more than once joined by a line end."""
    command = ["tshark", "-n", "-r", capture, "-T", "fields", "-E", "aggregator=\x1e"]
    for field in fields:
        command += ["-e", field]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("\t") for line in result.stdout.split("\n")[:-1]]


def read(directory, file):
    return (directory / file).read_text()


def test_tshark_shows_every_finding_on_its_frame(campaign):
    frames = tshark(campaign / "report.pcapng", "frame.interface_name", "frame.comment")
    report = json.loads(read(campaign, "report.json"))
    begins = told = 0
    for scenario in report["scenarios"]:
        assert scenario["capture"] is None  # the frames were kept for the report alone
        for finding in scenario["findings"]:
            for place in finding["frames"]:
                link, comments = frames[begins + place["capture_frame"] - 1]
                assert link == place["link"]
                assert f"{finding['verdict']} {finding['requirement']} (" in comments
                told += 1
        begins += scenario["frames"]
    assert begins == len(frames) and told > 10
    commented = sum(bool(comments) for _, comments in frames)
    cited = {(s["id"], p["capture_frame"]) for s in report["scenarios"] for f in s["findings"]
             for p in f["frames"]}
    assert commented == len(cited)
    broken = [c for _, c in frames if "fail MIPP-2.2.1-13 (MUST NOT) by mipp: expected" in c]
    assert broken and "octet 43" in broken[0] and any("known: ticket 7" in c for c in broken)


def test_the_pcapng_report_holds_the_frames_of_the_captures(campaign, tmp_path):
    """Octets, times and links, also where the captures stay."""
    result = mipvet("run", "scenarios/mipp", "--filter", "mipp/[rs]*", "--captures", tmp_path,
                    "--report", f"pcapng:{tmp_path}/all.out", "--report", f"json:{tmp_path}/r.json")
    assert result.returncode == 0, result.stderr
    fields = ["frame.time_epoch", "frame.len", "frame.interface_name", "eth.src", "ip.id",
              "udp.checksum"]
    each = []
    for scenario in json.loads(read(tmp_path, "r.json"))["scenarios"]:
        each += tshark(scenario["capture"], *fields)
    assert tshark(tmp_path / "all.out", *fields) == each
    # mipvet reads its sections, too.
    decoded = mipvet("decode", tmp_path / "all.out")
    assert decoded.returncode == 0 and len(decoded.stdout.splitlines()) >= len(each)


def test_sections_bear_the_verdicts(campaign):
    out = subprocess.run(["capinfos", "-k", campaign / "report.pcapng"], capture_output=True,
                         text=True, check=True).stdout
    assert "mipvet mipp/register-behind-nat: " in out


def test_no_captures_are_left_behind(tmp_path):
    result = mipvet("run", SCENARIOS / "mipp/s-bit.json", *all_reports(tmp_path / "out"),
                    env={"TMPDIR": str(tmp_path)})
    assert result.returncode == 0, result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_check_and_merge_write_them_too(tmp_path):
    result = mipvet("check", f"outside={REAL}/outside.pcap", "--network", REAL / "network.json",
                    "--keys", REAL / "mn.charon.log", *all_reports(tmp_path))
    assert result.returncode == 0, result.stderr
    frames = tshark(tmp_path / "report.pcapng", "frame.interface_name")
    assert frames and set(map(tuple, frames)) == {("outside",)}
    merged = mipvet("merge", tmp_path / "report.json", *all_reports(tmp_path / "merged"))
    assert merged.returncode == 0, merged.stderr
    for file in FILES.values():
        assert (tmp_path / "merged" / file).read_bytes() == (tmp_path / file).read_bytes(), file


def data_of(page, part):
    return json.loads(re.search(f'id="{part}">(.*?)</script>', page.read_text(), re.S).group(1))


def html_frames(page):
    """How many frames the page shows of each scenario."""
    return [scenario["shown"] for scenario in data_of(page, "campaign")["scenarios"]]


def test_shards_from_elsewhere_bring_their_frames(tmp_path):
    """Each job's folder is another one where the reports are merged."""
    there = tmp_path / "there"
    there.mkdir()
    for k in (1, 2):
        (there / "out/captures").mkdir(parents=True)
        subprocess.run([MIPVET, "run", SCENARIOS / "mipp", "--filter", "mipp/register-*", "--shard",
                        f"{k}/2", "--captures", "out/captures", "--report", "json:out/report.json"],
                       cwd=there, check=True, capture_output=True)
        (there / "out").rename(tmp_path / f"part-{k}")
    merged = mipvet("merge", tmp_path / "part-2/report.json", tmp_path / "part-1/report.json",
                    *all_reports(tmp_path / "merged"))
    assert merged.returncode == 0, merged.stderr
    report = json.loads(read(tmp_path / "merged", "report.json"))
    assert len(report["scenarios"]) > 2
    assert html_frames(tmp_path / "merged/report.html") == [s["frames"] for s in report["scenarios"]]
    frames = tshark(tmp_path / "merged/report.pcapng", "frame.number")
    assert len(frames) == sum(scenario["frames"] for scenario in report["scenarios"])


def test_regress_shows_frames(tmp_path):
    """Of simulated runs and of real implementations, with their keys."""
    folder = tmp_path / "captures"
    shutil.copytree(REAL, folder / "real")
    for file in (SOURCE / "pcaps/mobike").glob("attach-outside.*"):
        shutil.copy(file, folder)
    result = mipvet("regress", folder, *all_reports(tmp_path / "out"))
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads(read(tmp_path / "out", "report.json"))
    page = tmp_path / "out/report.html"
    assert html_frames(page) == [s["frames"] for s in report["scenarios"]] and len(html_frames(page)) == 2
    for part in ("frames-0", "frames-1"):
        assert [frame for frame in data_of(page, part)["frames"] if frame[8] is not None]  # decrypted
    merged = mipvet("merge", tmp_path / "out/report.json", *all_reports(tmp_path / "merged"))
    assert merged.returncode == 0, merged.stderr
    assert (tmp_path / "merged/report.html").read_bytes() == page.read_bytes()


def test_merging_without_captures_is_told(campaign, tmp_path):
    result = mipvet("merge", campaign / "report.json", "--report", f"pcapng:{tmp_path}/x.pcapng")
    assert result.returncode == 2 and "--captures" in result.stderr


@pytest.fixture(scope="module")
def of_all_verdicts(campaign, tmp_path_factory):
    """The same campaign, had some scenarios come to other verdicts."""
    directory = tmp_path_factory.mktemp("verdicts")
    report = json.loads(read(campaign, "report.json"))
    for verdict, scenario in zip(["not-applicable", "inconclusive", "error"], report["scenarios"]):
        scenario.update(verdict=verdict, reason=f"<{verdict}> & \u0001 why")
    (directory / "changed.json").write_text(json.dumps(report))
    files = [part for kind in ("junit", "sarif") for part in
             ("--report", f"{kind}:{directory / FILES[kind]}")]
    result = mipvet("merge", directory / "changed.json", *files)
    assert result.returncode == 4 and result.stderr == "", result.stderr
    return directory


@needs_npm
def test_junit_follows_the_schema_of_jenkins(campaign, of_all_verdicts):
    for directory in campaign, of_all_verdicts:
        result = subprocess.run(["xmllint", "--noout", "--schema", published(*JUNIT_SCHEMA),
                                 directory / "report.xml"], capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
    suite = xml.parse(of_all_verdicts / "report.xml").find("testsuite")
    assert suite.get("skipped") == "1" and suite.get("errors") == "2"
    assert "<not-applicable> & ? why" in suite.findtext("testcase/skipped")


def test_junit_tells_what_failed(campaign):
    root = xml.parse(campaign / "report.xml")
    report = json.loads(read(campaign, "report.json"))
    cases = root.findall(".//testcase")
    assert len(cases) == len(report["scenarios"])
    for case, scenario in zip(cases, report["scenarios"]):
        assert f"mipp/{case.get('name')}" == scenario["id"]
        failure = case.find("failure")
        assert (failure is not None) == (scenario["verdict"] == "fail")
        broken = {f["requirement"] for f in scenario["findings"]
                  if f["verdict"] == "fail" and "known" not in f}
        assert all(requirement in failure.get("message") for requirement in broken)
        warned = {f["requirement"] for f in scenario["findings"] if f["verdict"] == "warn"}
        assert all(requirement in case.findtext("system-out") for requirement in warned)
        assert failure is None or not any(w in failure.text for w in warned)


@needs_npm
def test_sarif_follows_its_schema(campaign, of_all_verdicts):
    schema = json.loads(published(*SARIF_SCHEMA).read_text())
    validator = jsonschema.validators.validator_for(schema)
    for directory in campaign, of_all_verdicts:
        validator(schema).validate(json.loads(read(directory, "report.sarif")))


def test_sarif_tells_what_was_broken(campaign):
    run, = json.loads(read(campaign, "report.sarif"))["runs"]
    rules = run["tool"]["driver"]["rules"]
    report = json.loads(read(campaign, "report.json"))
    broken = [f for s in report["scenarios"] for f in s["findings"] if f["verdict"] in ("fail", "warn")]
    assert len(run["results"]) == len(broken) > 3
    for result, finding in zip(run["results"], broken):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding["requirement"]
        assert result["level"] == {"fail": "error", "warn": "warning"}[finding["verdict"]]
        assert bool(result.get("suppressions")) == ("known" in finding)
        place = result["locations"][0]["physicalLocation"]
        lines = (SOURCE / place["artifactLocation"]["uri"]).read_text().splitlines()
        line = lines[place["region"]["startLine"] - 1]
        assert f'"{result["ruleId"]}"' in line or place["region"]["startLine"] == 1
    assert any(r["locations"][0]["physicalLocation"]["region"]["startLine"] > 1
               for r in run["results"])


def test_markdown_has_what_failed(campaign):
    text = read(campaign, "report.md")
    assert text.startswith("# mipvet: fail\n")
    assert "## Broken requirements (" in text and "## Warnings (" in text
    assert "| mipp/s-bit | MIPP-2.2.1-13 | MUST NOT | mipp |" in text.split("## Known failures")[1]
