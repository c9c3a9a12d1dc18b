"""The doors: web chat always, Slack and Teams when their tokens are there, all before one desk."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field

from starlette.types import ASGIApp

from bot.adapters.webchat import (
    WebChannel,
    WebChatAdapter,
    WebChatSettings,
    WebPerson,
    resume_on_web,
    webchat_app,
)
from bot.cards.tokens import TokenMint
from bot.door import ChatAdapter, Desk
from domain.disk_trouble import find_disk_trouble
from domain.errors import NotNow
from domain.identity.chat import Account, FileRef, Incoming, Place, Platform
from domain.identity.people import Person
from domain.proof.audit import AuditAct, AuditEntry
from runtime.pinned_transport import pinned_to
from runtime.settings.house import Settings
from runtime.wiring.incident_pages import incident_mounts
from runtime.wiring.knowledge import library_mount
from runtime.wiring.plan_pages import plan_mount
from runtime.wiring.stores import Stores
from runtime.wiring.web import leavers_watch, visitors_of, web_mounts
from runtime.wiring.web_sign_ins import WebSignIns, WebTeams
from storage.stores.web_chat_store import SqlReadMarks, SqlWebChatLog

_MIB = 1 << 20
_LOOPBACK = ("127.0.0.1", "localhost")
_WEB_WORKSPACE = "web"
_PURPOSES = {
    "data-feeds": "Drop a sample file, get a feed",
    "approvals": "What waits for a yes",
    "incidents": "What is broken, and what we do about it",
}


@dataclass
class Doors:
    """The connected platforms, what is served for each, and what starts and stops with them."""

    adapters: dict[Platform, ChatAdapter] = field(default_factory=dict)
    mounts: list[tuple[str, ASGIApp]] = field(default_factory=list)
    starts: dict[Platform, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    checks: dict[Platform, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """What raises while a platform that was started can't be heard."""
    closes: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What ends connections that would stay open for ever, so that the server can stop."""
    stops: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What finishes the acts under way, once no new ones come in."""
    watches: dict[str, Callable[[], Coroutine[None, None, None]]] = field(default_factory=dict)
    """What runs beside the doors for as long as they are open, by name."""
    are_rights_read: dict[Platform, Callable[[], bool]] = field(default_factory=dict)
    """Whether a platform's directory was asked within the last minute, where it has one that we follow."""
    resumes: dict[Platform, Callable[[Incoming], Awaitable[None]]] = field(default_factory=dict)
    """How a platform takes up an act that was kept but not done, where it must look again first."""


def channel_map(settings: Settings) -> dict[str, tuple[Place, ...]]:
    """Return where each channel of the policy is, on every connected platform."""
    places: dict[str, list[Place]] = {}
    for name in settings.web.channels:
        places.setdefault(name, []).append(
            Place(platform=Platform.WEB, workspace=_WEB_WORKSPACE, channel=name)
        )
    if settings.slack.team_ids:  # processes without a door know no token, but have to know where to tell
        for name, channel in settings.slack.channels.items():
            team = settings.slack.team_ids[0]
            places.setdefault(name, []).append(
                Place(platform=Platform.SLACK, workspace=team, channel=channel)
            )
    if settings.teams.app_id or settings.teams.allow_loopback:
        for name, conversation in settings.teams.channels.items():
            place = Place(platform=Platform.TEAMS, workspace=settings.teams.tenant, channel=conversation)
            places.setdefault(name, []).append(place)
    return {name: tuple(found) for name, found in places.items()}


@dataclass(frozen=True)
class Behind:
    """What every door leads to, and the address under which people reach them."""

    settings: Settings
    stores: Stores
    desk: Desk
    mint: TokenMint
    public_url: str


def open_doors(doors: Doors, behind: Behind, people: list[Person]) -> None:
    """Build every door that has what it needs, into what the desk and the delivery hold already."""
    _open_slack(doors, behind)
    _open_teams(doors, behind)
    _open_web(doors, behind, people)


def fetcher(
    stores: Stores, doors: Doors, limit_mib: int
) -> Callable[[Incoming, FileRef], Awaitable[FileRef]]:
    """Return what brings a dropped file into our blobs, from the platform that it was dropped on."""

    async def fetch(incoming: Incoming, file: FileRef) -> FileRef:
        if file.blob is not None:
            return file
        adapter = doors.adapters.get(incoming.account.platform)
        if adapter is None:
            raise NotNow("platform gone", say="That chat is no longer connected, so I can't get the file.")
        path = stores.blobs.new_file()
        try:
            await adapter.fetch(file, path, limit_mib * _MIB)
            return file.model_copy(update={"blob": stores.blobs.put_file(path)})
        except OSError as error:
            trouble = find_disk_trouble(error, file.name)
            if trouble is None:
                raise
            raise trouble from error
        finally:
            path.unlink(missing_ok=True)

    return fetch


