"""The HTML report in headless Chromium, made by the program as its users make it.

Needs chromium, node and npm; playwright-core, which drives the browser, is installed from npm into
MIPVET_NODE_PACKAGES, where the test does not find it there.
"""

import json
import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from program import SCENARIOS, SOURCE, mipvet

# Newer ones need a newer node than Debian 12 has.
PLAYWRIGHT = "playwright-core@1.56.1"
NODE_PACKAGES = Path(os.environ["MIPVET_NODE_PACKAGES"])
CHROMIUM = shutil.which("chromium")

pytestmark = pytest.mark.skipif(not (CHROMIUM and shutil.which("npm")),
                                reason="needs chromium and npm: ci/install test")

DEVIATIONS = ["MIPP-2.2.1-13", "MIPP-2.1-02", "MIPP-2.3.1-11"]


@pytest.fixture(scope="session")
def node_modules():
    modules = NODE_PACKAGES / "node_modules"
    if not (modules / "playwright-core").is_dir():
        NODE_PACKAGES.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", NODE_PACKAGES,
                        PLAYWRIGHT], check=True, timeout=300, cwd=NODE_PACKAGES)
    return modules


@pytest.fixture(scope="session")
def browser(node_modules):
    """Does one of html/test/checks.mjs with a report; what the check has to know is `told`."""
    def check(name, report, told=None):
        result = subprocess.run(
            ["node", SOURCE / "reports" / "html" / "test" / "checks.mjs", name, report],
            input=json.dumps(told), capture_output=True, text=True, timeout=300,
            env={**os.environ, "CHROMIUM": CHROMIUM, "MIPVET_NODE_MODULES": str(node_modules)})
        print(result.stdout)
        assert result.returncode == 0, result.stdout + result.stderr
    return check


@pytest.fixture(scope="session")
def campaign(tmp_path_factory):
    """A campaign with failures: the proxy deviates in three ways. The report, and its JSON."""
    directory = tmp_path_factory.mktemp("campaign")
    deviations = [word for one in DEVIATIONS for word in ("--deviate", f"mipp:{one}")]
    result = mipvet("run", SCENARIOS / "mipp", *deviations, "--report",
                    f"html:{directory / 'report.html'}", "--report", f"json:{directory / 'report.json'}")
    assert result.returncode == 1, result.stderr
    return directory / "report.html", json.loads((directory / "report.json").read_text())


@pytest.mark.parametrize("check", ["opens", "two_clicks", "filters", "expands", "ladder", "keyboard",
                                   "themes", "widths", "print", "policy"])
def test_the_report_of_a_campaign_with_failures(browser, campaign, check):
    browser(check, *campaign)


def test_known_failures_stand_apart(browser, tmp_path):
    known = {"requirement": "MIPP-2.2.1-13", "node": "mipp", "scenarios": ["mipp/s-bit"],
             "reason": "ticket 4711"}
    (tmp_path / "known.json").write_text(json.dumps({"baseline": "a proxy", "known": [known]}))
    report = tmp_path / "report.html"
    result = mipvet("run", SCENARIOS / "mipp" / "s-bit.json", "--deviate", "mipp:MIPP-2.2.1-13",
                    "--expect", tmp_path / "known.json", "--report", f"html:{report}")
    assert result.returncode == 0, result.stdout + result.stderr
    browser("known", report, known)


def decoded(capture, first, last):
    lines = mipvet("decode", "--json", capture).stdout.splitlines()[first:last]
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("scenario, first, last", [("mipp/data", 8, 60), ("mipp/icmp-202-port", 8, 60),
                                                   ("mobike/attach-outside-behind-nat", 8, 70)])
def test_the_page_takes_frames_apart_as_the_decoder_does(browser, tmp_path, scenario, first, last):
    """Registrations, tunnels and quotes; IKE and ESP too, decrypted by the run's keys."""
    result = mipvet("run", SCENARIOS / f"{scenario}.json", "--captures", tmp_path, "--report",
                    f"html:{tmp_path / 'report.html'}")
    assert result.returncode == 0, result.stdout + result.stderr
    capture = tmp_path / (scenario.replace("/", "-") + ".pcapng")
    browser("dissection", tmp_path / "report.html",
            {"scenario": scenario, "frames": decoded(capture, first, last)})


