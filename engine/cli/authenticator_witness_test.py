"""Witnesses that are not ours: tshark reads the captures, hashlib recomputes the authenticators."""

import hashlib
import hmac
import json
import os
import subprocess
from pathlib import Path

import pytest

MIPVET = os.environ["MIPVET"]
SOURCE = Path(os.environ["MIPVET_SOURCE_DIR"])
TESTER = "02:00:00:00:ff:ff"


@pytest.fixture(scope="module")
def captures(tmp_path_factory):
    directory = tmp_path_factory.mktemp("captures")
    subprocess.run([MIPVET, "run", SOURCE / "scenarios", "--captures", directory], check=True,
                   capture_output=True, cwd=SOURCE)
    return sorted(directory.glob("*.pcapng"))


def fields(capture, names, display="mip && !icmp.type == 3"):
    command = ["tshark", "-r", capture, "-Y", display, "-T", "fields", "-E", "separator=|"]
    for name in names:
        command += ["-e", name]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line.split("|") for line in text.splitlines()]


def test_tshark_finds_nothing_malformed_that_we_sent(captures):
    for capture in captures:
        marked = fields(capture, ["frame.number", "eth.src"],
                        f"_ws.malformed && eth.src != {TESTER}")
        assert marked == [], f"{capture.name}: {marked}"


def test_tshark_agrees_on_every_field(captures):
    ours = {"mip.life": "lifetime", "mip.homeaddr": "home_address", "mip.haaddr": "home_agent",
            "mip.coa": "care_of_address", "mip.code": "code"}
    compared = 0
    for capture in captures:
        listed = fields(capture, ["frame.number", "eth.src", *ours])
        text = subprocess.run([MIPVET, "decode", "--brief", capture], check=True,
                              capture_output=True, text=True).stdout
        lines = {line.split(" ", 1)[0]: line for line in text.splitlines()}
        for number, source, *values in listed:
            if source == TESTER:
                continue
            words = lines[number].split()
            for name, value in zip(ours.values(), values):
                if value == "" or name not in words:
                    continue
                assert words[words.index(name) + 1] == value, f"{capture.name} frame {number}"
                compared += 1
    assert compared > 1000


def associations(capture):
    network = json.loads(capture.with_suffix("").with_suffix(".network.json").read_text()
                         if capture.suffix != ".pcapng"
                         else capture.with_suffix(".network.json").read_text())
    return {a["spi"]: bytes.fromhex(a["key"]) for a in network["security_associations"]}


def walk(message):
    """(type, offset, end) of each extension of a registration message."""
    at = 24 if message[0] == 1 else 20
    while at + 2 <= len(message):
        kind = message[at]
        if kind == 0:
            at += 1
            continue
        size = 4 + int.from_bytes(message[at + 2:at + 4], "big") if kind in (36, 38) \
            else 2 + message[at + 1]
        yield kind, at, at + size
        at += size


def test_hashlib_recomputes_every_authenticator(captures):
    checked = 0
    for capture in captures:
        keys = associations(capture)
        for number, source, payload in fields(capture, ["frame.number", "eth.src", "udp.payload"],
                                              "udp.port == 434 && !icmp"):
            if source == TESTER or not payload:
                continue
            message = bytes.fromhex(payload.replace(":", ""))
            if message[0] not in (1, 3):
                continue
            for kind, start, end in walk(message):
                if kind not in (32, 33, 34):
                    continue
                spi = int.from_bytes(message[start + 2:start + 6], "big")
                expected = hmac.new(keys[spi], message[:start + 6], hashlib.md5).digest()
                assert message[start + 6:end] == expected, f"{capture.name} frame {number}"
                checked += 1
    assert checked > 500
