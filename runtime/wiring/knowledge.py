"""The front's side of the library: the client, and who reads along in which channel."""

from starlette.types import ASGIApp

from bot.adapters.webchat.shield import Shield
from domain.knowledge.articles import Audience
from domain.knowledge.readers import ChannelAudiences
from runtime.library_access.client import KnowledgeClient
from runtime.library_access.fallback import WordFallback
from runtime.library_access.pages import library_pages
from runtime.library_access.wire import PORT_FILE, SECRET_PURPOSE
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores
from web.visitors import Visitors


def library_client(settings: Settings, stores: Stores) -> KnowledgeClient:
    """Return the way to the library process; it may be away, then exact words answer."""
    return KnowledgeClient(
        stores.keys.secret(SECRET_PURPOSE),
        settings.knowledge.url,
        settings.data_dir.resolve() / PORT_FILE,
        WordFallback(stores.transactions),
    )


def library_mount(stores: Stores, visitors: Visitors) -> ASGIApp:
    """Return the pages of articles, behind the shield."""
    return Shield(library_pages(stores.transactions, visitors, stores.clock))


def channel_audiences(settings: Settings) -> ChannelAudiences:
    """Return whom channels belong to, by name and by the id that each platform knows them under."""
    found: dict[str, frozenset[Audience]] = {}
    for channel, teams in settings.knowledge.teams_of_channels.items():
        audiences = frozenset({Audience("everyone"), *(Audience(f"team:{team}") for team in teams)})
        for name in (channel, settings.slack.channels.get(channel), settings.teams.channels.get(channel)):
            if name:
                found[name] = audiences
    return found
