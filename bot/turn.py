"""One act of one account being done: who, where, when, and the transaction it happens in."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.cards.model import Action, Card
from domain.approval.policy import Policy
from domain.errors import NotNow
from domain.identity.access import Act, require
from domain.identity.chat import Incoming, Place, Platform
from domain.identity.contacts import Contact
from domain.identity.people import Person
from domain.knowledge.readers import ChannelAudiences
from domain.ports.adviser import ScriptDesk
from domain.ports.blobs import BlobStore
from domain.ports.change_host import FeedShelf
from domain.ports.configurator import Configurator
from domain.ports.diagnostician import Cartographer
from domain.ports.feed_health import FeedWatch
from domain.ports.knowledge_service import KnowledgeService
from domain.ports.pictures import PictureMaker
from domain.ports.planner import Planner
from domain.ports.telemetry_store import SenderHealth
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.remediation.runbooks import Inventory
from domain.stories import StoryCall, StoryKind
from domain.telling.postings import Posting, View


@dataclass(frozen=True)
class FixTools:
    """What remediation plans with."""

    planner: Callable[[], Planner]
    inventory: Callable[[UnitOfWork], Inventory]
    """Targets, feeds and services as they are now."""
    environment: str
    scripts: Callable[[], ScriptDesk] | None = None
    """None where written scripts are not taken."""
    has_model: bool = False
    """Whether a model can be asked for a proposal or a draft."""

    def get_scripts(self) -> ScriptDesk:
        """Return what reviews written scripts; raises `NotNow` where none are taken."""
        if self.scripts is None:
            raise NotNow("no scripts here", say="Written scripts are not taken here.")
        return self.scripts()


def _always(platform: Platform) -> bool:
    return True


@dataclass(frozen=True)
class Tools:
    """What commands use beside the transaction; built once by the roof."""

    blobs: BlobStore
    shelf: FeedShelf
    configurator: Configurator
    policy: Callable[[], Policy]
    channels: Mapping[str, tuple[Place, ...]]
    """A channel's name in the policy to where it is on each platform."""
    cartographer: Cartographer | None = None
    """None where there is no map of what depends on what."""
    fixes: FixTools | None = None
    """None where nothing can be planned: then commands say so."""
    library: KnowledgeService | None = None
    """None where no library is: then nothing is known, and that is said."""
    audiences: ChannelAudiences = field(default_factory=dict)
    """Whom a channel belongs to."""
    health: FeedWatch | None = None
    """None where no feed is watched."""
    pictures: PictureMaker | None = None
    """None where nothing can be drawn: then words have to do."""
    contact_code: Callable[[Contact], str] | None = None
    """Makes the code that confirms an address; None where nothing leaves the house."""
    senders: SenderHealth | None = None
    """None where no telemetry is pushed to us."""
    reading: Opening | None = None
    """Opens a transaction that reads, for preparations; commands have one already."""
    are_rights_read: Callable[[Platform], bool] = _always
    """Whether what says who may what, for people of a platform, was read within the last minute."""
    zone: str = "UTC"
    """By whose clock days are meant that people name without a feed."""


@dataclass(frozen=True)
class Asked:
    """An act before the transaction that does it, for preparations: they may wait and write nothing."""

    incoming: Incoming
    person: Person | None
    tools: Tools
    words: tuple[str, ...] = ()
    """Words after the verb, of something said."""
    subject: str = ""
    """Of a pressed button, with `arguments`, as its signed token says."""
    arguments: Mapping[str, str] = field(default_factory=dict)


Preparation = Callable[[Asked], Awaitable[object]]


@dataclass
class Turn:
    """Everything one command sees. `verb` and `arguments` come from a signed token or from parsed text."""

    incoming: Incoming
    person: Person | None
    uow: UnitOfWork
    now: datetime
    tools: Tools
    verb: str = ""
    subject: str = ""
    subject_hash: str = ""
    is_shown_whole: bool = True
    """False when the card of the pressed button was shortened where it was drawn."""
    seen: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    prepared: object = None
    """What the verb's or button's preparation returned."""
    posted: list[Posting] = field(default_factory=list)

    @property
    def actor(self) -> str:
        """Return how the audit trail names the one who acted."""
        return self.person.id if self.person else "visitor"

    def require(self, act: Act) -> Person:
        """Return the person when they may do the act; raises `NotAllowed`."""
        return require(self.person, act, self.uow.people.everybody)

    @property
    def thread(self) -> Place:
        """Return the place where an answer belongs: the thread of the act."""
        place = self.incoming.place
        return place if place.thread else place.model_copy(update={"thread": self.incoming.message})

    def say(self, card: Card) -> None:
        """Answer everybody in the thread, durably and once."""
        key = f"{self.incoming.key}#{len(self.posted)}"
        self._post(
            Posting(
                key=key,
                view=View.MESSAGE,
                place=self.thread,
                card_json=card.model_dump_json(),
                created_at=self.now,
                next_attempt_at=self.now,
            )
        )

    def say_at(self, place: Place, card: Card) -> None:
        """Tell everybody at another place, durably and once."""
        key = f"{self.incoming.key}#{len(self.posted)}"
        self._post(
            Posting(
                key=key,
                view=View.MESSAGE,
                place=place,
                card_json=card.model_dump_json(),
                created_at=self.now,
                next_attempt_at=self.now,
            )
        )

    def show(self, view: View, subject: str, place: Place | None = None) -> None:
        """Put a card about a subject that is kept up to date; once per subject, view and place."""
        at = place or self.thread
        key = f"{view}:{subject}:{at.platform}:{at.workspace}:{at.channel}:{at.thread}"
        self._post(
            Posting(
                key=key,
                view=view,
                subject=subject,
                place=at,
                created_at=self.now,
                next_attempt_at=self.now,
            )
        )

    def record(self, act: AuditAct, subject: str, *, subject_hash: str = "", **facts: str) -> None:
        """Write an audit entry in this transaction."""
        self.uow.audit.append(
            AuditEntry(
                at=self.now,
                act=act,
                actor=self.actor,
                subject=subject,
                door=self.incoming.account.platform.value,
                subject_hash=subject_hash,
                facts={"press": self.incoming.key} | facts,
            )
        )

    def nudge(self, kind: StoryKind, subject_id: str) -> None:
        """Let a story know that something changed."""
        self.uow.stories.add(
            StoryCall(
                key=f"{kind}/{subject_id}#{self.incoming.key}",
                kind=kind,
                subject_id=subject_id,
                at=self.now,
            )
        )

    def _post(self, posting: Posting) -> None:
        self.posted.append(posting)
        self.uow.postings.add(posting)


def button(verb: str, label: str, subject: str = "", **arguments: str) -> Action:
    """Return a plain button."""
    return Action(verb=verb, label=label, subject=subject, arguments=arguments)
