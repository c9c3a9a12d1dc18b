"""`dogwatch ask`: the console door on the data folder, beside a running house or without one."""

import asyncio
import getpass
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bot.adapters.console import ConsoleDoor, ConsoleSettings, Terminal
from bot.commands.fixing.fix_guard import is_lifting
from bot.delivery import Delivery
from bot.presenters.drawing import Drawing
from domain.counting import in_series
from domain.identity.chat import Account, FileRef, Incoming, Platform
from domain.remediation.fixes import Freeze
from domain.telling.postings import Posting
from runtime.people.known_people import followed_people, prepare
from runtime.people.people_file import PeopleFile
from runtime.ports import port_of_house
from runtime.settings.house import Settings
from runtime.steady import steadily
from runtime.wiring.desk import build_desk, build_mint
from runtime.wiring.pictures import ChildPictures, pictures_of
from runtime.wiring.policy_file import PolicyFile
from runtime.wiring.stores import Stores, open_stores
from storage.inbox_writer import InboxWriter

_QUIET_SECONDS = 1.2
_MOST_NAMED = 5
_LONGEST_SECONDS = 60.0
_MOST_UNPRINTED = 500
_WORKSPACE = "local"
_FOR_ANYBODY = frozenset({"", "help", "whoami", "link"})
"""What an account that nobody knows may say; without words it holds a conversation."""
_UNDER_WAY = ("reading", "building", "opening", "merging")


def ask(settings: Settings, words: str, person: str, files: list[Path]) -> int:
    """Say something and print the answers; without words, hold a conversation.

    Returns 1 where this terminal's account is still nobody's after what was said: nothing was done for it,
    unless it said what anybody may say.
    """
    account = Account(
        platform=Platform.CONSOLE, workspace=_WORKSPACE, user=(person or getpass.getuser())[:200]
    )
    asyncio.run(_ask(settings, words, account.user, files))
    is_free = not files and words.lower().strip(" ?!.").split(" ")[0] in _FOR_ANYBODY
    return 0 if _is_somebody(settings, account) or is_free else 1


def freeze(settings: Settings, words: list[str], person: str) -> int:
    """Freeze by the words that everybody says; return 1 unless a freeze holds now, whoever asked for it.

    Words of lifting mean the opposite: 1 unless they counted.
    """
    said = " ".join(words)
    before = _held(settings) if is_lifting(said.split()) else None
    ask(settings, f"freeze {said}", person, [])
    held = _held(settings)
    if before is not None:
        return 0 if held != before else 1
    if held is None:
        print("Nothing is frozen.", file=sys.stderr)
    return 1 if held is None else 0


def _held(settings: Settings) -> Freeze | None:
    stores = open_stores(settings)
    try:
        with stores.transactions.reading() as uow:
            return uow.guards.freeze()
    finally:
        stores.database.close()


def _is_somebody(settings: Settings, account: Account) -> bool:
    """Tell whether an account of this terminal belongs to a person; if not, say which ones do."""
    stores = open_stores(settings)
    try:
        with stores.transactions.reading() as uow:
            if uow.people.find_person(account) is not None:
                return True
            people = [one.id for one in uow.people.everybody() if one.is_active]
            known = [
                mine.user
                for one in people
                for mine in uow.people.accounts_of(one)
                if (mine.platform, mine.workspace) == (account.platform, account.workspace)
            ]
    finally:
        stores.database.close()
    who = (
        f"one of {in_series(known, 'or', most=_MOST_NAMED)}" if known else "an account of `dogwatch user add`"
    )
    print(
        f"At this terminal you are {account.user}, whom I don't know. Say who you are: --as, {who}.",
        file=sys.stderr,
    )
    return False


async def _ask(settings: Settings, words: str, person: str, files: list[Path]) -> None:
    stores = open_stores(settings)
    prepare(settings, stores)
    inbox = InboxWriter(stores.database)
    talk = _Talk(stores, settings.limits.upload_mib << 20, is_long=not words and not files)
    followed = followed_people(settings, stores)
    pictures = pictures_of(settings, stores)
    delivery = _open_door(settings, stores, inbox, talk, person, followed, pictures)
    works = {"delivery": delivery.run, **({"people": followed.follow} if followed is not None else {})}
    beside = [asyncio.create_task(steadily(name, work)) for name, work in works.items()]
    try:
        await talk.hold(words, files)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        pictures.close()
        inbox.close()
        stores.database.close()


