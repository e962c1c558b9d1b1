"""pytest: collects `*.scenario.json` as tests and gives fixtures.

A file is a scenario as `mipvet run` takes it; its test fails with the verdict, what was broken, and the
ladder of the run. Options: --mipvet-iut FILE, --mipvet-live, --mipvet-seed N, --mipvet-strict,
--mipvet-expect FILE.

Fixtures: `network`, the network that a test's `@pytest.mark.network(path_or_document)` names; `simulation`,
a `mipvet.Simulation` of it (`@pytest.mark.simulation(seed=2, deviations={...}, roles={...}, rules=[...])`),
whose ladder is in the report of a test that fails; `iut`, the file of --mipvet-iut, without which the test
is skipped. Paths are relative to the test's file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator, Optional

import pytest

import mipvet


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mipvet")
    group.addoption("--mipvet-iut", metavar="FILE", help="implementations under test (implies live)")
    group.addoption("--mipvet-live", action="store_true",
                    help="run scenarios between network namespaces (root)")
    group.addoption("--mipvet-seed", type=int, default=1, help="of everything random")
    group.addoption("--mipvet-strict", action="store_true", help="a broken SHOULD fails")
    group.addoption("--mipvet-expect", metavar="FILE",
                    help="known failures, which fail nothing; one that passes does")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "network(source): the network of the fixtures, a path or document")
    config.addinivalue_line("markers", "simulation(**options): arguments of mipvet.Simulation")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Optional[pytest.Collector]:
    if file_path.name.endswith(".scenario.json"):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        yield ScenarioItem.from_parent(self, name=self.path.name[:-len(".scenario.json")])


class Nonconformance(Exception):
    """A scenario did not pass."""


class ScenarioItem(pytest.Item):
    def runtest(self) -> None:
        options = self.config.option
        result = mipvet.run(self.path, live=options.mipvet_live, iut=options.mipvet_iut,
                            seed=options.mipvet_seed, strict=options.mipvet_strict,
                            expect=options.mipvet_expect, keep_frames=True)
        if result.verdict == "not-applicable":
            pytest.skip(result.reason)
        if not result.passed:
            raise Nonconformance(told(result))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, (Nonconformance, mipvet.InputError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"scenario: {self.name}"


def told(result: mipvet.Result) -> str:
    """Verdict, what was broken, and the ladder."""
    lines = [f"{result.id}: {result.verdict}: {result.reason}"]
    lines += [str(finding) for finding in result.findings if finding.broken]
    return "\n".join([*lines, "", mipvet.ladder(result.frames, result.findings)])


@pytest.fixture
def network(request: pytest.FixtureRequest) -> mipvet.Network:
    """The network that the mark `network` names."""
    mark = request.node.get_closest_marker("network")
    if mark is None or not mark.args:
        raise pytest.UsageError(
            f"{request.node.nodeid}: no network; must have @pytest.mark.network(path or document)")
    source = mark.args[0]
    if isinstance(source, (str, Path)):
        source = request.path.parent / source
    return mipvet.Network(source)


@pytest.fixture
def simulation(request: pytest.FixtureRequest, network: mipvet.Network) -> mipvet.Simulation:
    """A simulation of the network."""
    mark = request.node.get_closest_marker("simulation")
    made = mipvet.Simulation(network, **(mark.kwargs if mark else {}))
    request.node._mipvet_simulation = made
    return made


@pytest.fixture
def iut(request: pytest.FixtureRequest) -> mipvet.Iut:
    """The implementations under test."""
    path = request.config.option.mipvet_iut
    if path is None:
        pytest.skip("no implementation under test; --mipvet-iut FILE names one")
    return mipvet.Iut(path)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()
    made = getattr(item, "_mipvet_simulation", None)
    if made is not None and report.when == "call" and report.failed:
        report.sections.append(("mipvet: the simulation",
                                mipvet.ladder(made.frames, made.findings)))
