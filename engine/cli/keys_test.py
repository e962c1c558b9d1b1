"""Keys that decrypt IKE and ESP: beside a capture, or named."""

import json
import shutil

import pytest

from program import SOURCE, mipvet, report_of

REAL = SOURCE / "pcaps" / "real"
RUNS = sorted(path.parent for path in REAL.glob("*/outside.pcap"))

def judge(run, directory, secret, *keys):
    """Exit status and findings of `check`."""
    network = directory / "real.json"
    document = json.loads((run / "network.json").read_text())
    document["ike"][0]["psk"] = secret
    network.write_text(json.dumps(document))
    out = directory / "report.json"
    result = mipvet("check", f"outside={run}/outside.pcap", "--network", network, "--report", f"json:{out}", *keys)
    assert result.stderr == ""
    return result.returncode, next(iter(report_of(out).values()))


def opened(result):
    """How many ESP packets and IKE messages were decrypted, and how many there are."""
    frames = [json.loads(line) for line in result.stdout.splitlines()]
    names = [[layer["name"] for layer in frame["layers"]] for frame in frames]
    sealed = [layers for layers in names if "esp" in layers or "encrypted" in layers]
    inside = [layers for layers in sealed if "esp-trailer" in layers or "encrypted" in layers[:-1]]
    return len(inside), len(sealed)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_decode_shows_what_is_inside(run):
    assert opened(mipvet("decode", "--json", run / "outside.pcap"))[0] == 0
    result = mipvet("decode", "--json", run / "outside.pcap", "--keys", run / "mn.charon.log")
    assert result.returncode == 0, result.stderr
    inside, sealed = opened(result)
    assert sealed > 10
    # Liveness checks and their answers hold nothing.
    assert inside > sealed // 2


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_check_judges_what_is_inside(run, tmp_path):
    keys = ["--keys", run / "mn.charon.log"]
    status, findings = judge(run, tmp_path, "mipvet-psk", *keys)
    assert status == 0, findings
    assert ("RFC7296-2.15-02", "gw", "pass") in findings
    assert ("RFC7296-2.17-01", "gw", "pass") in findings
    without = judge(run, tmp_path, "mipvet-psk")[1]
    assert len(findings) > len(without)
    # What cannot be read is held against nobody.
    broken = {(requirement, node) for requirement, node, verdict in findings if verdict in ("fail", "warn")}
    assert {(requirement, node) for requirement, node, verdict in without
            if verdict in ("fail", "warn")} <= broken


def test_another_secret_is_seen(tmp_path):
    status, findings = judge(RUNS[0], tmp_path, "another", "--keys", RUNS[0] / "mn.charon.log")
    assert status == 1
    assert ("RFC7296-2.15-02", "gw", "fail") in findings


def test_keys_beside_a_capture_are_used(tmp_path):
    run = RUNS[0]
    shutil.copy(run / "outside.pcap", tmp_path / "one.pcap")
    shutil.copy(run / "mn.charon.log", tmp_path / "one.keys")
    assert opened(mipvet("decode", "--json", tmp_path / "one.pcap"))[0] > 10


def test_bad_keys_are_one_line(tmp_path):
    bad = tmp_path / "bad.keys"
    bad.write_text("IKE_SA 1 2\n")
    result = mipvet("decode", RUNS[0] / "outside.pcap", "--keys", bad)
    assert result.returncode != 0
    assert result.stderr.count("\n") == 1
    assert f"{bad}:1: " in result.stderr
    missing = mipvet("decode", RUNS[0] / "outside.pcap", "--keys", tmp_path / "none.keys")
    assert "none.keys: cannot be read" in missing.stderr and missing.stderr.count("\n") == 1


def test_a_report_names_what_judged_the_capture(tmp_path):
    run = RUNS[0]
    keys = ["--keys", run / "mn.charon.log"]
    _, findings = judge(run, tmp_path, "mipvet-psk", *keys)
    command = json.loads((tmp_path / "report.json").read_text())["scenarios"][0]["replay"]
    assert command.startswith(f"mipvet check outside={run}/outside.pcap --network ") and str(keys[1]) in command
    again = mipvet(*command.split()[1:], "--report", f"json:{tmp_path}/again.json")
    assert again.returncode == 0, again.stderr
    assert next(iter(report_of(tmp_path / "again.json").values())) == findings
