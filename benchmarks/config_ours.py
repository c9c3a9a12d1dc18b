"""Our own answer about a file, in the words of the corpus."""

from pathlib import Path

from benchmarks.config_truth import Answer
from config_gen.profile import profile
from domain.errors import DogwatchError


def ours_on(path: Path, name: str) -> Answer:
    """Return our answer in the corpus' words; a refusal in words is an answer without facts."""
    try:
        found = profile(path, name)
    except DogwatchError as refusal:
        return {"refused": refusal.sentence()}
    return {
        "format": found.format.value,
        "encoding": found.encoding,
        "dialect": found.dialect.model_dump() if found.dialect else None,
        "header": {"present": found.header.present, "row": found.header.row} if found.header else None,
        "columns": [
            {
                "name": column.name,
                "type": column.type.value,
                "format": column.format,
                "semantic": column.meaning.label if column.meaning else None,
                "nullable": column.nullable,
                "enum": column.enum,
            }
            for column in found.columns
        ],
        "primary_key": [list(key.columns) for key in found.keys],
        "fixed_width": [
            {"name": entry.name, "start": entry.start, "length": entry.length} for entry in found.fixed_width
        ],
    }
