"""A dropped sample file opens a change, or joins the one that the same bytes opened before."""

import hashlib
import re

from bot.cards.model import Reply
from bot.commands.configuring.changes import own_sample
from bot.commands.configuring.corrections import LONGEST_WORDS, heard_beside_again
from bot.commands.fixing.fix_script import are_scripts, take_files
from bot.commands.library.kb_sources import are_documents, take_documents
from bot.commands.quality import is_errand, take_errand
from bot.turn import Turn
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange
from domain.errors import BadInput
from domain.identity.access import Act
from domain.ids import RequestId
from domain.proof.audit import AuditAct
from domain.stories import StoryKind
from domain.telling.postings import View

_MOST_FILES = 10
_OWNER = re.compile(r"\b(?:owner|owning team|owned by)(?: is|:|=)? (?:the )?(?:team )?[\w-]{1,40}")
"""A team may be called as a feed is."""


def take_upload(turn: Turn) -> Reply:
    """Open the story of a sample, answer in its thread, let reading begin; documents go to the library."""
    if are_scripts(turn):
        return take_files(turn)
    if are_documents(turn.incoming.files, turn.incoming.text, turn.tools.blobs.path):
        return take_documents(turn)
    if is_errand(turn.incoming.text):
        return take_errand(turn)
    person = turn.require(Act.ONBOARD_FEED)
    files = turn.incoming.files
    if len(files) > _MOST_FILES:
        raise BadInput(
            f"{len(files)} files",
            say=f"That is {len(files)} files; I compare at most {_MOST_FILES} of one feed.",
            next_step="Drop the newest few together.",
        )
    hashes = sorted(str(file.blob) for file in files)
    sample_hash = hashlib.sha256("\n".join(hashes).encode()).hexdigest()
    turn.record(AuditAct.UPLOAD_TAKEN, f"sample/{sample_hash[:16]}", files=",".join(h[:16] for h in hashes))
    sample_hash, joined = own_sample(turn, person, sample_hash)
    if joined is not None:
        turn.record(AuditAct.CHANGE_JOINED, joined.subject)
        turn.show(View.CHANGE, joined.subject)
        turn.nudge(StoryKind.ONBOARDING, joined.id)
        heard_beside_again(turn, joined)
        return Reply()
    change = ConfigChange(
        id=RequestId("c" + hashlib.sha256(turn.incoming.key.encode()).hexdigest()[:12]),
        kind=ChangeKind.ONBOARD,
        state=ChangeState.READING,
        requested_by=person.id,
        authors=frozenset({person.id}),
        place=turn.thread,
        files=files,
        sample_hash=sample_hash,
        sheet=_named_sheet(turn.incoming.text),
        said=turn.incoming.text[:LONGEST_WORDS],
        feed=_named_feed(turn),
        opened_at=turn.now,
        updated_at=turn.now,
    )
    turn.uow.changes.save(change)
    turn.record(AuditAct.CHANGE_OPENED, change.subject, kind=change.kind.value)
    turn.show(View.CHANGE, change.subject)
    turn.nudge(StoryKind.ONBOARDING, change.id)
    return Reply()


def _named_feed(turn: Turn) -> str:
    """Return the known feed that the message names beside the file, or an empty string."""
    text = _OWNER.sub(" ", turn.incoming.text.lower())
    words: list[str] = re.findall(r"[a-z][a-z0-9_]{1,62}", text)
    return next((word for word in words if turn.uow.feeds.find(word) is not None), "")


def _named_sheet(text: str) -> str:
    """Return the message where it speaks of a sheet; the workbook's own names tell which one is meant."""
    return text[:LONGEST_WORDS] if re.search(r"\b(?:work)?(?:sheet|tab)\b", text, re.IGNORECASE) else ""
