"""A desk with real stores and tokens, and people who act on several platforms."""

import asyncio
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.at_hand import ShelfAtHand
from bot.cards.model import Action, Card, Reply
from bot.cards.text import literal
from bot.cards.tokens import SignedAction, TokenMint
from bot.commands.phrasebook import phrasebook
from bot.desk import ChatDesk
from bot.floods import Floods
from bot.intents import Phrasebook
from bot.presenters.drawing import Drawing
from bot.turn import FixTools, Tools
from config_gen.gate import inspect
from config_gen.local_reviews import LocalReviews
from domain.approval.approvals import ApprovalRequest, Need
from domain.approval.policy import Policy, parse_policy
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange, Proposal
from domain.errors import OutsideTrouble
from domain.identity.chat import Account, FileRef, Incoming, IncomingKind, Place, Platform
from domain.identity.contacts import code_of
from domain.identity.people import ChatIdentity, Person, Role
from domain.ids import ApprovalId, PersonId, RequestId
from domain.knowledge.readers import ChannelAudiences
from domain.ports.change_host import FeedShelf
from domain.ports.diagnostician import Cartographer
from domain.telling.postings import Posting
from runtime.keys import KeyFolder
from runtime.library_access.client import KnowledgeClient
from runtime.library_access.fallback import WordFallback
from runtime.wiring.configurator import EngineConfigurator
from runtime.wiring.stores import transactions_of
from storage.blobs import DirectoryBlobs
from storage.engine import Database
from storage.feed_health import SqlFeedHealth
from storage.migrate import migrate
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import HASH, a_person, a_request

CHANNEL = "approvals"
CONTACT_KEY = b"c" * 32
RULES = {"rules": [{"id": "all", "needs": [{"role": "approver", "count": 2}], "expire_after_minutes": 60}]}
_keys = itertools.count(1)