def _open_web(doors: Doors, behind: Behind, people: list[Person]) -> None:
    settings, stores, desk = behind.settings, behind.stores, behind.desk
    chat = WebChatSettings(
        session_key=stores.keys.secret("web-session"),
        channels=tuple(
            WebChannel(
                id=name,
                purpose=_PURPOSES.get(name, ""),
                teams=frozenset(settings.knowledge.teams_of_channels.get(name, ())),
            )
            for name in settings.web.channels
        ),
        issuer=_WEB_WORKSPACE,
        public_url=behind.public_url,
        demo=settings.web.demo,
        demo_people=tuple(
            WebPerson(subject=person.id, name=person.name, role=_part(person)) for person in people
        ),
        sign_in_path="/sign-in/",
        secure_cookies=behind.public_url.startswith("https://"),
        upload_limit_bytes=settings.limits.upload_mib * _MIB,
    )
    adapter = WebChatAdapter(
        SqlWebChatLog(stores.database),
        behind.mint,
        stores.blobs,
        stores.clock,
        chat,
        WebTeams(stores, chat.issuer),
    )
    doors.adapters[Platform.WEB] = adapter
    doors.resumes[Platform.WEB] = lambda incoming: resume_on_web(desk, adapter, incoming)
    visitors = visitors_of(chat, stores.transactions, stores.clock)
    stopping = asyncio.Event()
    doors.mounts += web_mounts(settings, stores, chat, visitors, is_stopping=stopping.is_set)
    doors.mounts += incident_mounts(settings, stores, visitors)
    doors.mounts.append(plan_mount(stores, visitors))
    doors.mounts.append(("/kb", library_mount(stores, visitors)))
    leavers = leavers_watch(settings, stores, visitors)
    if leavers is not None:
        doors.watches["leavers"], doors.are_rights_read[Platform.WEB] = leavers
    marks = SqlReadMarks(stores.database)
    doors.mounts.append(("/", webchat_app(desk, adapter, marks, chat, WebSignIns(stores, visitors))))

    async def close() -> None:
        stopping.set()
        adapter.live.close()

    doors.closes.append(close)


def _open_slack(doors: Doors, behind: Behind) -> None:
    slack = behind.settings.slack
    if not slack.bot_token.get_secret_value():
        return
    from bot.adapters.slack import SlackAdapter
    from bot.adapters.slack_door import SlackDoor
    from bot.adapters.slack_settings import SLACK_FILE_HOSTS, SlackSettings

    async def note_refusal(account: Account, reason: str) -> None:
        await asyncio.to_thread(_note_refusal, behind.stores, account, reason)

    chosen = SlackSettings(
        bot_token=slack.bot_token.get_secret_value(),
        signing_secret=slack.signing_secret.get_secret_value(),
        app_token=slack.app_token.get_secret_value(),
        team_ids=frozenset(slack.team_ids),
        use_socket_mode=bool(slack.app_token.get_secret_value()),
        base_url=slack.base_url,
        file_hosts=SLACK_FILE_HOSTS | frozenset(slack.file_hosts),
        public_url=behind.public_url,
    )
    adapter = SlackAdapter(chosen, behind.mint)
    door = SlackDoor(chosen, behind.desk, adapter, note_refusal)

    async def resume(incoming: Incoming) -> None:
        door.resume(incoming)

    doors.resumes[Platform.SLACK] = resume
    doors.adapters[Platform.SLACK] = adapter
    if chosen.signing_secret.strip():  # in Socket Mode none is needed, and then nothing is taken over HTTP
        doors.mounts.append(("/slack", door.asgi()))
    doors.starts[Platform.SLACK] = door.start
    doors.checks[Platform.SLACK] = door.check
    doors.stops.append(door.stop)


def _open_teams(doors: Doors, behind: Behind) -> None:
    teams = behind.settings.teams
    if not teams.app_id and not teams.allow_loopback:
        return
    from bot.adapters.teams import TeamsDoor
    from bot.adapters.teams_settings import TeamsSettings
    from storage.stores.conversation_book_store import SqlConversationBook

    async def note_refusal(account: Account, reason: str) -> None:
        await asyncio.to_thread(_note_refusal, behind.stores, account, reason)

    door = TeamsDoor(
        TeamsSettings(
            app_id=teams.app_id,
            app_password=teams.app_password,
            tenant=teams.tenant,
            public_url=behind.public_url,
            issuer=teams.issuer,
            metadata_url=teams.metadata_url,
            token_url=teams.token_url,
            allow_loopback=teams.allow_loopback,
            transport=pinned_to(
                (teams.metadata_url,), _LOOPBACK if teams.allow_loopback else (), by_proxy=True
            ),
        ),
        behind.desk,
        behind.mint,
        SqlConversationBook(behind.stores.database, behind.stores.clock),
        note_refusal,
    )
    doors.adapters[Platform.TEAMS] = door
    doors.resumes[Platform.TEAMS] = door.resume
    doors.mounts.append(("/teams", door.asgi()))
    doors.stops.append(door.drain)


def _note_refusal(stores: Stores, account: Account, reason: str) -> None:
    """Record who was turned away at a door, before the desk."""
    with stores.transactions.writing() as uow:
        uow.audit.append(
            AuditEntry(
                at=stores.clock.now(),
                act=AuditAct.REFUSED,
                actor="visitor",
                subject="door",
                door=account.platform.value,
                facts={"account": f"{account.workspace}:{account.user}", "reason": reason[:300]},
            )
        )


def _part(person: Person) -> str:
    order = ("approver", "stream_team", "engineer")
    return next((role.replace("_", " ") for role in order if role in person.roles), "")
