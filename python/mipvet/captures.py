"""Judging and reading captures."""

from __future__ import annotations

import json
import os
from typing import Iterable, Iterator, Mapping, Optional, Union

from . import _engine
from .findings import Finding, Result, finding_of, result_of
from .messages import Frame, dissect
from .networks import Network, Path, path_text


Captures = Union[Path, Mapping[str, Path]]


class Judging:
    """The findings of a capture, as an iterator: each broken requirement of a node comes when the
    frames first show it, while the rest is still to be read. The loop over the frames is not in
    Python. `result()` judges what is left."""

    def __init__(self, captures: Captures, network: Union[Network, Path, None],
                 keys: Iterable[Path], id: str = ""):
        if isinstance(captures, Mapping):
            files = [(os.fspath(path), link) for link, path in captures.items()]
        else:
            files = [(os.fspath(captures), None)]
        if not files:
            raise _engine.InputError("captures: none is given; must be a path or {link: path}")
        if network is None:
            network = os.path.splitext(files[0][0])[0] + ".network.json"
        if not isinstance(network, Network):
            network = Network(network)
        self._engine = _engine.Judging(files, network._engine, [os.fspath(one) for one in keys], id)

    def __iter__(self) -> Iterator[Finding]:
        return self

    def __next__(self) -> Finding:
        report = self._engine.next()
        if report is None:
            raise StopIteration
        return finding_of(json.loads(report)["scenarios"][0]["findings"][0])

    @property
    def frames(self) -> int:
        """How many were judged so far."""
        return self._engine.frames

    def result(self, *, strict: bool = False, expect: Optional[Path] = None) -> Result:
        """What all of it comes to. strict: a broken SHOULD fails; expect: as that of `check`."""
        return result_of(self.report(strict=strict, expect=expect))

    def report(self, *, strict: bool = False, expect: Optional[Path] = None) -> str:
        """The same as `mipvet check --report json:FILE` writes it."""
        return self._engine.result(strict, path_text(expect))


def judge(captures: Captures, network: Union[Network, Path, None] = None, *,
          keys: Iterable[Path] = ()) -> Judging:
    """Judges a pcapng file whose interfaces bear the names of links, or {link: file}.

    network: default is the file with .network.json in the place of its suffix, as `mipvet run
    --captures` leaves it. keys: files to decrypt IKE and ESP by; default those beside the capture.
    Raises InputError and CaptureError.
    """
    return Judging(captures, network, keys)


def check(captures: Captures, network: Union[Network, Path, None] = None, *,
          keys: Iterable[Path] = (), strict: bool = False, expect: Optional[Path] = None) -> Result:
    """All at once, like `mipvet check`; captures, network and keys as those of `judge`.

    expect: a file of failures that are known, which fail nothing; one that passes does.
    """
    return Judging(captures, network, keys).result(strict=strict, expect=expect)


def read_capture(path: Path) -> Iterator[tuple[float, str, Frame]]:
    """The frames of a pcap or pcapng file: (seconds since 1970, interface name, frame)."""
    reader = _engine.CaptureReader(os.fspath(path))
    while (read := reader.next()) is not None:
        time_ns, interface, octets = read
        yield time_ns / 1e9, interface, dissect(octets)
