"""Tidy away files that nothing needs any more, and what was said, shown and asked long ago; once a day."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.beating import beating
from activities.forgetting_cards import forget_answers, forget_cards, open_subjects
from activities.reconciling import DailyRef
from domain.identity.web_access import SIGN_INS_KEPT
from domain.ids import BlobId
from domain.ports.blobs import BlobStore
from domain.ports.clock import Clock
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.tidying import ACTS_KEPT, ANSWERS_KEPT, Keeping, superfluous

_FEED = "feed/"
_AT_ONCE = 20_000
"""Questions of one night: more than a day brings, and few enough that nobody waits long for it."""
_PIECE = 2_000
"""Forgotten in one transaction; somebody may be pressing a button meanwhile."""
_JUST_DROPPED = timedelta(days=1)
"""So young a file stays: what names it may not be written yet."""


class Tidied(BaseModel):
    """What was tidied away."""

    model_config = ConfigDict(frozen=True)

    files: int = 0
    bytes: int = 0
    models: int = 0
    cards: int = 0
    answers: int = 0
    messages: int = 0


class Tidying:
    """Activity of the heavy queue.

    Args:
        forget_models: Removes old models and returns their files' names.
        forget_messages: Removes at most so many messages of the web chat from before a moment.
    """

    def __init__(
        self,
        blobs: BlobStore,
        keeping: Keeping,
        *,
        reading: Opening,
        writing: Opening,
        clock: Clock,
        forget_models: Callable[[datetime], Sequence[str]] = lambda now: (),
        forget_messages: Callable[[datetime, int], int] = lambda before, most: 0,
    ) -> None:
        self._forget_messages = forget_messages
        self._forget_models = forget_models
        self._blobs = blobs
        self._keeping = keeping
        self._reading = reading
        self._writing = writing
        self._clock = clock

    @activity.defn
    @beating()
    def tidy_files(self, ref: DailyRef) -> Tidied:
        """Remove what no use keeps; a repetition finds less."""
        now = self._clock.now()
        self._blobs.forget_unfinished(now - _JUST_DROPPED)
        with self._reading() as uow:
            troubled, about = _troubled(uow), open_subjects(uow)
            wanted = superfluous(uow.kept_files.every(), troubled, self._keeping, now)
            wanted = [blob for blob in wanted if self._blobs.holds(blob)]
            named = uow.kept_files.named_elsewhere(wanted)
        wanted = [blob for blob in wanted if blob not in named]
        # First: once what names a file is forgotten, nobody would find it when this is repeated.
        sizes = [self._removed(blob) for blob in wanted]
        with self._writing() as uow:
            uow.publications.forget_before(now - self._keeping.decided_days)
            uow.row_cares.forget_closed_before(now - self._keeping.decided_days)
            uow.sign_ins.forget_sign_ins(now - SIGN_INS_KEPT)
            uow.questions.forget_before(now - self._keeping.decided_days, most=_AT_ONCE)
            uow.article_outcomes.forget_before(now - self._keeping.decided_days, most=_AT_ONCE)
        decided, long_ago = now - self._keeping.decided_days, now - self._keeping.cards
        newest = self._keeping.newest
        self._forget(lambda uow: uow.quality.forget_before(decided, troubled, newest=newest, most=_PIECE))
        self._forget(lambda uow: uow.inbox.forget_done(now - ACTS_KEPT, _PIECE))
        self._forget(lambda uow: uow.inbox.forget_answers(now - ANSWERS_KEPT, _PIECE))
        self._forget(lambda uow: uow.notices.forget_before(long_ago, about, _PIECE))
        gone = [size for size in sizes if size is not None]
        models = self._forget_models(now)
        cards = forget_cards(self._reading, self._writing, long_ago)
        answers = forget_answers(self._reading, self._writing, long_ago, self._removed)
        # After the cards: a message that a card is still drawn in stays.
        messages = _in_pieces(lambda: self._forget_messages(long_ago, _PIECE))
        with self._writing() as uow:
            if gone:
                counted = {"files": str(len(gone)), "bytes": str(sum(gone))}
                uow.audit.append(_entry(now, "files", counted))
            if models:
                uow.audit.append(_entry(now, "models", {"models": ",".join(models)[:1_000]}))
            if cards or answers or messages:
                counted = {"cards": str(cards), "answers": str(answers), "messages": str(messages)}
                uow.audit.append(_entry(now, "cards", counted))
        return Tidied(
            files=len(gone),
            bytes=sum(gone),
            models=len(models),
            cards=cards,
            answers=answers,
            messages=messages,
        )

    def _forget(self, piece: Callable[[UnitOfWork], int]) -> None:
        def one() -> int:
            with self._writing() as uow:
                return piece(uow)

        _in_pieces(one)

    def _removed(self, blob: BlobId) -> int | None:
        return self._blobs.remove(blob, dropped_before=self._clock.now() - _JUST_DROPPED)


def _in_pieces(piece: Callable[[], int]) -> int:
    """Forget piece by piece until one is not full; return how many went."""
    gone = all_gone = piece()
    while gone >= _PIECE:
        gone = piece()
        all_gone += gone
    return all_gone


def _entry(now: datetime, subject: str, facts: dict[str, str]) -> AuditEntry:
    return AuditEntry(at=now, act=AuditAct.FILES_TIDIED, actor="dogwatch", subject=subject, facts=facts)


def _troubled(uow: UnitOfWork) -> set[str]:
    """Return the feeds of which people may still look at any file."""
    incidents = [one.about for one in uow.incidents.unfinished() if one.about.startswith(_FEED)]
    fixes = [one.subject_name for one in uow.fixes.every_open() if one.subject_name.startswith(_FEED)]
    differing = {str(one.feed) for one in uow.discrepancies.every_open()}
    differing |= {str(one.feed) for one in uow.publications.held()}
    return differing | {name.removeprefix(_FEED) for name in (*incidents, *fixes)}
