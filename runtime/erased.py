"""Who was erased: ids alone, kept beside the keys, so that a backup from before brings nobody back.

The keys lie apart from the backups, and a restore needs their copy: what stands here is erased again then.
"""

import json
import os
from datetime import datetime
from pathlib import Path

from domain.errors import BadInput, OutsideTrouble
from domain.ids import PersonId

_FILE = "erased.jsonl"


def is_list_of_erased(file: Path) -> bool:
    """Tell whether a file beside the keys is this list."""
    return file.name == _FILE


def note_erased(keys: Path, person: PersonId, at: datetime) -> None:
    """Write down that a person is erased, before it is done: killed in between, a restore still does it.

    Raises:
        OutsideTrouble: The list can't be written.
    """
    line = json.dumps({"person": person, "at": at.isoformat()}) + "\n"
    try:
        handle = os.open(keys / _FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(handle)
    except OSError as error:
        raise OutsideTrouble(
            f"{_FILE}: {error}",
            say=f"I can't write down who is erased: {error.strerror or type(error).__name__}.",
            next_step=f"See that {keys / _FILE} can be written, then erase again; twice does no harm.",
        ) from error


def join_erased(copy: Path, home: Path) -> None:
    """Keep whom the list at home names beside whom a copy of the keys names, which may be an older one."""
    known = home / _FILE
    lines: dict[str, None] = {}
    for path in (copy / _FILE, known):
        if path.exists():
            lines |= dict.fromkeys(path.read_text(encoding="utf-8").splitlines())
    if lines:
        joined = known.with_name(f".{_FILE}.joined")
        joined.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        joined.chmod(0o600)
        joined.replace(known)


def erased_since(keys: Path, moment: datetime) -> list[PersonId]:
    """Return who was erased at that moment or later, each once, the earliest first.

    Raises:
        BadInput: A line can't be read: somebody may stand in it.
    """
    path = keys / _FILE
    if not path.exists():
        return []
    found: dict[PersonId, None] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            told = json.loads(line)
            person, at = PersonId(str(told["person"])), datetime.fromisoformat(told["at"])
            is_later = at >= moment
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"{_FILE}: {type(error).__name__}",
                say=f"I can't read who was erased: a line of {path} is damaged.",
                next_step="Mend or remove that line; whoever it names has to be erased by hand.",
            ) from error
        if is_later:
            found[person] = None
    return list(found)