class _Talk:
    """What is said at this terminal: one question with its answers, or a conversation.

    Args:
        largest_file: Bytes of a file that may be dropped.
        is_long: Whether it goes on until its end, not only until one question is answered.
    """

    def __init__(self, stores: Stores, largest_file: int, *, is_long: bool) -> None:
        self.adapters: dict[Platform, ConsoleDoor] = {}
        self._stores, self._largest_file, self._is_long = stores, largest_file, is_long
        self._began = stores.clock.now()
        self._last_words = time.monotonic()
        self._out = while_it_is_read()

    @property
    def door(self) -> ConsoleDoor:
        """Return the door of this terminal."""
        return self.adapters[Platform.CONSOLE]

    def say(self, text: str) -> None:
        """Print a line, and note that something was said."""
        self._last_words = time.monotonic()
        self._out(text)

    async def prompt(self, text: str) -> str | None:
        """Ask for a line; None at the end of what is typed."""
        try:
            return await asyncio.to_thread(input, f"{text} ")
        except EOFError:
            return None

    def takes(self, posting: Posting) -> bool:
        """Take what is for this terminal; one question is answered, and what waited before it only named."""
        door = self.door
        if posting.place.channel != door.place.channel:
            return False
        known_as = {posting.key, *([posting.sent.message] if posting.sent else [])}
        self._last_words = time.monotonic()
        is_earlier = not self._is_long and posting.next_attempt_at < self._began
        (door.earlier.update if is_earlier else door.earlier.difference_update)(known_as)
        return True

    async def fetch(self, incoming: Incoming, file: FileRef) -> FileRef:
        """Keep the bytes of a dropped file, which may be as large as an upload."""
        if file.blob is not None:
            return file
        blobs = self._stores.blobs
        path = blobs.new_file()
        await self.door.fetch(file, path, self._largest_file)
        return file.model_copy(update={"blob": blobs.put_file(path)})

    async def hold(self, words: str, files: list[Path]) -> None:
        """Converse; or say one thing, wait until all about it is said, and name what changed before."""
        if self._is_long:
            await self.door.converse()
            return
        if not sys.stdout.isatty():
            self.door.hold_cards()
        try:
            for path in files:
                await self.door.take(f"drop {path} {words}".strip())
            if words and not files:
                await self.door.take(words)
            is_over = await self._until_quiet()
        finally:
            self.door.tell_held()
        if not is_over:
            self.say("This takes longer than a minute and goes on without you. Ask for `waiting` to see it.")
        if self.door.meanwhile:
            titles = in_series(list(dict.fromkeys(self.door.meanwhile)), most=_MOST_NAMED)
            self.say(f"Since you were last here, these changed: {titles}.")

    async def _until_quiet(self) -> bool:
        """Wait until all is said and nothing begun here is under way; False when that took too long."""
        began, channel = time.monotonic(), self.door.place.channel
        while time.monotonic() - began < _LONGEST_SECONDS:
            await asyncio.sleep(0.1)
            is_quiet = time.monotonic() - max(self._last_words, began) > _QUIET_SECONDS
            if is_quiet and not await asyncio.to_thread(_is_under_way, self._stores, channel):
                return True
        return False


def _open_door(
    settings: Settings,
    stores: Stores,
    inbox: InboxWriter,
    talk: _Talk,
    person: str,
    followed: PeopleFile | None,
    pictures: ChildPictures,
) -> Delivery:
    """Open the door of this terminal for a talk, with the desk behind it; return what delivers to it."""
    mint = build_mint(stores)
    delivery = Delivery(
        talk.adapters,
        Drawing(stores.blobs),
        reading=stores.transactions.reading,
        writing=stores.transactions.writing,
        clock=stores.clock,
        takes=talk.takes,
    )
    desk = build_desk(
        settings,
        stores,
        inbox,
        mint,
        pictures=pictures,
        policy=PolicyFile(settings),
        fetch=talk.fetch,
        wake=delivery.wake,
        are_rights_read=lambda _: followed is None or followed.is_read(),
    )
    port = port_of_house(settings.data_dir.resolve(), settings.web.host, settings.web.port)
    here = ConsoleSettings(user=person, name=person, issuer=_WORKSPACE, public_url=settings.public_url(port))
    talk.adapters[Platform.CONSOLE] = ConsoleDoor(
        here, desk, mint, stores.blobs, stores.clock, Terminal(talk.say, talk.prompt)
    )
    return delivery


def while_it_is_read() -> Callable[[str], None]:
    """Return what prints lines until whoever reads them goes, as `head` does; what was asked goes on."""
    is_read = True

    def out(text: str) -> None:
        nonlocal is_read
        if not is_read:
            return
        try:
            print(text, flush=True)
        except BrokenPipeError:
            is_read = False
            # Or the interpreter complains of the lost line once more when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    return out


def _is_under_way(stores: Stores, channel: str) -> bool:
    """Tell whether a change of this terminal is being worked on, or a card of it was not printed yet."""
    soon = stores.clock.now() + timedelta(minutes=1)
    with stores.transactions.reading() as uow:
        is_worked_on = any(
            change.state.value in _UNDER_WAY and change.place.channel == channel
            for change in uow.changes.every_open()
        )
        unprinted = uow.postings.due(soon, _MOST_UNPRINTED, (Platform.CONSOLE,))
    return is_worked_on or any(posting.place.channel == channel for posting in unprinted)
