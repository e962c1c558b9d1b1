"""The program as its users run it, for the tests of this folder.

Needs MIPVET (the program) and MIPVET_SOURCE_DIR in the environment; live tests need root.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

MIPVET = os.environ["MIPVET"]
SOURCE = Path(os.environ["MIPVET_SOURCE_DIR"])
SCENARIOS = SOURCE / "scenarios"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


def mipvet(*arguments, timeout=900, **options):
    return subprocess.run([MIPVET, *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout, cwd=SOURCE, stdin=subprocess.DEVNULL, **options)


def report_of(path):
    """By scenario: what was found, as (requirement, node, verdict)."""
    scenarios = json.loads(Path(path).read_text())["scenarios"]
    return {s["id"]: {(f["requirement"], f["node"], f["verdict"]) for f in s["findings"]}
            for s in scenarios}


def failures(findings):
    return {(requirement, node) for requirement, node, verdict in findings if verdict == "fail"}


def iut_file(directory, old, new):
    """The IUT file of the proxy behind a NAT, with its start command changed."""
    text = (SCENARIOS / "iuts" / "mip-proxy-behind-nat.json").read_text()
    assert old in text
    path = Path(directory) / "iut.json"
    path.write_text(text.replace(old, new))
    return path
