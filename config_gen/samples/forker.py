"""The helper process behind `child`: it loads the libraries once and forks a child for each request.

A request is one packet with JSON and one socket to answer on. For each request two processes are
forked: a warden that waits, and a worker under limits, whose death the warden reports.
"""

import gc
import importlib
import json
import os
import resource
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config_gen.samples.limits import Limits
from domain.errors import DogwatchError

_LARGEST_REQUEST = 1 << 20
_EXIT_MEMORY = 70
_REASONS: dict[int, str] = {
    signal.SIGALRM: "time",
    signal.SIGXCPU: "computing",
    signal.SIGKILL: "memory",
    signal.SIGABRT: "memory",  # libraries in C++ abort where an allocation is refused
}


# Read once before the first fork, so that no child compiles the usual patterns anew.
_REHEARSAL = "".join(
    f"{n},2024-03-{n + 10},{n + 10}.04.2024,2024-03-{n + 10}T08:15:{n}0Z,{n + 10}/04/2024 08:15,"
    f"08:{n}0:00,1.{n}5,true,DE,name {n},a{n}@example.org\n"
    for n in range(10)
).encode()


def serve(descriptor: int, entry: str) -> None:
    """Answer requests until the channel closes.

    Args:
        descriptor: The inherited end of a packet socket.
        entry: The function to call, as `module:name`; it takes a path, a name, limits and a sheet.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    module, _, function = entry.partition(":")
    work = getattr(importlib.import_module(module), function)
    _preload()
    work(_REHEARSAL, "rehearsal.csv", Limits())
    gc.freeze()
    with socket.socket(fileno=descriptor) as channel:
        while True:
            message, descriptors, _, _ = socket.recv_fds(channel, _LARGEST_REQUEST, 1)
            if not message:
                return
            if os.fork() == 0:
                channel.close()
                _warden(json.loads(message), socket.socket(fileno=descriptors[0]), work)
            os.close(descriptors[0])


def _preload() -> None:
    # Loaded once here, shared by all children: each costs a tenth of a second or more.
    for name in (
        "fastavro",
        "numpy",
        "pyarrow.csv",
        "pyarrow.compute",
        "pyarrow.parquet",
        "python_calamine",
        "zipfile",
        "lzma",
        "bz2",
    ):
        importlib.import_module(name)


def _warden(request: dict[str, Any], reply: socket.socket, work: Callable[..., Any]) -> None:
    """Fork the worker, wait for it, and say how it ended when it could not say so itself."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    worker = os.fork()
    if worker == 0:
        _work(request, reply, work)
    _, status = os.waitpid(worker, 0)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        _answer(
            reply, b"died", {"reason": _REASONS.get(number, "crash"), "detail": signal.Signals(number).name}
        )
    elif os.WEXITSTATUS(status) == _EXIT_MEMORY:
        _answer(reply, b"died", {"reason": "memory", "detail": "out of memory"})
    reply.close()
    os._exit(0)


def _work(request: dict[str, Any], reply: socket.socket, work: Callable[..., Any]) -> None:
    limits = Limits(**request["limits"])
    _limit(limits)
    gc.disable()  # a table is millions of small objects and no cycles; this process ends right after
    try:
        profile = work(Path(request["path"]), request["name"], limits, request["sheet"])
        reply.sendall(b"profile\n" + profile.model_dump_json().encode("utf-8", "replace"))
    except DogwatchError as error:
        _answer(
            reply, b"refused", {"detail": str(error)[:2000], "say": error.say, "next_step": error.next_step}
        )
    except MemoryError:
        os._exit(_EXIT_MEMORY)
    except Exception as error:
        _answer(reply, b"died", {"reason": "crash", "detail": f"{type(error).__name__}: {error}"[:200]})
    os._exit(0)


def _limit(limits: Limits) -> None:
    # The helper's own libraries count into the address space, so the bound is what comes on top.
    with open("/proc/self/statm", encoding="ascii") as stream:
        loaded = int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    memory = loaded + limits.child_memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # With both bounds alike the kernel kills at once, which would be told as too little memory.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.child_cpu_seconds, limits.child_cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits.child_wall_seconds)


def _answer(reply: socket.socket, kind: bytes, told: dict[str, Any]) -> None:
    try:
        reply.sendall(kind + b"\n" + json.dumps(told).encode())
    except OSError:
        return  # the asker gave up waiting; there is nobody left to tell
