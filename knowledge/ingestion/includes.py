"""What a document includes is another file: it is never opened, and the reader is told that it is missing.

A document is data, and its place among others says nothing about who may read those.
"""

import re
from collections.abc import Sequence

from domain.errors import BadInput

_STANDS_FOR_IT = re.compile(r"\(What “[^”\n]{1,300}” says belongs here and was not read\.\)")


_NO_TEXT = re.compile(
    r"(?i)(?:^|[/$_.-])(?:_?attributes?|settings|variables|substitutions?|replaces?|links|roles)(?:[_.-][\w-]*)?$"
)
"""Files of definitions: nothing that a reader would miss."""


def left_out(path: str) -> str:
    """Return what stands for a file that is included; nothing for one that only defines."""
    if _NO_TEXT.search(path.strip()[:300].rpartition(".")[0] or path.strip()[:300]):
        return ""
    name = " ".join(path.replace("”", "").split())[:300]
    return f"(What “{name or 'another file'}” says belongs here and was not read.)"


def refuse_only_includes(blocks: Sequence[str]) -> None:
    """Refuse a document that says nothing by itself.

    Raises:
        BadInput: It holds nothing but the names of other files.
    """
    said = [block for block in blocks if not block.startswith("#")]
    if said and all(_STANDS_FOR_IT.fullmatch(block) for block in said):
        raise BadInput(
            "document of includes",
            say="This document only includes other files, and I read each file by itself.",
            next_step="Drop the files that it includes, or a zip of them.",
        )
