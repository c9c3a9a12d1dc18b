"""The desk, the same for every process that has a door."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.at_hand import ShelfAtHand
from bot.cards.tokens import TokenMint
from bot.commands.phrasebook import phrasebook
from bot.desk import ChatDesk
from bot.floods import Floods
from bot.turn import Tools
from domain.approval.policy import Policy
from domain.identity.chat import FileRef, Incoming, Platform
from runtime.settings.house import Settings
from runtime.wiring.configurator import EngineConfigurator
from runtime.wiring.doors import channel_map
from runtime.wiring.investigating.incident_map import LazyMap
from runtime.wiring.knowledge import channel_audiences, library_client
from runtime.wiring.notifiers import code_maker
from runtime.wiring.pictures import ChildPictures
from runtime.wiring.remediation import fix_tools
from runtime.wiring.sender_health import telemetry_senders
from runtime.wiring.stores import Stores
from storage.feed_health import SqlFeedHealth
from storage.inbox_writer import InboxWriter


def build_mint(stores: Stores) -> TokenMint:
    """Return what makes and reads the tokens of buttons."""
    current, ring = stores.keys.secret_ring("action-tokens")
    return TokenMint(ring, current, clock=stores.clock.now)


def build_desk(
    settings: Settings,
    stores: Stores,
    inbox: InboxWriter,
    mint: TokenMint,
    *,
    pictures: ChildPictures,
    policy: Callable[[], Policy],
    fetch: Callable[[Incoming, FileRef], Awaitable[FileRef]],
    wake: Callable[[], None],
    are_rights_read: Callable[[Platform], bool],
) -> ChatDesk:
    """Return the desk before which all doors of a process stand."""

    async def keep(incoming: Incoming) -> bool:
        return await asyncio.wrap_future(inbox.accept(incoming))

    shelf = ShelfAtHand(stores.shelf)
    return ChatDesk(
        phrasebook(),
        Tools(
            blobs=stores.blobs,
            shelf=shelf,
            configurator=EngineConfigurator(shelf, settings.environment),
            policy=policy,
            channels=channel_map(settings),
            cartographer=LazyMap(settings, stores.transactions.reading),
            health=SqlFeedHealth(stores.database),
            pictures=pictures,
            fixes=fix_tools(settings),
            library=library_client(settings, stores),
            audiences=channel_audiences(settings),
            contact_code=code_maker(stores),
            senders=telemetry_senders(settings),
            reading=stores.transactions.reading,
            are_rights_read=are_rights_read,
            zone=settings.watch.quiet_zone,
        ),
        reading=stores.transactions.reading,
        writing=stores.transactions.writing,
        keep=keep,
        read_token=mint.read,
        fetch=fetch,
        clock=stores.clock,
        wake=wake,
        floods=Floods(settings.limits.acts_in_ten_seconds, settings.limits.said_in_channel_in_ten_seconds),
        is_grouping=stores.database.is_sqlite,
    )
