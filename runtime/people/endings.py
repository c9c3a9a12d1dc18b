"""What operators ended: who was shut out, which account was taken off, which key was revoked; and who was let
in again. Kept beside the keys, so that a backup from before lets none of them in.

Whom the people file shut out stands here, too: once nobody needs the entry it is taken out of the file, and
then nothing but this list knows.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict

from runtime.people.kept_lists import add_line, read_lines

ENDINGS_LIST = "endings.jsonl"
_UNDER_WAY = timedelta(minutes=10)
"""So long before a backup a word may have been written down whose act was not done when it was taken."""


class Ended(StrEnum):
    """What was ended."""

    PERSON = "person"
    ACCOUNT = "account"
    KEY = "key"


class Ending(BaseModel):
    """A word of an operator, or of the people file."""

    model_config = ConfigDict(frozen=True)

    what: Ended
    id: str
    """Of the person (whose account it was) or of the key."""
    at: AwareDatetime
    is_over: bool = True
    """False: it counts again."""
    is_of_file: bool = False
    """Whether the people file said so; that one wins when it says otherwise."""
    account: str = ""
    """The fingerprint of an account (`mark_of`): this list outlives an erasure, so it names none."""

    @property
    def subject(self) -> tuple[str, str, str]:
        """Return what it is about: the last word on it counts."""
        return (self.what.value, self.id, self.account)


def note_ending(keys: Path, ending: Ending) -> None:
    """Write a word down, before it is done: killed in between, a restore still does it.

    Raises:
        OutsideTrouble: The list can't be written.
    """
    path = keys / ENDINGS_LIST
    add_line(
        path,
        ending.model_dump(mode="json", exclude_defaults=True),
        say="I can't write down beside the keys what was ended",
        next_step=f"It holds, but a restore of an earlier backup undoes it: see that {path} can be written.",
    )


def endings_since(keys: Path, taken_at: datetime) -> list[Ending]:
    """Return the last word on everything that was spoken of since a backup was taken, the earliest first.

    Raises:
        BadInput: A line can't be read: somebody may stand in it.
    """
    told = read_lines(
        keys / ENDINGS_LIST,
        Ending.model_validate,
        say="I can't read who was shut out",
        next_step="Mend or remove that line; whoever it names has to be deactivated by hand.",
    )
    last = {ending.subject: ending for ending in sorted(told, key=lambda one: one.at)}
    return [ending for ending in last.values() if ending.at >= taken_at - _UNDER_WAY]
