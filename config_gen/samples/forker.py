"""The helper process behind `confined`: it loads libraries once and forks a child for each piece of work.

A request is one packet: the name of the work, with one socket to speak on; without a socket the work is only
loaded. For each request two processes are forked: a warden that waits, and a worker under limits, whose
death the warden reports.
"""

import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from config_gen.samples.packets import DIED, END, REFUSED, packets, whole_piece
from domain.errors import DogwatchError

_LONGEST_NAME = 500
_EXIT_MEMORY = 70
_LEAST_LEFT_SECONDS = 0.001
_LOADED_ALREADY = "/proc/self/statm"
_DIES_FIRST = "/proc/self/oom_score_adj"
_REASONS: dict[int, str] = {
    signal.SIGALRM: "time",
    signal.SIGXCPU: "computing",
    signal.SIGKILL: "memory",
    signal.SIGABRT: "memory",  # libraries in C++ abort where an allocation is refused
}

Work = Callable[[Mapping[str, Any]], Iterator[bytes]]


def serve(descriptor: int) -> None:
    """Answer requests until the channel, an inherited end of a packet socket, closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # Who stops a whole service signals everybody: a file that is being read would be called broken.
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as channel:
        while True:
            name, descriptors, _, _ = socket.recv_fds(channel, _LONGEST_NAME, 1)
            if not name:
                return
            _answer(channel, name.decode(), descriptors)


def _answer(channel: socket.socket, name: str, descriptors: list[int]) -> None:
    try:
        work = _loaded(name)
    except Exception as error:
        # A border: a library that can't be loaded must not end the helper of all the others.
        for one in descriptors:
            with socket.socket(fileno=one) as reply:
                _say(reply, DIED, {"reason": "crash", "detail": f"{type(error).__name__}: {error}"[:200]})
        return
    for one in descriptors:
        if os.fork() == 0:
            channel.close()
            _warden(socket.socket(fileno=one), work)
        os.close(one)


@cache
def _loaded(name: str) -> Work:
    """Import the work and let it rehearse, so that no child loads or compiles the usual anew."""
    module_name, _, function = name.partition(":")
    module = importlib.import_module(module_name)
    rehearse = getattr(module, "rehearse", None)
    if rehearse is not None:
        rehearse()
    gc.freeze()
    work: Work = getattr(module, function)
    return work


def _warden(reply: socket.socket, work: Work) -> None:
    """Fork the worker, wait for it, and say how it ended when it could not say so itself."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    worker = os.fork()
    if worker == 0:
        _work(reply, work)
    _end_when_unwanted(worker, reply)
    _, status = os.waitpid(worker, 0)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        told = {"reason": _REASONS.get(number, "crash"), "detail": signal.Signals(number).name}
        _say(reply, DIED, told)
    elif os.WEXITSTATUS(status) == _EXIT_MEMORY:
        _say(reply, DIED, {"reason": "memory", "detail": "out of memory"})
    reply.close()
    os._exit(0)


def _end_when_unwanted(worker: int, reply: socket.socket) -> None:
    """Wait until the worker ends; end it when whoever asked has died, or gave up waiting."""
    try:
        ending = os.pidfd_open(worker)
    except OSError:
        return  # an old kernel: it ends when it speaks, or at its limits
    waiting = select.poll()
    waiting.register(ending, select.POLLIN)
    waiting.register(reply, 0)  # that the other side is gone is told unasked
    if all(descriptor != ending for descriptor, _ in waiting.poll()):
        os.kill(worker, signal.SIGKILL)
    os.close(ending)


def _work(reply: socket.socket, work: Work) -> None:
    try:
        request = json.loads(whole_piece(reply))
        _limit(request["bounds"])
        for piece in work(request["asked"]):
            _hand_out(reply, piece)
        reply.sendall(END)
    except DogwatchError as error:
        told = {"detail": str(error)[:2000], "say": error.say, "next_step": error.next_step}
        _say(reply, REFUSED, told)
    except MemoryError:
        os._exit(_EXIT_MEMORY)
    except ConnectionError:
        os._exit(0)  # the asker gave up waiting; there is nobody left to tell
    except BaseException as error:  # a panic of a library in Rust is no `Exception`
        _say(reply, DIED, {"reason": "crash", "detail": f"{type(error).__name__}: {error}"[:200]})
    os._exit(0)


def _hand_out(reply: socket.socket, piece: bytes) -> None:
    """Send a piece; while the reader takes its time, the clock of the worker stands still."""
    left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
    for packet in packets(piece):
        reply.sendall(packet)
    signal.setitimer(signal.ITIMER_REAL, max(left, _LEAST_LEFT_SECONDS))


def _limit(bounds: Mapping[str, Any]) -> None:
    # The helper's own libraries count into the address space, so the bound is what comes on top.
    with open(_LOADED_ALREADY, encoding="ascii") as stream:
        loaded = int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    memory = loaded + bounds["memory_bytes"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # With both bounds alike the kernel kills at once, which would be told as too little memory.
    resource.setrlimit(resource.RLIMIT_CPU, (bounds["cpu_seconds"], bounds["cpu_seconds"] + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # Where the machine itself runs out of memory, this one goes and nobody else.
    with suppress(OSError), open(_DIES_FIRST, "w", encoding="ascii") as stream:
        stream.write("1000")
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, bounds["wall_seconds"])


def _say(reply: socket.socket, kind: bytes, told: Mapping[str, Any]) -> None:
    with suppress(OSError):
        reply.sendall(kind + json.dumps(told).encode())