@dataclass
class FixedClock:
    """Stands still until a test moves it."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 22, 12, tzinfo=UTC))

    def now(self) -> datetime:
        """Return the moment."""
        return self.at


@dataclass
class DeskHouse:
    """The desk and the truth behind it."""

    folder: Path
    clock: FixedClock = field(default_factory=FixedClock)
    most_acts: int = 30
    most_said: int = 200
    audiences: ChannelAudiences = field(default_factory=dict)
    fixes: FixTools | None = None
    cartographer: Cartographer | None = None
    trouble: OutsideTrouble | None = None
    """What the chat answers when a dropped file is fetched."""
    channels: dict[str, tuple[Place, ...]] = field(default_factory=dict)
    """A channel's name in the policy to its places; tests add theirs."""
    address: str = ""
    """Of the database; a file in the folder without one."""
    book: Phrasebook = field(default_factory=phrasebook)
    shelf: FeedShelf | None = None
    """Where agreed configurations are; a repository in the folder without one."""
    is_watched: bool = False
    """Whether health and alerts of feeds are read, as where feeds are watched."""
    unread: set[str] = field(default_factory=set)
    """Platforms for whose people nobody could read lately who may what."""

    def __post_init__(self) -> None:
        """Open everything in the folder."""
        self.policy: Policy = parse_policy(RULES)
        self.database = Database(self.address or f"sqlite:///{self.folder}/truth.db")
        migrate(self.database)
        self.blobs = DirectoryBlobs(self.folder / "blobs")
        self.transactions = self.opened()
        self.mint = TokenMint({"k1": b"k" * 32}, "k1", clock=self.clock.now)
        reviews = ShelfAtHand(self.shelf or LocalReviews(self.folder / "config.git", gate=inspect))
        self.desk = ChatDesk(
            self.book,
            Tools(
                blobs=self.blobs,
                shelf=reviews,
                configurator=EngineConfigurator(reviews, "production"),
                policy=lambda: self.policy,
                channels=self.channels,
                library=KnowledgeClient(
                    b"l" * 32, "", self.folder / "library.port", WordFallback(self.transactions)
                ),
                audiences=self.audiences,
                contact_code=lambda contact: code_of(CONTACT_KEY, contact),
                reading=self.transactions.reading,
                fixes=self.fixes,
                health=SqlFeedHealth(self.database) if self.is_watched else None,
                cartographer=self.cartographer,
                are_rights_read=lambda platform: platform.value not in self.unread,
            ),
            reading=self.transactions.reading,
            writing=self.transactions.writing,
            keep=self._keep,
            read_token=self.read_token,
            fetch=self._fetch,
            clock=self.clock,
            wake=lambda: None,
            floods=Floods(self.most_acts, self.most_said),
        )
        self.knows(a_person("sam", Role.STREAM_TEAM), "web", "slack")
        for name in ("ada", "jo"):
            self.knows(a_person(name, Role.APPROVER), "web", "slack", "teams")

    def opened(self) -> SqlTransactions:
        """Return the stores; a build that is broken on purpose has others."""
        return transactions_of(self.database, KeyFolder(self.folder / "keys"))

    def read_token(self, token: str, place: Place) -> SignedAction:
        """Return what a button says; a build that is broken on purpose reads another thing."""
        return self.mint.read(token, place)

    def knows(self, person: Person, *platforms: str) -> None:
        """Keep a person with accounts on these platforms."""
        with self.transactions.writing() as uow:
            uow.people.save(person)
            for platform in platforms:
                identity = ChatIdentity(
                    account=account_of(person.id, platform), person=person.id, linked_at=self.clock.at
                )
                uow.people.link(identity)

    def change_in_review(self, *, high_risk: bool = False, needed: int = 2) -> ApprovalRequest:
        """Keep a change of sam's that waits for approval, and return its request."""
        proposal = Proposal(
            feed="fx_trades", yaml="feed: fx_trades\n", diff="+feed: fx_trades\n", owner="ops"
        )
        request = a_request(
            Need(role=Role.APPROVER, count=needed),
            authors=("sam",),
            high_risk=high_risk,
            rule="all",
            policy_version=self.policy.version,
            channel=CHANNEL,
            opened_at=self.clock.at,
            expires_at=self.clock.at + timedelta(hours=1),
        )
        change = ConfigChange(
            id=RequestId("c1"),
            kind=ChangeKind.ONBOARD,
            state=ChangeState.IN_REVIEW,
            requested_by=PersonId("sam"),
            authors=frozenset({PersonId("sam")}),
            place=place_of("web"),
            feed="fx_trades",
            proposal=self.blobs.put(proposal.model_dump_json().encode()),
            approval=request.id,
            review_number=1,
            opened_at=self.clock.at,
            updated_at=self.clock.at,
        )
        with self.transactions.writing() as uow:
            uow.approvals.save(request)
            uow.changes.save(change)
        return request

    def token(
        self, verb: str, platform: str = "web", *, subject_hash: str = HASH, subject: str = "approval/a1"
    ) -> str:
        """Return the token of a button as a card on a platform carries it."""
        action = Action(verb=verb, label="x", subject=subject, subject_hash=subject_hash)
        return self.mint(action, place_of(platform))

    def press(
        self,
        person: str,
        token: str,
        platform: str = "web",
        *,
        key: str = "",
        channel: str = CHANNEL,
        minutes_signed_in: int = 1,
    ) -> Reply:
        """Press a button and return what the presser sees."""
        return self.act(
            Incoming(
                key=key or f"{platform}:{next(_keys)}",
                kind=IncomingKind.PRESS,
                account=account_of(person, platform),
                place=place_of(platform, channel),
                at=self.clock.at,
                token=token,
                signed_in_at=self.clock.at - timedelta(minutes=minutes_signed_in),
            )
        )

    def submit(self, person: str, token: str, inputs: dict[str, str]) -> Reply:
        """Send a dialog and return what its sender sees."""
        return self.act(
            Incoming(
                key=f"web:{next(_keys)}",
                kind=IncomingKind.SUBMIT,
                account=account_of(person, "web"),
                place=place_of("web"),
                at=self.clock.at,
                token=token,
                inputs=inputs,
            )
        )

    def say(
        self,
        person: str,
        text: str,
        platform: str = "web",
        *,
        addressed: bool = True,
        minutes_signed_in: int = 1,
    ) -> Reply:
        """Say something and return what the speaker alone sees."""
        return self.act(
            Incoming(
                key=f"{platform}:{next(_keys)}",
                kind=IncomingKind.MESSAGE,
                account=account_of(person, platform),
                place=place_of(platform),
                at=self.clock.at,
                text=text,
                message="m1",
                addressed=addressed,
                signed_in_at=self.clock.at - timedelta(minutes=minutes_signed_in),
            )
        )

    def act(self, incoming: Incoming) -> Reply:
        """Do an act as a door does: keep it, then work on it."""

        async def both() -> Reply:
            await self.desk.accept(incoming)
            return await self.desk.work(incoming)

        return asyncio.run(both())

    def request(self) -> ApprovalRequest:
        """Return the request as it stands."""
        with self.transactions.reading() as uow:
            return uow.approvals.get(ApprovalId("a1"))

    def change(self) -> ConfigChange:
        """Return the change as it stands."""
        with self.transactions.reading() as uow:
            return uow.changes.get(RequestId("c1"))

    def said_to_all(self) -> list[str]:
        """Return the plain words of everything posted for everybody."""
        return [card.plain for card in self.cards_to_all()]

    def cards_to_all(self) -> list[Card]:
        """Return everything posted for everybody."""
        with self.transactions.reading() as uow:
            due: list[Posting] = uow.postings.due(self.clock.at, 100, list(Platform))
            return [Drawing(self.blobs).draw(posting, uow) for posting in due]

    def entries(self) -> list[tuple[str, str]]:
        """Return act and actor of every audit entry, oldest first."""
        from storage.audit.audit_verify import rows_of

        return [(row["act"], row["actor"]) for row in rows_of(self.database)]

    async def _keep(self, incoming: Incoming) -> bool:
        with self.transactions.writing() as uow:
            return uow.inbox.accept(incoming)

    async def _fetch(self, incoming: Incoming, file: FileRef) -> FileRef:
        if self.trouble is not None:
            raise self.trouble
        return file


def account_of(person: str, platform: str) -> Account:
    """Return a person's account on a platform."""
    return Account(platform=Platform(platform), workspace=f"{platform}-space", user=f"{platform}-{person}")


def place_of(platform: str, channel: str = CHANNEL) -> Place:
    """Return a channel on a platform."""
    return Place(platform=Platform(platform), workspace=f"{platform}-space", channel=channel)


def whispered(reply: Reply) -> str:
    """Return what the one who acted reads."""
    return " ".join(f"{card.title}: {literal(card.lead)}" for card in reply.whispers)
