"""Roles written in Python."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Callable, Optional

from . import _engine


@dataclass(frozen=True)
class Port:
    """A node's connection to a link; ports are numbered as the network declares them."""

    link: str
    mac: str
    address: Optional[str]  #: with the length of the prefix


class Role:
    """A node that is played in Python. It does no I/O: frames and timers in, frames and timers out.

    Without more it does what mipvet's own role does; a subclass changes that, by `sends` (every frame
    that the own role sends goes through it), or by `start`, `receive` and `command`, from which it
    need not call the own role at all.

        class ShortLived(mipvet.Role):
            def sends(self, port, frame):
                return mipvet.edit(frame).set("ipv4.time_to_live", 9).frame()

        mipvet.run(scenario, roles={"mipp": ShortLived})
    """

    def __init__(self, stand: Any):
        self._stand = stand
        about = stand.describe()
        self.name: str = about["name"]
        self.role: str = about["role"]
        self.ports: list[Port] = [Port(*one) for one in about["ports"]]
        self.parameters: dict[str, Any] = json.loads(about["parameters"])
        self._own: Any = None

    @property
    def own(self) -> Any:
        """mipvet's own role for the node, made when it is first asked for."""
        if self._own is None:
            self._own = self._stand.builtin(self._own_sends)
        return self._own

    def _own_sends(self, port: int, frame: bytes) -> None:
        altered = self.sends(port, frame)
        if altered is not None:
            self.transmit(port, altered)

    def _command(self, verb: str, arguments: str) -> None:
        self.command(verb, **json.loads(arguments))

    def sends(self, port: int, frame: bytes) -> Optional[bytes]:
        """A frame that the own role sends: what is to be sent in its place, None for nothing."""
        return frame

    def start(self) -> None:
        """The node comes up."""
        self.own.start()

    def receive(self, port: int, frame: bytes) -> None:
        """A frame arrived at a port; also frames that are for others (it is Ethernet)."""
        self.own.receive(port, frame)

    def command(self, verb: str, **arguments: Any) -> None:
        """A step of the script with "do"."""
        self.own.command(verb, json.dumps(arguments))

    @property
    def time(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z, in the network's time."""
        return self._stand.now_ns / 1e9

    def transmit(self, port: int, frame: bytes) -> None:
        """Puts an Ethernet frame on the link of a port."""
        self._stand.transmit(port, bytes(frame))

    def schedule(self, seconds: float, action: Callable[[], None]) -> int:
        """Calls `action` once, `seconds` from now. The timer is for `cancel`."""
        return self._stand.schedule(seconds, action)

    def cancel(self, timer: int) -> None:
        self._stand.cancel(timer)

    def random(self) -> int:
        """Uniform over 64 bits; seeded, so that a simulated run is the same every time."""
        return self._stand.random()
