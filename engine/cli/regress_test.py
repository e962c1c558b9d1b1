"""`mipvet regress`: what changed in a capture, in a rule or in an expectation is told as such."""

import json
import random
import re
import shutil

import pytest

from program import SOURCE, mipvet

PCAPS = SOURCE / "pcaps"
NAMES = ["mip4/register-through-fa", "mip4/data", "mipp/s-bit"]
REAL = PCAPS / "real" / "strongswan-uml-aes256gcm16"


@pytest.fixture
def folder(tmp_path):
    """Some golden captures, and one of a real implementation."""
    folder = tmp_path / "captures"
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        for suffix in (".pcapng", ".network.json", ".expected.json"):
            shutil.copy(PCAPS / (name + suffix), folder / (name + suffix))
    shutil.copytree(REAL, folder / "real")
    return folder


def regress(folder, status, *arguments):
    result = mipvet("regress", folder, *arguments)
    assert result.returncode == status, result.stdout + result.stderr
    if status == 2:
        assert result.stderr.startswith("mipvet: ") and result.stderr.count("\n") == 1
    else:
        assert result.stderr == ""
    return result


def flip(path, at, mask=1):
    octets = bytearray(path.read_bytes())
    octets[at] ^= mask
    path.write_bytes(octets)


def spoil_authenticator(capture):
    """One octet of the first one, which is the mobile node's."""
    frames = map(json.loads, mipvet("decode", "--json", capture).stdout.splitlines())
    first = next(layer["fields"]["authenticator"]["value"] for frame in frames
                 for layer in frame["layers"] if "authenticator" in layer["fields"])
    flip(capture, capture.read_bytes().index(bytes.fromhex(first)))


def test_nothing_changed(folder):
    out = regress(folder, 0).stdout
    assert out == "4 judged: 4 as expected, 0 changed, 0 new, 0 not judged\n"


def test_jobs_change_nothing(folder):
    spoil_authenticator(folder / "mip4/register-through-fa.pcapng")
    assert regress(folder, 1, "-j", "1").stdout == regress(folder, 1, "-j", "8").stdout


def test_one_octet_of_an_authenticator_is_a_new_failure(folder):
    spoil_authenticator(folder / "mip4/register-through-fa.pcapng")
    out = regress(folder, 1).stdout
    assert re.search(r"^mip4/register-through-fa\n(  .*\n)*  new failure: RFC3344-3.5.1-01 \(MUST\) by "
                     r"mn: fail, was pass\n", out), out
    assert re.search(r"frame \d+ on \w+, octets \d+-\d+", out)
    assert "other input: register-through-fa.pcapng: is not the file" in out
    assert "4 judged: 3 as expected, 1 changed" in out


def test_one_octet_anywhere_is_told(folder):
    capture = folder / "mip4/data.pcapng"
    whole = capture.read_bytes()
    chosen = random.Random(5)
    for at in chosen.sample(range(len(whole)), 120):
        capture.write_bytes(whole)
        flip(capture, at, 1 << chosen.randrange(8))
        result = mipvet("regress", folder)
        # A capture that cannot be read any more is bad input, all others are judged nevertheless.
        assert result.returncode in (1, 2), f"octet {at}: {result.stdout}"
        assert "mip4/data\n" in result.stdout and "3 as expected" in result.stdout
        assert "data.pcapng" in (result.stderr if result.returncode == 2 else result.stdout)


def test_another_rule_is_told_without_another_input(folder):
    out = regress(folder, 1, "--without-rule", "RFC3344-3.5.1-01").stdout
    assert "other verdict: RFC3344-3.5.1-01 (MUST) by mn: not judged, was pass\n" in out
    assert "other input" not in out and "1 as expected, 3 changed" in out
    assert "MIPP-0-0" in regress(folder, 2, "--without-rule", "MIPP-0-0").stderr


def test_a_failure_that_is_gone_is_told(folder):
    capture = folder / "mip4/register-through-fa.pcapng"
    kept = capture.read_bytes()
    spoil_authenticator(capture)
    regress(folder, 0, "--accept")
    assert "4 as expected" in regress(folder, 0).stdout
    capture.write_bytes(kept)
    out = regress(folder, 1).stdout
    assert "gone failure: RFC3344-3.5.1-01 (MUST) by mn: pass, was fail\n" in out
    assert "other verdict: of the whole: pass, was fail" in out


def test_other_evidence_is_told(folder):
    expected = folder / "mipp/s-bit.expected.json"
    document = json.loads(expected.read_text())
    finding = document["findings"][3]
    finding["evaluated"] += 1
    expected.write_text(json.dumps(document))
    out = regress(folder, 1).stdout
    assert f"  other evidence: {finding['requirement']} (" in out
    assert f"    was: evaluated {finding['evaluated']} times\n" in out
    assert f"    is:  evaluated {finding['evaluated'] - 1} times\n" in out
    assert "changes: 1 other evidence\n" in out


