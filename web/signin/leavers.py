"""End the sessions of people whom their directory no longer knows, within a minute of their leaving it.

While the directory is away nobody's session ends: that would lock everybody out in the middle of an
incident. Nobody approves anything of high risk on the web then, once it has been away for a minute.
"""

import asyncio
import logging
from collections.abc import Callable

from domain.errors import OutsideTrouble
from domain.identity.web_access import MarkKind, SignInMark
from domain.ports.clock import Clock
from domain.ports.directory import Directory
from domain.ports.transactions import Opening
from web.signin.ending import end_sign_in

log = logging.getLogger("dogwatch.leavers")

_PAUSE_SECONDS = 20.0


async def watch_for_leavers(look: Callable[[], int], note: Callable[[], None]) -> None:
    """Look for leavers every twenty seconds, for ever.

    Args:
        look: `end_for_leavers` with its parts.
        note: Told each time that the directory was asked.
    """
    while True:
        await look_for_leavers(look, note)
        await asyncio.sleep(_PAUSE_SECONDS)


async def look_for_leavers(look: Callable[[], int], note: Callable[[], None]) -> None:
    """Look once; what can't be asked is asked next time, and not noted as asked."""
    try:
        await asyncio.to_thread(look)
    except OutsideTrouble as error:
        log.warning("the directory was not asked who left: %s", error)
    except Exception:  # a border: the watch over who leaves must not end; the next look is made
        log.exception("nobody could look who left")
    else:
        note()


def end_for_leavers(
    directory: Directory, reading: Opening, writing: Opening, clock: Clock, forget: Callable[[str], None]
) -> int:
    """End every session whose person the directory would not let in any more; return how many.

    Args:
        directory: Whom to ask.
        reading: Opens a transaction that reads.
        writing: Opens a transaction that writes.
        clock: The time.
        forget: Called with each session that ended.

    Raises:
        OutsideTrouble: The directory can't be asked; no session ended.
    """
    with reading() as uow:
        marks = uow.sign_in_marks.live(MarkKind.DIRECTORY_SESSION, clock.now())
    if not marks:
        return 0
    known = directory.still_known(sorted({mark.text for mark in marks}))
    left = [mark for mark in marks if mark.text not in known]
    for mark in left:
        _end(mark, writing, clock)
        forget(mark.key)
    return len(left)


def _end(mark: SignInMark, writing: Opening, clock: Clock) -> None:
    facts = {"method": "ldap", "reason": "the directory no longer lets them in"}
    with writing() as uow:
        end_sign_in(uow, mark.key, clock.now(), facts, by="dogwatch")
