"""One contender in a process of its own: a path a line in, an answer with its CPU seconds a line out."""

import importlib
import json
import os
import resource
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import IO

from benchmarks.config_truth import Answer

_MEMORY = 4 * 2**30

Infer = Callable[[Path, str], Answer]


def main() -> None:
    """Answer until the input ends; `argv` names the contender."""
    infer = _contender(sys.argv[1])
    # What a tool prints must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        path, name = json.loads(line)
        _answer(infer, Path(path), name, answers)


def _answer(infer: Infer, path: Path, name: str, answers: IO[str]) -> None:
    start = _cpu_seconds()
    answer: Answer = {}
    error = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = infer(path, name)
    # A contender that fails in whatever way has failed on this file; MemoryError and a library's own
    # panics (pyo3) are no `Exception`.
    except BaseException as failure:
        error = f"{type(failure).__name__}: {failure}"[:200]
    spent = _cpu_seconds() - start
    print(
        json.dumps({"answer": answer, "seconds": spent, "error": error}, default=str),
        file=answers,
        flush=True,
    )


def _contender(name: str) -> Infer:
    if name == "dogwatch":
        from benchmarks.config_ours import ours_on

        return ours_on
    from benchmarks.config_peers import peer_named

    peer = peer_named(name)
    if peer.module:
        importlib.import_module(peer.module)
    return peer.infer


def _cpu_seconds() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    main()
