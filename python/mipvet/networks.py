"""Networks, scenarios and IUT files: as the program reads them, or made of Python objects."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Mapping, Optional, Union

from . import _engine
from .messages import Frame, dissect
from .rules import Rule

Path = Union[str, "os.PathLike[str]"]


def path_text(path: Optional[Path]) -> str:
    """As the engine takes it: empty where there is none."""
    return "" if path is None else os.fspath(path)


@dataclass(frozen=True)
class Node:
    """A declared node."""

    name: str
    role: str
    attachments: dict[str, tuple[str, Optional[str]]]  #: link: (MAC address, address/prefix length)
    home_address: Optional[str]


class Network:
    """A declared network: links, nodes with addresses, security associations.

    Network("dmz.json") loads a file, Network({...}) takes a document. Raises InputError.
    """

    def __init__(self, source: Union[Path, Mapping[str, Any]]):
        if isinstance(source, Mapping):
            self._engine = _engine.Network.from_json(json.dumps(source), "network")
        else:
            self._engine = _engine.Network.load(os.fspath(source))

    @classmethod
    def _of(cls, engine: Any) -> "Network":
        self = cls.__new__(cls)
        self._engine = engine
        return self

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def title(self) -> str:
        return self._engine.title

    @property
    def links(self) -> list[str]:
        return self._engine.links

    @property
    def nodes(self) -> dict[str, Node]:
        return {one["name"]: Node(**one) for one in self._engine.nodes}

    @property
    def document(self) -> dict[str, Any]:
        """The document that it was made of: a copy to change and make another of."""
        return json.loads(self._engine.document)

    def address(self, name: str) -> str:
        """Of "mipp.private" or "mn.home_address"."""
        return self._engine.address(name)

    def owner(self, address: str) -> Optional[str]:
        """The node that has an IPv4 address."""
        return self._engine.owner(address)


class Stage:
    """What a step written in Python may do at its moment of the run; afterwards it is over."""

    def __init__(self, engine: Any):
        self._engine = engine

    @property
    def time(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z, in the network's time."""
        return self._engine.now_ns / 1e9

    def send(self, link: str, frame: bytes) -> None:
        """Puts a frame on a link as it is: the tester's, where its source MAC address is its."""
        self._engine.send(link, bytes(frame))

    def command(self, node: str, verb: str, **arguments: Any) -> None:
        """What a JSON step does with "do": `stage.command("mn", "attach", link="visited")`."""
        self._engine.command(node, verb, json.dumps(arguments))

    def frame(self, name: str) -> Frame:
        """A frame that an earlier step named with "as". Raises CannotDo where it was not seen."""
        return dissect(self._engine.frame(name))


Step = Union[Mapping[str, Any], Callable[[Stage], None]]


class Scenario:
    """A scenario: Scenario("renewal.json") loads a file, Scenario({...}) takes a document.

    In the script of a document a step may be a function: it is called with the `Stage` when it is
    its turn, and what it asserts in vain is what did not go as the script says. "network" is a path
    from `directory`. "proves" may name rules of `rules`. Raises InputError.
    """

    def __init__(self, source: Union[Path, Mapping[str, Any]], *, rules: Iterable[Rule] = (),
                 directory: Path = ".", ics: Optional[Mapping[str, Any]] = None):
        self.rules = tuple(rules)
        declared = json.dumps(ics or {})
        if not isinstance(source, Mapping):
            self._engine = _engine.Scenario.load(os.fspath(source), declared)
            return
        document = {**source}
        document.setdefault("draft", "own")
        document.setdefault("section", "")
        own = {one.id: one for one in self.rules}
        proves = list(document.get("proves", []))
        document["proves"] = [one for one in proves if one not in own]
        script = list(document.get("script", []))
        document["script"] = [{"after": 0} if callable(step) else step for step in script]
        if isinstance(document.get("network"), os.PathLike):
            document["network"] = os.path.abspath(document["network"])
        base = os.path.join(os.fspath(directory), "scenario.json")
        self._engine = _engine.Scenario.from_json(json.dumps(document), base, declared)
        for index, step in enumerate(script):
            if callable(step):
                text = (step.__doc__ or getattr(step, "__name__", "a step in Python")).split("\n")[0]
                self._engine.set_call(index, text, lambda engine, step=step: step(Stage(engine)))
        for one in proves:
            if one in own:
                self._engine.add_proof(own[one]._engine)

    @property
    def id(self) -> str:
        return self._engine.id

    @property
    def title(self) -> str:
        return self._engine.title

    @property
    def draft(self) -> str:
        return self._engine.draft

    @property
    def section(self) -> str:
        return self._engine.section

    @property
    def proves(self) -> list[str]:
        """Ids of the requirements that it has to put to the test."""
        return self._engine.proves

    @property
    def steps(self) -> list[str]:
        """The script in words."""
        return self._engine.steps

    @property
    def network(self) -> Network:
        """The network with the scenario's patches."""
        return Network._of(self._engine.network)


class Iut:
    """An IUT file: which nodes are real implementations, how they are started, what they support."""

    def __init__(self, path: Path):
        self._engine = _engine.Iut(os.fspath(path))

    @property
    def path(self) -> str:
        return self._engine.path

    @property
    def title(self) -> str:
        return self._engine.title

    @property
    def nodes(self) -> list[str]:
        return self._engine.nodes

    @property
    def ics(self) -> dict[str, Any]:
        """What it declares, by node: for `Scenario(..., ics=iut.ics)`."""
        return json.loads(self._engine.ics)


def scenario_files(*paths: Path) -> list[str]:
    """The scenario files among files and directories."""
    return _engine.scenario_files([os.fspath(one) for one in paths])


def lint(*paths: Path) -> list[str]:
    """All that is wrong with networks, scenarios and IUT files, each a line; empty: nothing."""
    return _engine.lint([os.fspath(one) for one in paths])
