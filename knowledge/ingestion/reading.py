"""Read dropped files in a child with limits, so that a hostile one hurts nobody but itself."""

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from domain.errors import BadInput
from knowledge.ingestion.formats import ABOUT, LONGEST_TEXT, READ_HERE, READERS
from knowledge.ingestion.titles import first_line_as_title

LARGEST_FILE = 50 * 2**20
READING_SECONDS = 30
"""Of computing. A busy machine may take several times as long for the same."""
WALL_SECONDS = 4 * READING_SECONDS
READING_MEMORY = 1024 * 2**20
_WITHOUT_TITLES = frozenset({".pdf", ".txt"})
"""Kinds that often mark no title."""


@dataclass(frozen=True)
class Document:
    """One file as text, with the hash of its bytes, by which it is recognised next time."""

    name: str
    title: str
    text: str
    sha256: str
    alerts: tuple[str, ...] = ()
    """What its front matter says that it is about, as `services` and `feeds`."""
    services: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    changed_at: datetime | None = None
    """When it was last changed, by its own word."""
    is_written_then: bool = False
    """Whether that is when it was written, and says nothing of changes since."""


Parsed = Callable[[str, bytes], dict[str, str]]


def refuse_size(name: str, size_bytes: int) -> None:
    """Refuse what is too large, before it is read.

    Raises:
        BadInput: It is larger than 50 MiB.
    """
    if size_bytes > LARGEST_FILE:
        raise BadInput(
            f"document of {size_bytes} bytes",
            say=f"{name} has {size_bytes / 2**20:,.0f} MiB; I read up to {LARGEST_FILE // 2**20} MiB.",
            next_step="Split it, or drop the chapters that matter.",
        )


def read_document(name: str, content: bytes, parsed: Parsed | None = None) -> Document:
    """Return one file as text, parsed in a limited child.

    Args:
        parsed: Returns what a file of an ending says, from a child; by default a new interpreter.

    Raises:
        BadInput: Its kind is not read here, it is damaged, or it took too much time or memory.
    """
    refuse_size(name, len(content))
    suffix = PurePosixPath(name.lower()).suffix
    if suffix not in READERS:
        raise BadInput(
            f"document of kind {suffix[:10]}",
            say=f"I don't read {suffix or 'files without an ending'} here.",
            next_step=f"Drop {READ_HERE}.",
        )
    said = (parsed or _in_child)(suffix, content)
    title, text = said.get("title", ""), said.get("text", "")
    if not text.strip():
        raise BadInput(
            "empty document", say=f"{name} holds no text.", next_step="Check the file and drop it again."
        )
    stem = PurePosixPath(name).stem.replace("-", " ").replace("_", " ")
    by_line = first_line_as_title(text, stem) if suffix in _WITHOUT_TITLES else ""
    named = title.strip() or by_line or stem
    about = {part: tuple(said.get(part, "").split("\n")) for part in ABOUT if said.get(part)}
    changed = datetime.fromisoformat(said["changed"]) if said.get("changed") else None
    digest = hashlib.sha256(content).hexdigest()
    return Document(
        name,
        named[:300],
        text,
        digest,
        alerts=about.get("alerts", ()),
        services=about.get("services", ()),
        feeds=about.get("feeds", ()),
        changed_at=changed,
        is_written_then=bool(said.get("written")),
    )


def _in_child(suffix: str, content: bytes) -> dict[str, str]:
    command = [sys.executable, "-I", "-W", "ignore", "-c", _CHILD, json.dumps(sys.path), suffix]
    try:
        done = subprocess.run(  # noqa: S603  our interpreter, our code, arguments built here
            command,
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
            env={"LANG": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired as error:
        raise BadInput(
            "document took too long",
            say=f"Reading it took more than {WALL_SECONDS} seconds, so I stopped.",
            next_step="Export it again, or drop a smaller part.",
        ) from error
    answer = _answer_of(done.stdout)
    if done.returncode == -signal.SIGXCPU:
        raise BadInput(
            "document took too much computing",
            say=f"Reading it needed more than {READING_SECONDS} seconds of computing, so I stopped.",
            next_step="Export it again, or drop a smaller part.",
        )
    if done.returncode or answer is None:
        raise BadInput(
            f"reader ended with {done.returncode}",
            say="This file broke its reader: it is damaged, or needs more memory than a document may.",
            next_step="Export it again, or drop a smaller part.",
        )
    if "say" in answer:
        raise BadInput("document refused", say=answer["say"], next_step=answer.get("next_step", ""))
    return answer


def _answer_of(output: bytes) -> dict[str, str] | None:
    try:
        answer = json.loads(output)
    except ValueError:
        return None
    return {str(k): str(v) for k, v in answer.items()} if isinstance(answer, dict) else None


_CHILD = f"""
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({READING_MEMORY}, {READING_MEMORY}))
resource.setrlimit(resource.RLIMIT_CPU, ({READING_SECONDS}, {READING_SECONDS + 5}))
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
sys.path[:] = json.loads(sys.argv[1])
from domain.errors import BadInput
from knowledge.ingestion.dates import changed_on, written_on
from knowledge.ingestion.formats import READERS, about
try:
    content = sys.stdin.buffer.read()
    title, text = READERS[sys.argv[2]](content)
    answer = about(sys.argv[2], content) | {{"title": title[:300], "text": text[:{LONGEST_TEXT}]}}
    answer |= {{"changed": changed_on(sys.argv[2], content), "written": written_on(sys.argv[2], content)}}
except BadInput as error:
    answer = {{"say": error.say, "next_step": error.next_step}}
json.dump(answer, sys.stdout)
"""
