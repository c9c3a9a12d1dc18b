"""Twenty sample files of as many kinds: our templates' own, or real ones from a folder that is named.

`DOGWATCH_SAMPLE_FILES=DIR` takes files from below DIR instead, spread over its folders.
"""

import os
from collections import defaultdict
from pathlib import Path

from config_gen.templates.shelf import all_templates, sample_bytes

MOST = 20
_LARGEST = 2_000_000


def sample_files() -> list[tuple[str, bytes]]:
    """Return (name, bytes) of twenty files, no two of one kind as long as there are more kinds."""
    folder = os.environ.get("DOGWATCH_SAMPLE_FILES", "")
    return _from_folder(Path(folder)) if folder else _from_templates()


def _from_templates() -> list[tuple[str, bytes]]:
    kinds: dict[tuple[str, ...], list[tuple[str, bytes]]] = defaultdict(list)
    for template in all_templates():
        kind = (template.formats[0].value, *template.delimiters, template.sample.encoding)
        kinds[kind].append((template.sample.file_name, sample_bytes(template)))
    return _one_of_each([*kinds.values()])


def _from_folder(folder: Path) -> list[tuple[str, bytes]]:
    kinds: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and 200 <= path.stat().st_size <= _LARGEST and "robust" not in path.parts:
            kinds[f"{path.parent.name} {path.suffix.lower()}"].append((path.name, path.read_bytes()))
    return _one_of_each([*kinds.values()])


def _one_of_each(kinds: list[list[tuple[str, bytes]]]) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for turn in range(max(map(len, kinds), default=0)):
        found += [kind[turn] for kind in kinds if turn < len(kind)]
    return found[:MOST]
