"""README's Python section runs as written."""

import os
import re
from pathlib import Path

SOURCE = Path(os.environ["MIPVET_SOURCE_DIR"])


def test_the_python_section_runs_as_written(tmp_path, monkeypatch):
    text = (SOURCE / "README.md").read_text()
    section = re.search(r"\n## Python\n(.*?)\n## ", text, re.S).group(1)
    code = "".join(line[4:] + "\n" if line.startswith("    ") else "\n"
                   for line in section.split("\n")
                   if not line.startswith("    $ "))
    assert "import mipvet" in code
    for folder in ("scenarios", "pcaps"):
        (tmp_path / folder).symlink_to(SOURCE / folder)
    monkeypatch.chdir(tmp_path)
    program = compile(code, "README.md", "exec")
    exec(program, {"__name__": "readme"})  # its assertions are the test
