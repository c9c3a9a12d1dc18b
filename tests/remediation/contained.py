"""Run a test's body as an ordinary account, because the sandbox refuses to be root.

Where the tests run as root, the body runs in a child process that gave root up the way a runner does.
"""

import asyncio
import functools
import inspect
import os
import pickle
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from remediation.account import become_ordinary, is_root, runner_ids

ROOT = Path(__file__).parents[2]
_WHY = "bubblewrap is not installed: install the package bubblewrap, 0.8 or later"


def need_sandbox() -> None:
    """Skip where bubblewrap is missing; in CI that is a failure."""
    if shutil.which("bwrap") is None:
        if os.environ.get("CI"):
            pytest.fail(_WHY)
        pytest.skip(_WHY)


def contained(test: Callable[..., Any]) -> Callable[..., None]:
    """Run the test, which may be a coroutine, as an ordinary account in a process of its own."""

    @functools.wraps(test)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        need_sandbox()
        if not is_root():
            _call(test, args, kwargs)
            return
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            _answer(writer, test, args, kwargs)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            answer = pipe.read()
        _, status = os.waitpid(child, 0)
        kind, text = pickle.loads(answer) if answer else ("failed", f"the child ended with {status}")  # noqa: S301
        if kind == "skipped":
            pytest.skip(text)
        if kind == "failed":
            pytest.fail(text, pytrace=False)

    wrapper.__dict__.pop("__wrapped__", None)
    wrapper.__signature__ = inspect.signature(test)  # type: ignore[attr-defined]
    return wrapper


@contextmanager
def a_room() -> Iterator[Path]:
    """Yield a new folder that belongs to the account in which contained tests run."""
    path = Path(tempfile.mkdtemp(prefix="dogwatch-test-"))
    if is_root():
        os.chown(path, *runner_ids())
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _answer(writer: int, test: Callable[..., Any], args: Any, kwargs: Any) -> None:
    answer = ("passed", "")
    try:
        become_ordinary([ROOT])
        _call(test, args, kwargs)
    except pytest.skip.Exception as skipped:
        answer = ("skipped", str(skipped))
    except BaseException:  # everything has to be told to the parent
        answer = ("failed", traceback.format_exc())
    os.write(
        writer,
        pickle.dumps(answer)[:60_000]
        if len(answer[1]) < 50_000
        else pickle.dumps(("failed", answer[1][-50_000:])),
    )
    os._exit(0)


def _call(test: Callable[..., Any], args: Any, kwargs: Any) -> None:
    if inspect.iscoroutinefunction(test):
        asyncio.run(test(*args, **kwargs))
    else:
        test(*args, **kwargs)


def need_bubblewrap_or_say() -> str:
    """Return the sentence that names the missing package; empty when it is there."""
    return "" if shutil.which("bwrap") else _WHY
