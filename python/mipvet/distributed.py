"""Judging archives of captures: on the processors of this machine, or on the workers of dask.

    campaign = mipvet.distributed.check("captures")                      # this machine
    campaign = mipvet.distributed.check("captures", client=Client(...))  # dask.distributed
    campaign.write("html:report.html")

Captures go to whoever is free, one at a time. A worker that dies takes the capture that it had with it;
this one is judged again by another.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional, Sequence, Union

from . import _engine
from .captures import Captures, Judging
from .findings import Result, results_of
from .networks import Path

__all__ = ["Campaign", "Progress", "WorkerDied", "check"]

#: After so many workers died with the same capture, it is the capture's fault.
MOST_DEATHS = 3


class WorkerDied(RuntimeError):
    """Worker after worker died while it judged the same capture."""


@dataclass(frozen=True)
class Progress:
    """How far a job is."""

    done: int  #: captures
    total: int
    failed: int  #: of those done: not pass
    seconds: float  #: since the job began

    def __str__(self) -> str:
        return f"{self.done}/{self.total} captures, {self.failed} not passed, {self.seconds:.0f} s"


@dataclass(frozen=True)
class Campaign:
    """What all captures came to, in the order in which they were given."""

    report: str  #: as `mipvet merge --report json:FILE` writes it of the captures' own reports
    errors: Mapping[str, str]  #: of captures that cannot be judged: what the program prints

    @property
    def results(self) -> tuple[Result, ...]:
        return results_of(self.report)

    @property
    def verdict(self) -> str:
        """ "pass", "fail", "inconclusive" or "error"."""
        return str(json.loads(self.report)["verdict"])

    @property
    def exit_status(self) -> int:
        """As that of `mipvet check`; 2 where a capture cannot be judged."""
        return 2 if self.errors else {"pass": 0, "fail": 1, "inconclusive": 3}.get(self.verdict, 4)

    def write(self, report: str) -> None:
        """Writes a report: "html:FILE", and whatever `mipvet check --report` takes. Where it shows
        frames they are those of the captures, which have to be there still. Raises InputError."""
        _engine.write_report(self.report, report)


@dataclass(frozen=True)
class _Job:
    """One capture; its paths are absolute, for workers that are elsewhere."""

    id: str  #: "": the name of the file
    captures: Mapping[str, str] | str
    network: Optional[str]
    keys: Sequence[str]
    strict: bool
    expect: Optional[str]

    @property
    def name(self) -> str:
        return self.captures if isinstance(self.captures, str) else next(iter(self.captures.values()))


@dataclass(frozen=True)
class _Judged:
    report: str = ""
    verdict: str = ""
    error: str = ""


def _judge(job: _Job) -> _Judged:
    """What a worker does."""
    try:
        report = Judging(job.captures, job.network, job.keys, job.id).report(
            strict=job.strict, expect=job.expect)
    except (_engine.InputError, _engine.CaptureError) as error:
        return _Judged(error=str(error))
    return _Judged(report, json.loads(report)["verdict"])


def _jobs(captures: Union[Path, Iterable[Captures]], network: Optional[Path], keys: Iterable[Path],
          strict: bool, expect: Optional[Path]) -> list[_Job]:
    known = os.path.abspath(expect) if expect is not None else None
    given = [os.path.abspath(one) for one in keys]
    declared = os.path.abspath(network) if network is not None else None
    if isinstance(captures, (str, os.PathLike)):
        if network is not None or given:
            raise _engine.InputError("network, keys: a folder has its own; must be given with captures alone")
        return [_Job(id, files[0][0] if files[0][1] is None else {link: file for file, link in files},
                     beside, own, strict, known)
                for id, beside, files, own in _engine.find_cases(os.path.abspath(captures))]
    return [_Job("", {link: os.path.abspath(file) for link, file in one.items()}
                 if isinstance(one, Mapping) else os.path.abspath(one), declared, given, strict, known)
            for one in captures]


def _serve(pipe: Connection, inherited: Iterable[Connection]) -> None:
    """What a process of this machine does until nobody is at the other end."""
    for other in inherited:
        other.close()
    try:
        while True:
            pipe.send(_judge(pipe.recv()))
    except (EOFError, ConnectionError):
        pass


def _on_processes(jobs: Sequence[_Job], workers: Optional[int]) -> Iterator[tuple[int, _Judged]]:
    """(place in jobs, what came out) as they come, on processes of this machine."""
    # Forked: what calls `check` need not be a module that others can import. That is safe without
    # threads, which an executor of concurrent.futures would have; it does not tell either which
    # task a process died with.
    context = get_context("fork")
    left = deque(range(len(jobs)))
    deaths: Counter[int] = Counter()
    busy: dict[Connection, tuple[Any, int]] = {}

    def begin() -> tuple[Any, Connection]:
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, [ours, *busy]), daemon=True)
        process.start()
        theirs.close()
        return process, ours

    def give(process: Any, pipe: Connection) -> None:
        busy[pipe] = process, left.popleft()
        try:
            pipe.send(jobs[busy[pipe][1]])
        except ConnectionError:
            pass  # it is dead, as the next look at its pipe tells

    try:
        for _ in range(min(workers or os.cpu_count() or 1, len(jobs))):
            give(*begin())
        while busy:
            for pipe in wait(list(busy)):
                process, index = busy[pipe]
                try:
                    judged = pipe.recv()
                except (EOFError, ConnectionError):
                    deaths[index] += 1
                    if deaths[index] == MOST_DEATHS:
                        raise WorkerDied(f"{jobs[index].name}: {MOST_DEATHS} processes died judging it")
                    left.append(index)
                    process.join()
                    pipe.close()
                    del busy[pipe]
                    give(*begin())
                    continue
                yield index, judged
                del busy[pipe]
                if left:
                    give(process, pipe)
                else:
                    pipe.close()
                    process.join()
    finally:
        for pipe, (process, _) in busy.items():
            process.terminate()
            process.join()
            pipe.close()


def _on_dask(jobs: Sequence[_Job], client: Any) -> Iterator[tuple[int, _Judged]]:
    """The same on the workers of dask, which gives the tasks of a dead one to others."""
    from distributed import KilledWorker, as_completed  # only here: Debian's python3-distributed

    waiting = {future: index for index, future in
               enumerate(client.map(_judge, jobs, pure=False, key="mipvet-check"))}
    try:
        for future in as_completed(list(waiting)):
            index = waiting.pop(future)
            try:
                judged = future.result()
            except KilledWorker as error:
                raise WorkerDied(f"{jobs[index].name}: worker after worker died judging it") from error
            yield index, judged
    finally:
        client.cancel(list(waiting))


def _shown(progress: Progress) -> None:
    end = "\n" if progress.done == progress.total else ""
    print(f"\r{progress}\033[K", end=end, file=sys.stderr, flush=True)


def check(captures: Union[Path, Iterable[Captures]], network: Optional[Path] = None, *,
          keys: Iterable[Path] = (), strict: bool = False, expect: Optional[Path] = None,
          workers: Optional[int] = None, client: Any = None,
          progress: Optional[Callable[[Progress], Any]] = None) -> Campaign:
    """Judges many captures as `mipvet.check` does each of them.

    captures: a folder as `mipvet regress` takes it, or captures as `mipvet.check` takes them.
    network, keys: of all of these; default is what lies beside each. strict: a broken SHOULD fails.
    expect: known failures, as for `mipvet.check`, by the names of the captures.
    workers: processes on this machine, default as many as processors. client: a distributed.Client (or
    the address of a scheduler) whose workers do it instead; they can import mipvet and read the paths.
    progress: called with a Progress after each capture; default is a line on a terminal.

    A capture that cannot be judged stops nothing: see Campaign.errors. Raises InputError for what is
    wrong with the arguments, WorkerDied.
    """
    jobs = _jobs(captures, network, keys, strict, expect)
    if not jobs:
        raise _engine.InputError("captures: none is given; must be a folder or paths")
    if progress is None:
        progress = _shown if sys.stderr.isatty() else lambda _: None
    if isinstance(client, str):
        from distributed import Client
        with Client(client) as opened:
            return _gather(jobs, _on_dask(jobs, opened), progress, strict)
    return _gather(jobs, _on_processes(jobs, workers) if client is None else _on_dask(jobs, client),
                   progress, strict)


def _gather(jobs: Sequence[_Job], judged: Iterator[tuple[int, _Judged]],
            progress: Callable[[Progress], Any], strict: bool) -> Campaign:
    began = time.monotonic()
    found: dict[int, _Judged] = {}
    failed = 0
    for index, one in judged:
        found[index] = one
        failed += one.verdict != "pass"
        progress(Progress(len(found), len(jobs), failed, time.monotonic() - began))
    in_order = [(jobs[index], found[index]) for index in range(len(jobs))]
    return Campaign(_engine.merge([one.report for _, one in in_order if not one.error], strict),
                    {job.name: one.error for job, one in in_order if one.error})