@pytest.mark.parametrize("scenario, carriers, nests", [
    ("mipp/data", "ipv4/ipv4", ["IP in IP"]),
    ("mipp/data-behind-nat", "ipv4/udp/udp-tunnel-data/ipv4", ["IP in UDP"]),
    ("mobike/attach-outside", "ipv4/esp/ipv4/ipv4", ["ESP", "IP in IP"]),
    ("mobike/attach-outside-behind-nat", "ipv4/udp/esp/ipv4/udp", ["ESP in UDP"]),
])
def test_tunnels_are_nested(browser, tmp_path, scenario, carriers, nests):
    mipvet("run", SCENARIOS / f"{scenario}.json", "--captures", tmp_path, "--report",
           f"html:{tmp_path / 'report.html'}")
    capture = tmp_path / (scenario.replace("/", "-") + ".pcapng")

    def path(frame):
        return "/".join(layer["name"] for layer in frame["layers"]
                        if not layer["extension"] and not layer["quote"])
    frame = next(frame for frame in decoded(capture, 0, None)
                 if path(frame).startswith(f"ethernet/{carriers}/"))
    browser("tunnels", tmp_path / "report.html",
            {"frame": {"scenario": scenario, "frame": frame["frame"], "link": frame["link"]},
             "nests": nests})


def test_markup_in_names_and_octets_is_text(browser, tmp_path):
    """In a title, in a NAI that goes over the wire, in the name of a capture."""
    markup = "</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1><!--"
    scenario = json.loads((SCENARIOS / "mipp" / "nai.json").read_text())
    scenario["title"] = markup
    scenario["network"] = str(SCENARIOS / "networks" / "dmz.json")
    scenario["network_patch"]["nodes"]["mn"]["nai"] = markup
    (tmp_path / "hostile.json").write_text(json.dumps(scenario))
    report = tmp_path / "run.html"
    mipvet("run", tmp_path / "hostile.json", "--captures", tmp_path, "--report", f"html:{report}")
    assert markup not in report.read_text()
    browser("hostile", report, markup)

    capture = tmp_path / "<img src=x onerror=window.pwned=1>.pcapng"
    (tmp_path / "mipp-nai.pcapng").rename(capture)
    result = mipvet("check", capture, "--network", tmp_path / "mipp-nai.network.json", "--report",
                    f"html:{report}")
    assert result.returncode in (0, 3), result.stderr
    browser("hostile", report, capture.stem)


def test_nothing_of_the_page_makes_markup_of_text():
    for source in (SOURCE / "reports" / "html" / "js").glob("*.js"):
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                     "Function(", "DOMParser", "srcdoc"):
            assert word not in source.read_text(), f"{word} in {source.name}"


def long_capture(path, source, count):
    """`count` frames: those of a pcapng file as CaptureWriter makes them, over and over."""
    octets = source.read_bytes()
    head, packets, at = b"", [], 0
    while at < len(octets):
        kind, length = struct.unpack_from("<II", octets, at)
        block = octets[at:at + length]
        if kind == 6:
            packets.append(block)
        else:
            head += block
        at += length
    times = [(high << 32) + low for high, low in (struct.unpack_from("<II", p, 12) for p in packets)]
    lap = times[-1] - times[0] + 1_000_000_000
    with path.open("wb") as file:
        file.write(head)
        for number in range(count):
            which = number % len(packets)
            time = times[which] + number // len(packets) * lap
            block = bytearray(packets[which])
            struct.pack_into("<II", block, 12, time >> 32, time & 0xFFFFFFFF)
            file.write(block)


def test_a_capture_of_ten_thousand_frames_is_quick(browser, tmp_path):
    mipvet("run", SCENARIOS / "mipp" / "data.json", "--captures", tmp_path)
    long_capture(tmp_path / "long.pcapng", tmp_path / "mipp-data.pcapng", 10_000)
    report = tmp_path / "long.html"
    mipvet("check", tmp_path / "long.pcapng", "--network", tmp_path / "mipp-data.network.json",
           "--report", f"html:{report}")
    print(f"{report.stat().st_size / 1e6:.1f} MB")
    assert report.stat().st_size < 6_000_000
    browser("thousands", report, {"frames": 10_000, "opened_ms": 5000})


def test_five_hundred_scenarios_are_quick(browser, tmp_path):
    (tmp_path / "networks").symlink_to(SCENARIOS / "networks")
    sources = sorted((SCENARIOS / "mipp").glob("*.json"))
    for number in range(500):
        source = sources[number % len(sources)]
        directory = tmp_path / f"copy{number // len(sources)}"
        directory.mkdir(exist_ok=True)
        scenario = json.loads(source.read_text())
        scenario["scenario"] = f"{directory.name}/{source.stem}"
        (directory / source.name).write_text(json.dumps(scenario))
    report = tmp_path / "many.html"
    mipvet("run", *sorted(tmp_path.glob("copy*")), "-j", "2", "--deviate", "mipp:MIPP-2.2.1-13",
           "--report", f"html:{report}")
    print(f"{report.stat().st_size / 1e6:.1f} MB")
    assert report.stat().st_size < 20_000_000
    browser("hundreds", report, {"scenarios": 500, "opened_ms": 5000})


def test_a_pipe_cannot_be_read_twice(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    result = mipvet("check", tmp_path / "pipe", "--network", SCENARIOS / "networks" / "dmz.json",
                    "--report", f"html:{tmp_path / 'report.html'}")
    assert result.returncode == 2
    assert "reads it twice; right: a capture that is a file" in result.stderr
