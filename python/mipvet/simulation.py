"""A simulated network that goes on as far as it is told to."""

from __future__ import annotations

import json
from typing import Any, Callable, Iterable, Mapping, Optional, Union

from . import _engine
from .findings import Finding, finding_of
from .messages import SeenFrame
from .networks import Network, Path
from .rules import Rule


class Simulation:
    """A network on virtual time without a script. All nodes are played; the same seed gives the same
    octets.

        simulation = mipvet.Simulation("scenarios/networks/dmz.json")
        simulation.command("mn", "attach", link="visited")
        reply = simulation.until("registration-reply", sender="fa")

    deviations, roles and rules: as those of `run`.
    """

    def __init__(self, network: Union[Network, Path], *, seed: int = 1,
                 deviations: Optional[Mapping[str, Iterable[str]]] = None,
                 roles: Optional[Mapping[str, Callable[[Any], Any]]] = None,
                 rules: Iterable[Rule] = ()):
        self.network = network if isinstance(network, Network) else Network(network)
        self._engine = _engine.Simulation(
            self.network._engine, seed,
            {node: list(ids) for node, ids in (deviations or {}).items()}, dict(roles or {}),
            [one._engine for one in rules])

    @property
    def time(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z, in the network's time."""
        return self._engine.now_ns / 1e9

    def run(self, seconds: float) -> list[SeenFrame]:
        """Lets time pass; the frames of that time."""
        return [SeenFrame(one) for one in self._engine.run(seconds)]

    def step(self, within: float = 60.0) -> Optional[SeenFrame]:
        """Lets time pass up to the next frame; None where none comes within so many seconds."""
        frame = self._engine.step(within)
        return None if frame is None else SeenFrame(frame)

    def until(self, message: str, *, link: Optional[str] = None, sender: Optional[str] = None,
              within: float = 10.0) -> SeenFrame:
        """Lets time pass up to a frame with a message. Raises AssertionError where none comes."""
        end = self._engine.now_ns + int(within * 1e9)
        while (left := (end - self._engine.now_ns) / 1e9) > 0:
            frame = self.step(left)
            if frame is None:
                break
            if frame.message == message and link in (None, frame.link) and sender in (None,
                                                                                     frame.sender):
                return frame
        raise AssertionError(f"no {message}" + (f" from {sender}" if sender else "") +
                             (f" on {link}" if link else "") + f" within {within} s")

    def command(self, node: str, verb: str, **arguments: Any) -> None:
        """What a JSON step does with "do": `command("mn", "attach", link="visited")`, "restart"."""
        self._engine.command(node, verb, json.dumps(arguments))

    def send(self, link: str, frame: bytes) -> None:
        """Puts a frame on a link as it is. Rules judge nobody by frames of the tester's MAC address."""
        self._engine.send(link, bytes(frame))

    @property
    def frames(self) -> list[SeenFrame]:
        """All that were seen so far."""
        return [SeenFrame(one) for one in self._engine.frames]

    @property
    def findings(self) -> list[Finding]:
        """What the rules found so far; what a node still has time to do is not missed yet."""
        return [finding_of(one)
                for one in json.loads(self._engine.findings())["scenarios"][0]["findings"]]
