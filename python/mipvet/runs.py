"""Running scenarios."""

from __future__ import annotations

import os
import shutil
from typing import Any, Callable, Iterable, Mapping, Optional, Union

from . import _engine
from .findings import Result, result_of
from .networks import Iut, Path, Scenario, path_text
from .rules import Rule


def _program() -> str:
    """mipvet itself, for commands of IUT files that name it."""
    return os.environ.get("MIPVET") or shutil.which("mipvet") or ""


def run(scenario: Union[Scenario, Path], *, live: bool = False, iut: Union[Iut, Path, None] = None,
        seed: int = 1, strict: bool = False, deviations: Optional[Mapping[str, Iterable[str]]] = None,
        captures: Optional[Path] = None, roles: Optional[Mapping[str, Callable[[Any], Any]]] = None,
        rules: Iterable[Rule] = (), keep_frames: bool = False,
        expect: Optional[Path] = None) -> Result:
    """Runs a scenario and judges every frame, like `mipvet run`.

    live: between network namespaces in real time (needs root); iut: with real implementations
    (implies live). deviations: by node, e.g. {"mipp": ["MIPP-2.2.1-13"]}. captures: the directory that
    capture, network and keys are left in; it has to be there. roles: nodes that are played in Python,
    by name; they stand trial like deviating ones. rules: in Python, besides those of the scenario.
    keep_frames: `Result.frames` holds all frames. expect: a file of failures that are known, which fail
    nothing; one that passes does. Raises InputError, DeviceError.
    """
    known = Iut(iut) if iut is not None and not isinstance(iut, Iut) else iut
    if not isinstance(scenario, Scenario):
        scenario = Scenario(scenario, ics=known.ics if known else None)
    own = list(dict.fromkeys([*scenario.rules, *rules]))
    report, frames = _engine.run(
        scenario._engine, live or known is not None, known._engine if known else None, seed, strict,
        {node: list(ids) for node, ids in (deviations or {}).items()},
        path_text(captures), _program(), dict(roles or {}),
        [one._engine for one in own], keep_frames, path_text(expect))
    return result_of(report, frames)
