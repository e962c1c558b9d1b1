"""Live in network namespaces: the same findings as simulated, as from our capture of the run, and as
from tcpdump's."""

import json
import os
import subprocess

import pytest

from program import SCENARIOS, mipvet, needs_root, report_of

pytestmark = needs_root


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    report = tmp_path_factory.mktemp("simulated") / "report.json"
    result = mipvet("run", SCENARIOS, "--report", f"json:{report}")
    assert result.returncode == 0, result.stdout + result.stderr
    return report_of(report)


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    directory = tmp_path_factory.mktemp("live")
    result = mipvet("run", SCENARIOS, "--live", "-j", "16", "--captures", directory, "--tcpdump",
                    directory, "--report", f"json:{directory}/report.json")
    assert result.returncode == 0, result.stdout + result.stderr
    return directory


def stem(scenario):
    return scenario.replace("/", "-")


def test_the_simulated_run_finds_the_same(simulated, live):
    differences = {}
    for scenario, findings in report_of(live / "report.json").items():
        if difference := findings ^ simulated[scenario]:
            differences[scenario] = sorted(difference)
    assert not differences, json.dumps(differences, indent=1)


def test_its_own_capture_gives_the_same(live):
    for scenario, findings in report_of(live / "report.json").items():
        out = live / "check.json"
        checked = mipvet("check", live / f"{stem(scenario)}.pcapng", "--report", f"json:{out}")
        assert checked.returncode in (0, 3), f"{scenario}: {checked.stdout}{checked.stderr}"
        assert next(iter(report_of(out).values())) == findings, scenario


def test_the_captures_of_tcpdump_give_the_same(live):
    for scenario, findings in report_of(live / "report.json").items():
        network = live / f"{stem(scenario)}.network.json"
        links = json.loads(network.read_text())["links"]
        out = live / "tcpdump.json"
        checked = mipvet("check", *(f"{link}={live}/{stem(scenario)}.{link}.pcap" for link in links),
                         "--network", network, "--report", f"json:{out}")
        assert checked.returncode in (0, 3), f"{scenario}: {checked.stdout}{checked.stderr}"
        assert next(iter(report_of(out).values())) == findings, scenario


def test_no_namespace_is_left(live):
    names = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    ours = [line.split()[0] for line in names.stdout.splitlines() if line.startswith("mipvet-")]
    assert not [name for name in ours if not os.path.exists(f"/proc/{name.split('-')[1]}")]
