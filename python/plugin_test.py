"""The pytest plugin: scenario files are tests, fixtures work, failures show the ladder."""

import json
import os
import shutil
from pathlib import Path

SOURCE = Path(os.environ["MIPVET_SOURCE_DIR"])
pytest_plugins = ["pytester"]


def scenario(pytester, name, **changes):
    document = json.loads((SOURCE / "scenarios/mipp/register-through-fa.json").read_text())
    document.update(network=str(SOURCE / "scenarios/networks/dmz.json"), scenario=name, **changes)
    (pytester.path / f"{name}.scenario.json").write_text(json.dumps(document))


def run(pytester, *arguments):
    """The plugin is found by the package's entry point."""
    return pytester.runpytest_subprocess(*arguments)


def test_scenario_files_are_tests(pytester):
    scenario(pytester, "good")
    run(pytester).assert_outcomes(passed=1)


def test_a_failure_shows_reason_and_ladder(pytester):
    scenario(pytester, "waits", proves=[], script=[
        {"node": "mn", "do": "attach", "link": "visited"},
        {"within": 3, "expect": {"link": "private", "from": "ha", "message": "registration-reply",
                                 "fields": {"code": 77}}}])
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*waits: inconclusive: *code*", "*private*registration-reply*"])


def test_a_bad_file_is_told_in_one_line(pytester):
    (pytester.path / "bad.scenario.json").write_text("{")
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*bad.scenario.json*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_fixtures(pytester):
    shutil.copy(SOURCE / "scenarios/networks/dmz.json", pytester.path / "net.json")
    pytester.makepyfile('''
        import pytest
        pytestmark = pytest.mark.network("net.json")

        def test_network(network):
            assert "mipp" in network.nodes

        @pytest.mark.simulation(seed=3)
        def test_simulation(simulation):
            simulation.command("mn", "attach", link="visited")
            assert simulation.until("registration-reply", sender="fa")["code"] == 0

        def test_failing(simulation):
            simulation.command("mn", "attach", link="visited")
            simulation.until("registration-reply", sender="fa")
            assert False

        def test_iut(iut):
            pass
    ''')
    result = run(pytester, "--strict-markers")
    result.assert_outcomes(passed=2, failed=1, skipped=1)
    result.stdout.fnmatch_lines(["*mipvet: the simulation*", "*registration-reply*"])
