"""Who was erased: ids alone, kept beside the keys, so that a backup from before brings nobody back."""

from datetime import datetime
from pathlib import Path
from typing import Any

from domain.ids import PersonId
from runtime.people.kept_lists import add_line, read_lines

ERASED_LIST = "erased.jsonl"


def note_erased(keys: Path, person: PersonId, at: datetime) -> None:
    """Write down that a person is erased, before it is done: killed in between, a restore still does it.

    Raises:
        OutsideTrouble: The list can't be written.
    """
    path = keys / ERASED_LIST
    add_line(
        path,
        {"person": person, "at": at.isoformat()},
        say="I can't write down who is erased",
        next_step=f"See that {path} can be written, then erase again; twice does no harm.",
    )


def erased_since(keys: Path, moment: datetime) -> list[PersonId]:
    """Return who was erased at that moment or later, each once, the earliest first.

    Raises:
        BadInput: A line can't be read: somebody may stand in it.
    """

    def later(told: Any) -> PersonId | None:  # Any: a line, looked at here
        person, at = PersonId(str(told["person"])), datetime.fromisoformat(told["at"])
        return person if at >= moment else None

    found = read_lines(
        keys / ERASED_LIST,
        later,
        say="I can't read who was erased",
        next_step="Mend or remove that line; whoever it names has to be erased by hand.",
    )
    return list(dict.fromkeys(person for person in found if person is not None))
