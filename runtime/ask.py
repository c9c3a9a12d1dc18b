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
from bot.delivery import Delivery
from bot.presenters.drawing import Drawing
from domain.chat import FileRef, Incoming, Platform
from domain.counting import in_series
from domain.postings import Posting
from runtime.front import followed_people, prepare
from runtime.ports import port_of_house
from runtime.settings import Settings
from runtime.steady import steadily
from runtime.wiring.desk import build_desk, build_mint
from runtime.wiring.policy_file import PolicyFile
from runtime.wiring.stores import Stores, open_stores
from storage.inbox_writer import InboxWriter

_QUIET_SECONDS = 1.2
_MOST_NAMED = 5
_LONGEST_SECONDS = 60.0
_MOST_UNPRINTED = 500
_WORKSPACE = "local"
_UNDER_WAY = ("reading", "building", "opening", "merging")


def ask(settings: Settings, words: str, person: str, files: list[Path]) -> int:
    """Say something and print the answers; without words, hold a conversation."""
    asyncio.run(_ask(settings, words, person or getpass.getuser(), files))
    return 0


async def _ask(settings: Settings, words: str, person: str, files: list[Path]) -> None:
    stores = open_stores(settings)
    prepare(settings, stores)
    inbox, mint = InboxWriter(stores.database), build_mint(stores)
    policy = PolicyFile(settings)
    adapters: dict[Platform, ConsoleDoor] = {}
    began, is_talk = stores.clock.now(), not words and not files
    last_words = [time.monotonic()]

    out = while_it_is_read()

    def say(text: str) -> None:
        last_words[0] = time.monotonic()
        out(text)

    async def prompt(text: str) -> str | None:
        try:
            return await asyncio.to_thread(input, f"{text} ")
        except EOFError:
            return None

    def takes(posting: Posting) -> bool:
        """Take what is for this terminal; one question is answered, and what waited before it only named."""
        door = adapters[Platform.CONSOLE]
        if posting.place.channel != door.place.channel:
            return False
        known_as = {posting.key, *([posting.sent.message] if posting.sent else [])}
        is_earlier = not is_talk and posting.next_attempt_at < began
        (door.earlier.update if is_earlier else door.earlier.difference_update)(known_as)
        return True

    async def fetch(incoming: Incoming, file: FileRef) -> FileRef:
        if file.blob is not None:
            return file
        path = stores.blobs.new_file()
        await adapters[Platform.CONSOLE].fetch(file, path, settings.limits.upload_mib << 20)
        return file.model_copy(update={"blob": stores.blobs.put_file(path)})

    delivery = Delivery(
        adapters,
        Drawing(stores.blobs),
        reading=stores.transactions.reading,
        writing=stores.transactions.writing,
        clock=stores.clock,
        takes=takes,
    )
    followed = followed_people(settings, stores)
    desk = build_desk(
        settings,
        stores,
        inbox,
        mint,
        policy=policy,
        fetch=fetch,
        wake=delivery.wake,
        are_rights_read=lambda _: followed is None or followed.is_read(),
    )
    door = ConsoleDoor(
        ConsoleSettings(
            user=person,
            name=person,
            issuer=_WORKSPACE,
            public_url=settings.public_url(settings.web.port or port_of_house(settings.data_dir.resolve())),
        ),
        desk,
        mint,
        stores.blobs,
        stores.clock,
        Terminal(say, prompt),
    )
    adapters[Platform.CONSOLE] = door
    works = {"delivery": delivery.run, **({"people": followed.follow} if followed is not None else {})}
    beside = [asyncio.create_task(steadily(name, work)) for name, work in works.items()]
    try:
        if not words and not files:
            await door.converse()
            return
        for path in files:
            await door.take(f"drop {path} {words}".strip())
        if words and not files:
            await door.take(words)
        if not await _until_quiet(stores, door.place.channel, last_words):
            say("This takes longer than a minute and goes on without you. Ask for `waiting` to see it.")
        if door.meanwhile:
            titles = in_series(list(dict.fromkeys(door.meanwhile)), most=_MOST_NAMED)
            say(f"Since you were last here, these changed: {titles}.")
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        inbox.close()
        stores.database.close()


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


async def _until_quiet(stores: Stores, channel: str, last_words: list[float]) -> bool:
    """Wait until all is said and nothing begun here is under way; False when that took too long."""
    began = time.monotonic()
    while time.monotonic() - began < _LONGEST_SECONDS:
        await asyncio.sleep(0.1)
        is_quiet = time.monotonic() - max(last_words[0], began) > _QUIET_SECONDS
        if is_quiet and not await asyncio.to_thread(_is_under_way, stores, channel):
            return True
    return False


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