def test_keys_and_network_are_inputs(folder):
    with (folder / "real/mn.charon.log").open("a") as log:
        log.write("\n")
    network = folder / "mipp/s-bit.network.json"
    network.write_text(network.read_text() + "\n")
    out = regress(folder, 1).stdout
    assert "real\n  other input: mn.charon.log: is not the file" in out
    assert "mipp/s-bit\n  other input: s-bit.network.json: is not the file" in out
    assert "changes: 2 other input\n" in out


def test_keys_that_are_gone_leave_less_to_judge(folder):
    for log in (folder / "real").glob("*.log"):
        log.unlink()
    out = regress(folder, 1).stdout
    assert "other input: mn.charon.log: is gone" in out and ": not judged, was pass" in out


def test_accept_shows_and_rewrites_what_changed_alone(folder):
    untouched = folder / "mipp/s-bit.expected.json"
    untouched.write_text(untouched.read_text() + "\n")
    before = untouched.read_text()
    changed = folder / "mip4/data.expected.json"
    right = changed.read_text()
    changed.write_text(right.replace('"pass"', '"inconclusive"', 2))
    (folder / "real/expected.json").unlink()
    shown = regress(folder, 1).stdout
    assert "real\n  new capture: pass, no expectation yet\n" in shown and "other verdict" in shown
    assert regress(folder, 0, "--accept").stdout == shown + "accepted: 2 expectations written\n"
    assert changed.read_text() == right and untouched.read_text() == before
    assert (folder / "real/expected.json").read_bytes() == (REAL / "expected.json").read_bytes()
    regress(folder, 0)


def test_reports_hold_all_captures(folder, tmp_path):
    regress(folder, 0, "--report", f"json:{tmp_path}/out.json", "--report", f"junit:{tmp_path}/o.xml")
    report = json.loads((tmp_path / "out.json").read_text())
    assert [s["id"] for s in report["scenarios"]] == sorted([*NAMES, "real"])
    assert report["verdict"] == "pass"


def test_what_run_and_tcpdump_leave_is_found(tmp_path):
    """One capture for each link, named NAME.LINK.pcap."""
    result = mipvet("run", SOURCE / "scenarios/mipp/s-bit.json", "--captures", tmp_path)
    assert result.returncode == 0, result.stderr
    regress(tmp_path, 0, "--accept")
    assert (tmp_path / "mipp-s-bit.expected.json").exists()
    links = json.loads((tmp_path / "mipp-s-bit.network.json").read_text())["links"]
    (tmp_path / "mipp-s-bit.pcapng").unlink()
    for link in links:
        shutil.copy(REAL / "outside.pcap", tmp_path / f"mipp-s-bit.{link}.pcap")
    out = regress(tmp_path, 1).stdout
    assert "mipp-s-bit.pcapng: is gone" in out and f"mipp-s-bit.{[*links][0]}.pcap: is new" in out


def edit(path, key, value):
    document = json.loads(path.read_text())
    document["findings"][0][key] = value
    path.write_text(json.dumps(document))


EXPECTED = "mip4/data.expected.json"
BAD = {  # what is done to the folder, what the line names
    "no network": (lambda f: (f / "mip4/data.network.json").unlink(), "data.network.json beside it"),
    "no capture": (lambda f: (f / "mip4/data.pcapng").unlink(), "data.network.json: no capture"),
    "expectation of nothing": (lambda f: shutil.copy(f / EXPECTED, f / "mipp/x.expected.json"),
                               "x.expected.json"),
    "both forms": (lambda f: shutil.copy(f / "mip4/data.pcapng", f / "mip4/data.home.pcapng"),
                   "data.pcapng: is one of several"),
    "broken network": (lambda f: (f / "mip4/data.network.json").write_text("{"), "data.network.json"),
    "broken keys": (lambda f: (f / "real/x.keys").write_text("IKE_SA 1\n"), "x.keys"),
    "broken expectation": (lambda f: (f / EXPECTED).write_text("[]"), "data.expected.json"),
    "another requirement": (lambda f: edit(f / EXPECTED, "requirement", "X-1"),
                            "/findings/0/requirement"),
    "another verdict": (lambda f: edit(f / EXPECTED, "verdict", "good"), "/findings/0/verdict"),
    "strange count": (lambda f: edit(f / EXPECTED, "evaluated", -1), "/findings/0/evaluated"),
    "strange frames": (lambda f: edit(f / EXPECTED, "frames", [{}]), "/findings/0/frames/0"),
    "no list": (lambda f: edit(f / EXPECTED, "frames", 7), "/findings/0/frames"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_folders_are_one_line(name, folder):
    spoil, named = BAD[name]
    spoil(folder)
    assert named in regress(folder, 2).stderr


@pytest.mark.parametrize("where", ["nowhere", "mip4/data.pcapng", "empty"])
def test_folders_without_captures(where, folder):
    (folder / "empty").mkdir()
    assert where in regress(folder / where, 2).stderr


def test_one_bad_capture_hides_no_other(folder):
    (folder / "mip4/data.pcapng").write_bytes(b"nothing")
    spoil_authenticator(folder / "mip4/register-through-fa.pcapng")
    result = regress(folder, 2, "--accept")
    assert "mip4/data\n  not judged: " in result.stdout and "new failure: " in result.stdout
    assert "accepted: 1 expectations written" in result.stdout
