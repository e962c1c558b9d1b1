"""Whatever is wrong with what it is given: one line that says where, and exit status 2."""

import json
import os
import random
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

import pytest

from program import MIPVET, SCENARIOS, SOURCE, mipvet, needs_root

NETWORK = SCENARIOS / "networks" / "dmz.json"


def complaint(result):
    """The one line of a run that was given something bad."""
    assert result.returncode == 2, f"{result.returncode}: {result.stdout}{result.stderr}"
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("mipvet: "), result.stderr
    return lines[0]


COMMAND_LINES = {
    "missing file": (["run", "nowhere.json"], "nowhere.json"),
    "directory without scenarios": (["run", "engine/wire"], "engine/wire"),
    "missing capture": (["check", "nowhere.pcapng", "--network", NETWORK], "nowhere.pcapng"),
    "capture that is a directory": (["check", "scenarios", "--network", NETWORK], "scenarios"),
    "capture without network": (["check", "README.md"], "--network"),
    "network that is a directory": (["check", "x.pcap", "--network", "scenarios"], "scenarios"),
    "unknown verb": (["frobnicate"], ""),
    "no verb": ([], ""),
    "unknown option": (["run", "scenarios", "--frobnicate"], "--frobnicate"),
    "no number": (["run", "scenarios", "-j", "many"], "many"),
    "too many jobs": (["run", "scenarios", "-j", "100000"], "100000"),
    "unknown report": (["run", "scenarios/mipp", "--report", "yaml:x"], "yaml:x"),
    "report without file": (["run", "scenarios/mipp", "--report", "json:"], "json:"),
    "filter without match": (["run", "scenarios/mipp", "--filter", "zzz"], "zzz"),
    "unknown requirement": (["rules", "MIPP-9.9-99"], "MIPP-9.9-99"),
    "unknown draft": (["coverage", "--draft", "NOPE"], "NOPE"),
    "unknown node": (["run", "scenarios/mipp/s-bit.json", "--deviate", "xx:MIPP-2.2.1-13"], "xx"),
    "deviation without node": (["run", "scenarios/mipp/s-bit.json", "--deviate", "MIPP-2.2.1-13"],
                               "NODE:ID"),
    "unknown deviation": (["run", "scenarios/mipp/s-bit.json", "--deviate", "mipp:MIPP-0"],
                          "MIPP-0"),
    "unwritable report": (["run", "scenarios/mipp/s-bit.json", "--report", "json:/nowhere/x.json"],
                          "/nowhere/x.json"),
    "captures below a file": (["run", "scenarios/mipp/s-bit.json", "--captures", "README.md/x"],
                              "README.md/x"),
    "mutants without match": (["mutants", "--filter", "zzz"], "zzz"),
    "unknown role": (["act", "postman", "--network", NETWORK, "--node", "mn", "--attach",
                      "visited=if:lo"], "postman"),
    "role of another": (["act", "home-agent", "--network", NETWORK, "--node", "mn", "--attach",
                         "visited=if:lo"], "mn"),
    "unknown node to act": (["act", "home-agent", "--network", NETWORK, "--node", "nobody",
                             "--attach", "home=if:lo"], "nobody"),
    "attached to no link": (["act", "home-agent", "--network", NETWORK, "--node", "ha", "--attach",
                             "moon=if:lo"], "moon"),
    "attached to nothing": (["act", "home-agent", "--network", NETWORK, "--node", "ha", "--attach",
                             "home=if:nodevice0"], "nodevice0"),
    "attached badly": (["act", "home-agent", "--network", NETWORK, "--node", "ha", "--attach",
                        "home"], "home"),
    "missing IUT file": (["run", "scenarios/mipp/s-bit.json", "--iut", "nowhere.json"],
                         "nowhere.json"),
    "missing baseline": (["run", "scenarios/mipp/s-bit.json", "--expect", "nowhere.json"],
                         "nowhere.json"),
    "baseline that is a scenario": (["run", "scenarios/mipp/s-bit.json", "--expect",
                                     "scenarios/mipp/s-bit.json"], "s-bit.json"),
    "shard zero": (["run", "scenarios/mipp", "--shard", "0/3"], "0/3"),
    "shard beyond": (["run", "scenarios/mipp", "--shard", "4/3"], "4/3"),
    "shard without slash": (["run", "scenarios/mipp", "--shard", "3"], "--shard 3"),
    "shard and more": (["run", "scenarios/mipp", "--shard", "1/3x"], "1/3x"),
    "too many shards": (["run", "scenarios/mipp", "--shard", "1/1001"], "1/1001"),
    "merge of nothing": (["merge"], "reports"),
    "merge of a scenario": (["merge", "scenarios/mipp/s-bit.json"], "s-bit.json"),
    "lint of nothing": (["lint", "nowhere"], "nowhere"),
    "decode of no capture": (["decode", "README.md"], "README.md"),
}


