"""What the child of a document does; nothing of it runs in the library's own process."""

import importlib
import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from knowledge.ingestion.dates import changed_on, written_on
from knowledge.ingestion.formats import LONGEST_TEXT, READERS, about

_SHARED = ("pypdf", "docx", "knowledge.ingestion.html_pages")


def rehearse() -> None:
    """Load what children share, so that none of them begins at nothing."""
    for name in _SHARED:
        importlib.import_module(name)


def parse(asked: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield a document's title, text and date of change, and what it says that it is about."""
    suffix, content = str(asked["suffix"]), b64decode(asked["content"])
    title, text = READERS[suffix](content)
    told = about(suffix, content) | {"title": title[:300], "text": text[:LONGEST_TEXT]}
    told |= {"changed": changed_on(suffix, content), "written": written_on(suffix, content)}
    yield json.dumps(told).encode()
