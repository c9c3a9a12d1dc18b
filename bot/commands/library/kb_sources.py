"""Where documents come from: dropped files, folders, exports and pages, each synced with its own card."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import urlsplit

from bot.cards.model import Card, Reply, Table
from bot.cards.text import quote
from bot.commands.library.kb_experts import readers_of
from bot.intents import Verb
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.counting import counted
from domain.errors import BadInput, NotAllowed, NotFound
from domain.identity.access import Act, may
from domain.identity.chat import FileRef
from domain.ids import BlobId
from domain.knowledge.articles import ArticleEvent, ArticleState, may_read, next_state
from domain.knowledge.library import KnowledgeSource, SourceKind, SyncState, new_id
from domain.knowledge.readers import may_handle, reader_at
from domain.proof.audit import AuditAct
from domain.telling.postings import View
from domain.text.bounded_reads import BoundedReads

DOCUMENTS = frozenset(
    {".md", ".markdown", ".adoc", ".asciidoc", ".rst", ".html", ".htm", ".pdf", ".docx", ".ipynb"}
)
_MOST_NAMES = 5_000
_MOST_FILES = 50


def are_documents(files: tuple[FileRef, ...], text: str, path_of: Callable[[BlobId], Path]) -> bool:
    """Say whether dropped files are for the library: by kind, by what a zip holds, or because we are told."""
    if re.match(r"(?i)\s*(?:<@[^>]+>\s*)?(?:@dogwatch\s+)?kb\b", text):
        return True
    return bool(files) and all(_is_document(file, path_of) for file in files)


def _is_document(file: FileRef, path_of: Callable[[BlobId], Path]) -> bool:
    suffix = PurePosixPath(file.name.lower()).suffix
    if suffix != ".zip" or file.blob is None:
        return suffix in DOCUMENTS
    try:
        with path_of(file.blob).open("rb") as stream, _opened(stream) as archive:
            names = archive.namelist()[:_MOST_NAMES]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    kinds = [PurePosixPath(name.lower()).suffix for name in names if not name.endswith("/")]
    return sum(kind in DOCUMENTS for kind in kinds) * 2 > len(kinds)


def _opened(stream: BinaryIO) -> zipfile.ZipFile:
    # It is opened beside the doors, so what it costs is bounded; what it holds is read elsewhere.
    return zipfile.ZipFile(BoundedReads(stream))


def take_documents(turn: Turn) -> Reply:
    """Let dropped documents be read; the card shows how far that is."""
    person = turn.require(Act.EDIT_KNOWLEDGE)
    files = turn.incoming.files
    if len(files) > _MOST_FILES:
        raise BadInput(
            f"{len(files)} documents",
            say=f"That is {len(files)} files; I take up to {_MOST_FILES} at once.",
            next_step="Put them into one zip.",
        )
    source = KnowledgeSource(
        id=new_id("s", turn.incoming.key),
        kind=SourceKind.UPLOAD,
        name=", ".join(file.name for file in files)[:120],
        blobs=tuple((file.name, file.blob) for file in files if file.blob is not None),
        readers=readers_of(turn, turn.incoming.place),
        owner=person.id,
        total=len(files),
        asked=1,
    )
    return _begin(turn, source, "dropped")


def connect(turn: Turn) -> Reply:
    """Connect a folder of runbooks, an export, or a web page, and sync it."""
    person = turn.require(Act.PUBLISH_KNOWLEDGE)
    if len(turn.words) != 2 or turn.words[0].lower() not in _KINDS:
        raise BadInput(
            "kb connect",
            say="Tell me what and where.",
            next_step="*kb connect git FOLDER*, *kb connect confluence FOLDER*, *kb connect notion FOLDER*"
            " or *kb connect web https://…*",
        )
    kind, address = _KINDS[turn.words[0].lower()], turn.words[1].strip("<>`*").rstrip("/")
    if kind is SourceKind.WEB and not _is_https(address):
        raise BadInput(
            "web source without https",
            say="I fetch pages over https only.",
            next_step="Give the https address.",
        )
    source = KnowledgeSource(
        id=new_id("s", kind.value, address),
        kind=kind,
        name=address.rpartition("/")[2][:60] or address[:60],
        address=address[:500],
        readers=readers_of(turn, turn.incoming.place),
        owner=person.id,
        asked=1,
    )
    known = next((one for one in turn.uow.sources.every() if one.id == source.id), None)
    if known is not None and not _may_see(turn, known):
        raise NotAllowed(
            f"{known.subject} is not for {turn.incoming.place.channel}",
            say="That is connected already, for people who do not all read along here.",
            next_step="Sync it where it was connected, or in a direct message.",
        )
    if known is not None:
        return _begin(turn, known.model_copy(update={"asked": known.asked + 1}), "synced")
    return _begin(turn, source, "connected")


def _is_https(address: str) -> bool:
    try:
        return urlsplit(address).scheme == "https"
    except ValueError:  # `https://[::1`
        return False


def sync(turn: Turn) -> Reply:
    """Sync a source again, by its name."""
    turn.require(Act.EDIT_KNOWLEDGE)
    source = _named(turn)
    return _begin(turn, source.model_copy(update={"asked": source.asked + 1}), "synced")


def disconnect(turn: Turn) -> Reply:
    """Read a source no more, and take what came from it out of the library."""
    person = turn.require(Act.PUBLISH_KNOWLEDGE)
    source = turn.uow.sources.get(_named(turn).id)
    count = 0
    for entry in turn.uow.articles.of_source(source.id):
        if entry.article.state is ArticleState.RETIRED:
            continue
        article = entry.article.model_copy(update={"state": ArticleState.RETIRED})
        # Without its hash it is read anew when the source is connected again.
        gone = {"article": article, "content_hash": "", "sentence": f"{person.name} disconnected its source."}
        turn.uow.articles.save(entry.model_copy(update=gone))
        count += 1
    said = f"{person.name} disconnected it; {counted(count, 'article')} left the library."
    turn.uow.sources.save(source.model_copy(update={"state": SyncState.DISCONNECTED, "sentence": said}))
    turn.record(AuditAct.ARTICLE_CHANGED, source.subject, did="disconnected", count=str(count))
    turn.show(View.ARTICLE, source.subject)
    turn.uow.postings.refresh(source.subject, turn.now)
    return Reply()


def _named(turn: Turn) -> KnowledgeSource:
    """Return the source that was named; raises `BadInput` with the names that may be said here."""
    name = " ".join(turn.words).lower()
    known = _connected(turn)
    found = [one for one in known if one.name.lower() == name or one.address.lower() == name]
    if not found:
        names = ", ".join(one.name for one in known[:10]) or "none yet"
        raise BadInput("unknown source", say="Which source?", next_step=f"I know: {names}.")
    return found[0]


def _connected(turn: Turn) -> list[KnowledgeSource]:
    """Return the sources that are read again and again, of those that everybody here may know of."""
    return [
        one
        for one in turn.uow.sources.every()
        if one.kind is not SourceKind.UPLOAD
        and one.state is not SyncState.DISCONNECTED
        and _may_see(turn, one)
    ]


def _may_see(turn: Turn, source: KnowledgeSource) -> bool:
    return may_read(source.readers, reader_at(turn.person, turn.incoming.place, turn.tools.audiences))


def list_sources(turn: Turn) -> Reply:
    """Say where documents come from and how the last sync went."""
    turn.require(Act.EDIT_KNOWLEDGE)
    known = _connected(turn)
    if not known:
        turn.say(sentence("Sources", "No folder, export or page is connected yet. Say *kb connect*."))
        return Reply()
    rows = tuple(
        (
            quote(one.name),
            one.kind.value,
            one.state.value,
            f"{one.synced_at:%d %b %H:%M} UTC" if one.synced_at else "never",
            quote(one.sentence[:120]),
        )
        for one in known[:30]
    )
    turn.say(
        Card(
            title=counted(len(known), "source"),
            table=Table(columns=("Source", "Kind", "State", "Synced", "What it brought"), rows=rows),
            plain="; ".join(f"{one.name}: {one.sentence}" for one in known[:30]),
        )
    )
    return Reply()


def publish_source(turn: Turn) -> Reply:
    """Publish every draft that a source brought; flagged ones stay, each needs a look of its own."""
    person = turn.require(Act.PUBLISH_KNOWLEDGE)
    source = turn.uow.sources.get(turn.subject.removeprefix("source/"))
    if not may_handle(source.readers, person):
        raise NotFound(f"{source.subject} for {person.id}", say="I don't know that source any more.")
    count = 0
    for entry in turn.uow.articles.of_source(source.id):
        if entry.article.state is not ArticleState.DRAFT or entry.flags:
            continue
        reviewed = next_state(entry.article.state, ArticleEvent.REVIEW)
        state = next_state(reviewed, ArticleEvent.PUBLISH)
        article = entry.article.model_copy(update={"state": state})
        turn.uow.articles.save(entry.model_copy(update={"article": article}))
        count += 1
    said = f"{person.name} published {count}."
    turn.uow.sources.save(source.model_copy(update={"sentence": said}))
    turn.record(AuditAct.ARTICLE_CHANGED, source.subject, did="published", count=str(count))
    turn.uow.postings.refresh(source.subject, turn.now)
    return Reply()


def _begin(turn: Turn, source: KnowledgeSource, did: str) -> Reply:
    trusted = may(turn.person, Act.PUBLISH_KNOWLEDGE)
    # Whoever syncs it again takes nothing away: what its source publishes stays published when it changes.
    publishes = source.publishes or trusted
    waiting = source.model_copy(
        update={"state": SyncState.WAITING, "done": 0, "publishes": publishes, "sentence": ""}
    )
    turn.uow.sources.save(waiting)
    turn.record(AuditAct.ARTICLE_CHANGED, source.subject, did=did, kind=source.kind.value)
    turn.show(View.ARTICLE, source.subject)
    turn.uow.postings.refresh(source.subject, turn.now)
    return Reply()


_KINDS = {
    "git": SourceKind.GIT,
    "folder": SourceKind.GIT,
    "confluence": SourceKind.CONFLUENCE,
    "notion": SourceKind.NOTION,
    "web": SourceKind.WEB,
}
VERBS = (
    Verb(("kb connect",), "kb connect KIND WHERE", "sync a folder, an export or a web page", connect),
    Verb(("kb sync",), "kb sync NAME", "read a source again", sync),
    Verb(
        ("kb disconnect",), "kb disconnect NAME", "read a source no more, and drop its articles", disconnect
    ),
    Verb(("kb sources",), "kb sources", "where documents come from", list_sources),
)
BUTTONS = {"kb.source.publish": publish_source}