@pytest.mark.parametrize("name", COMMAND_LINES)
def test_bad_command_lines(name):
    arguments, named = COMMAND_LINES[name]
    assert named in complaint(mipvet(*arguments))


TEXTS = {
    "empty": b"", "blank": b"\n", "open": b"{", "array": b"[1,2", "no object": b"[]",
    "no UTF-8": b"\xff\xfe", "twice": b'{"scenario":"x","scenario":"y"}', "deep": b"[" * 5000,
    "deeper": b'{"a":' * 200000, "huge number": b'{"network": 1e999}',
    "many digits": b'{"spi": ' + b"9" * 5000 + b"}", "NUL": b'{"a": "\x00"}',
    "trailing": b"{} {}", "comment": b"// no\n{}",
}


@pytest.mark.parametrize("kind", ["scenario", "network", "iut", "baseline", "report"])
@pytest.mark.parametrize("name", TEXTS)
def test_files_that_are_no_json_of_ours(kind, name, tmp_path):
    path = tmp_path / "bad.json"
    path.write_bytes(TEXTS[name])
    if kind == "scenario":
        result = mipvet("run", path)
    elif kind == "network":
        result = mipvet("check", "README.md", "--network", path)
    elif kind == "report":
        result = mipvet("merge", path)
    elif kind == "baseline":
        result = mipvet("run", SCENARIOS / "mipp" / "s-bit.json", "--expect", path)
    else:
        result = mipvet("run", SCENARIOS / "mipp" / "s-bit.json", "--iut", path)
    assert "bad.json" in complaint(result)


