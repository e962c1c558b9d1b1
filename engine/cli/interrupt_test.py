"""A signal ends a run early: with its report, and with nothing of it left behind."""

import json
import os
import pty
import signal
import subprocess
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from program import MIPVET, SCENARIOS, SOURCE, needs_root

IUT = ["--iut", SCENARIOS / "iuts" / "mip-proxy-behind-nat.json"]


def namespaces_of(pid):
    return [name for name in os.listdir("/run/netns") if name.startswith(f"mipvet-{pid}-")] \
        if os.path.isdir("/run/netns") else []


def children_of(pid):
    """Processes that the program has started, and what these have."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
            except OSError:
                continue
            if parent == str(pid):
                found += [int(entry.name), *children_of(int(entry.name))]
    return found


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


@needs_root
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("how", [["--live"], IUT], ids=["live", "iut"])
def test_a_live_run_reports_and_cleans_up(number, how, tmp_path):
    scenarios = [SCENARIOS / "mipp" / name for name in
                 ("icmp-202-host.json", "icmp-202-port.json", "move.json", "renewal.json")]
    command = [MIPVET, "run", *scenarios, *how, "--captures", tmp_path,
               "--report", f"json:{tmp_path}/report.json",
               "--report", f"junit:{tmp_path}/report.xml"]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, cwd=SOURCE, text=True) as run:
        # Its first scenario is under way: frames are written.
        until(lambda: any(f.stat().st_size > 1000 for f in tmp_path.glob("*.pcapng"))
              or (how == ["--live"] and namespaces_of(run.pid)))
        children = children_of(run.pid)
        run.send_signal(number)
        out, err = run.communicate(timeout=60)
    assert run.returncode == 3, out + err
    assert namespaces_of(run.pid) == []
    assert not [pid for pid in children if os.path.exists(f"/proc/{pid}")]
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["verdict"] == "inconclusive"
    assert len(report["scenarios"]) == len(scenarios)
    assert "interrupted by a signal" in out
    cases = ET.parse(tmp_path / "report.xml").getroot().iter("testcase")
    assert len(list(cases)) == len(scenarios)


def test_a_simulated_campaign_reports_what_was_done(tmp_path):
    many = [str(SCENARIOS)] * 1
    command = [MIPVET, "run", *many, "--report", f"json:{tmp_path}/report.json"]
    # A terminal, so that the first progress is the event to wait for.
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, cwd=SOURCE,
                          text=True) as run:
        os.close(theirs)
        first = os.read(ours, 1)
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=60)
    os.close(ours)
    assert first
    # It may have been done already: a simulated campaign takes a tenth of a second.
    assert run.returncode in (0, 3), out
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["verdict"] == ("pass" if run.returncode == 0 else "inconclusive")
    assert len(report["scenarios"]) >= 30


def test_progress_is_shown_on_a_terminal_only():
    command = [MIPVET, "run", str(SCENARIOS / "mip4")]
    quiet = subprocess.run(command, capture_output=True, cwd=SOURCE, check=True)
    assert quiet.stderr == b""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, cwd=SOURCE) as run:
        os.close(theirs)
        text = b""
        try:
            while piece := os.read(ours, 4096):
                text += piece
        except OSError:  # the other end is closed
            pass
    os.close(ours)
    assert b"/44 mip4/" in text or b" mip4/" in text
    assert text.endswith(b"\r\x1b[K")


def test_a_reader_that_goes_away_is_no_crash():
    with subprocess.Popen([MIPVET, "rules"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          cwd=SOURCE) as rules:
        rules.stdout.readline()
        rules.stdout.close()
        assert rules.stderr.read() == b""
    assert rules.returncode in (0, -signal.SIGPIPE)
