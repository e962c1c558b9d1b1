"""Installed by CMake and as a wheel, the package works without the tree that it was built in."""

import os
import subprocess
import sys
from pathlib import Path

BUILD = Path(os.environ["MIPVET_BUILD_DIR"])
SOURCE = Path(os.environ["MIPVET_SOURCE_DIR"])
USE = f"""
import mipvet, sys
assert mipvet.__file__.startswith(sys.argv[1]), mipvet.__file__
assert mipvet.run({str(SOURCE / "scenarios/mipp/register-through-fa.json")!r}).passed
from importlib.metadata import entry_points
assert [one.value for one in entry_points(group="pytest11", name="mipvet")]
"""


def use(directory):
    subprocess.run([sys.executable, "-c", USE, str(directory)], check=True, cwd="/",
                   env={**os.environ, "PYTHONPATH": str(directory)})


def test_installed_by_cmake(tmp_path):
    subprocess.run(["cmake", "--install", str(BUILD), "--component", "python", "--strip", "--prefix",
                    str(tmp_path)], check=True, capture_output=True)
    (package,) = tmp_path.glob("**/mipvet/__init__.py")
    use(package.parent.parent)


def test_as_a_wheel_without_a_network(tmp_path):
    tree, wheels, target = tmp_path / "tree", tmp_path / "wheels", tmp_path / "target"
    subprocess.run(["cmake", "--install", str(BUILD), "--component", "wheel", "--strip", "--prefix",
                    str(tree)],
                   check=True, capture_output=True)
    wheels.mkdir()
    subprocess.run([sys.executable, "-m", "wheel", "pack", "--dest-dir", str(wheels), str(tree)],
                   check=True, capture_output=True)
    (wheel,) = wheels.glob("mipvet-*-cp*.whl")
    subprocess.run([sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--target",
                    str(target), str(wheel)], check=True, capture_output=True)
    use(target)