def every_place(value, path=()):
    """Each (path, value) of a JSON document."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from every_place(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from every_place(inner, (*path, index))


def replaced(document, path, new):
    document = json.loads(json.dumps(document))
    if not path:
        return new
    here = document
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = new
    return document


def seldom(cases, seed, most=120):
    chosen = list(cases)
    random.Random(seed).shuffle(chosen)
    return chosen[:most]


STRANGE = [None, True, -1, 2**70, 1.5, "", "nobody.nowhere", "$self", [], {}, [[]], {"": 0}]


def wrong_documents(path, seed):
    document = json.loads(path.read_text())
    for place, value in every_place(document):
        for strange in STRANGE:
            if type(strange) is not type(value) or strange in ("", "nobody.nowhere", -1, 2**70):
                yield place, strange, replaced(document, place, strange)


@pytest.mark.parametrize("file", ["scenarios/mipp/s-bit.json", "scenarios/networks/dmz.json",
                                  "scenarios/iuts/mip-proxy-behind-nat.json"])
def test_wrong_types_names_and_numbers(file, tmp_path):
    """Refused with a line that names the file, or (a free text, say) fine; nothing else."""
    shutil.copytree(SCENARIOS, tmp_path / "scenarios")
    path = tmp_path / file
    refused = 0
    for place, strange, document in seldom(wrong_documents(SOURCE / file, 1), 1):
        path.write_text(json.dumps(document))
        command = ["lint", path]
        if "iuts" in file:
            command = ["run", tmp_path / "scenarios/mipp/s-bit.json", "--iut", path, "--filter",
                       "none/*"]
        result = mipvet(*command)
        if result.returncode == 2:
            line = result.stderr.strip().splitlines()
            assert len(line) >= 1 and path.name in result.stderr or "none/*" in result.stderr, \
                f"{place} = {strange}: {result.stderr}"
            refused += path.name in result.stderr
        else:
            assert result.returncode in (0, 1), f"{place} = {strange}: {result.stderr}"
    assert refused > 20


def test_what_is_unknown_is_told_with_what_is_known(tmp_path):
    shutil.copytree(SCENARIOS, tmp_path / "scenarios")
    path = tmp_path / "scenarios/mipp/s-bit.json"
    document = json.loads(path.read_text())
    document["script"][0]["node"] = "nm"
    path.write_text(json.dumps(document))
    line = complaint(mipvet("run", path))
    assert "/script/0" in line and "mn" in line


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    directory = tmp_path_factory.mktemp("capture")
    result = mipvet("run", SCENARIOS / "mipp" / "register-through-fa.json", "--captures", directory)
    assert result.returncode == 0, result.stderr
    return directory / "mipp-register-through-fa.pcapng"


def frames_of(capture):
    """(time in ns, octets) of each enhanced packet block of our own captures."""
    data, at, frames = capture.read_bytes(), 0, []
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == 6:
            interface, high, low, size, _ = struct.unpack_from("<IIIII", data, at + 8)
            frames.append((interface, (high << 32) | low, data[at + 28:at + 28 + size]))
        at += length
    return frames


def pcap(frames):
    """A pcap file of nanoseconds."""
    parts = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1)]
    for time, octets in frames:
        parts.append(struct.pack("<IIII", time // 10**9, time % 10**9, len(octets), len(octets)))
        parts.append(octets)
    return b"".join(parts)


def judged(path, capture):
    """Judged, whatever is found: frames come from the wire and may hold anything."""
    network = capture.with_suffix(".network.json")
    result = mipvet("check", f"public={path}", "--network", network)
    assert result.returncode in (0, 1, 3), f"{result.returncode}: {result.stdout}{result.stderr}"
    assert result.stderr == ""


def test_frames_cut_at_every_length(capture, tmp_path):
    path = tmp_path / "cut.pcap"
    cut = [(time, octets[:size]) for _, time, octets in frames_of(capture)
           for size in range(len(octets) + 1)]
    assert len(cut) > 1000
    path.write_bytes(pcap(cut))
    judged(path, capture)


def test_frames_with_flipped_bits(capture, tmp_path):
    source = random.Random(7)
    flipped = []
    for _, time, octets in frames_of(capture):
        for _ in range(200):
            spoiled = bytearray(octets)
            for _ in range(source.choice([1, 1, 2, 8])):
                spoiled[source.randrange(len(spoiled))] ^= 1 << source.randrange(8)
            flipped.append((time, bytes(spoiled)))
    path = tmp_path / "flipped.pcap"
    path.write_bytes(pcap(flipped))
    judged(path, capture)


def test_frames_of_random_octets(capture, tmp_path):
    source = random.Random(11)
    noise = [(10**18 + i, source.randbytes(source.randrange(200))) for i in range(5000)]
    path = tmp_path / "noise.pcap"
    path.write_bytes(pcap(noise))
    judged(path, capture)


def test_captures_cut_anywhere(capture, tmp_path):
    data = capture.read_bytes()
    network = capture.with_suffix(".network.json")
    path = tmp_path / "cut.pcapng"
    for size in range(1, len(data), max(1, len(data) // 60)):
        path.write_bytes(data[:size])
        result = mipvet("check", path, "--network", network)
        assert result.returncode in (0, 2, 3), f"{size}: {result.stderr}"
        if result.returncode == 2:
            assert "cut.pcapng" in complaint(result)


def test_captures_of_random_octets(capture, tmp_path):
    network = capture.with_suffix(".network.json")
    source = random.Random(3)
    heads = [b"", capture.read_bytes()[:200], pcap([])]
    for index in range(60):
        path = tmp_path / "noise"
        path.write_bytes(heads[index % 3] + source.randbytes(source.randrange(600)))
        result = mipvet("check", path, "--network", network)
        assert result.returncode in (0, 2, 3), result.stderr
        if result.returncode == 2:
            assert "noise" in complaint(result)


def as_nobody(program, *arguments):
    """By a user without any rights, in a network namespace that has interfaces."""
    command = ["unshare", "--net", "sh", "-c",
               'ip link add veth0 up type veth peer name veth1; ip link set veth1 up; '
               'exec setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all "$@"', "sh", program, *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60,
                          cwd="/", stdin=subprocess.DEVNULL)


@pytest.fixture
def open_path():
    """A directory that everybody can reach, unlike pytest's own, with the program in it."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        shutil.copy(MIPVET, name)
        yield Path(name)


@needs_root
def test_without_rights(open_path):
    scenarios = open_path / "scenarios"
    program = open_path / "mipvet"
    shutil.copytree(SCENARIOS, scenarios)
    line = complaint(as_nobody(program, "run", scenarios / "mipp/s-bit.json", "--live"))
    assert "root" in line
    network = scenarios / "networks/dmz.json"
    line = complaint(as_nobody(program, "act", "home-agent", "--network", network, "--node",
                               "ha", "--attach", "home=if:veth0", "--attach", "private=if:veth1"))
    assert "root" in line or "CAP_NET" in line
    line = complaint(as_nobody(program, "act", "home-agent", "--network", network, "--node",
                               "ha", "--attach", "home=tap:tap7", "--attach", "private=tap:tap8"))
    assert "root" in line or "CAP_NET" in line
    secret = open_path / "secret.pcap"
    secret.write_bytes(pcap([]))
    secret.chmod(0o600)
    line = complaint(as_nobody(program, "check", f"home={secret}", "--network", network))
    assert "secret.pcap" in line and "ermission" in line
