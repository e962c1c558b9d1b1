"""What the tests of the golden captures share: where they are, how mipvet reads their frames.

Needs MIPVET (the program) in the environment.
"""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MIPVET = os.environ["MIPVET"]
PCAPS = Path(__file__).resolve().parent
SOURCE = PCAPS.parent
CAPTURES = sorted(PCAPS.glob("*/*.pcapng"))
# Frames that the tester itself puts on a link: scenarios malform them on purpose.
TESTER = "02:00:00:00:ff:ff"


def name(capture):
    """The capture's scenario: mipp/register-through-fa."""
    return f"{capture.parent.name}/{capture.stem}"


def beside(capture, kind):
    """A capture's network or expectation, as JSON."""
    return json.loads(capture.with_suffix(f".{kind}.json").read_text())


def mipvet(*arguments, cwd=None):
    return subprocess.run([MIPVET, *map(str, arguments)], capture_output=True, text=True, cwd=cwd,
                          check=False, stdin=subprocess.DEVNULL)


def decode(capture):
    """Each frame as `mipvet decode --json` tells it (the shape: reports/packet_json.h)."""
    result = mipvet("decode", "--json", capture)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def sender(frame):
    return frame["layers"][0]["fields"]["source"]["value"]


def is_of_other_witnesses(frame):
    """DHCP, IKE and ESP: dhcp_witness_test.py and ike_witness_test.py look at these."""
    ports = {layer["fields"][field]["value"] for layer in frame["layers"] if layer["name"] == "udp"
             for field in ("source_port", "destination_port")}
    return bool(ports & {67, 68, 500, 4500}) or "esp" in {layer["name"] for layer in frame["layers"]}


def for_each(function, captures):
    """The results of a function that waits for another process, in the captures' order."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(function, captures))
