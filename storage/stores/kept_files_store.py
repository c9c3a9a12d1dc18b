"""Where dropped and delivered files are used, across the tables that name them."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from itertools import count, islice
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, func, literal, select

from domain.configuration.changes import ConfigChange
from domain.errands import DeliveryState, Errand, ErrandKind, ErrandState, HandedIn, MayTell
from domain.ids import BlobId
from domain.tidying import KeptFile
from storage.statements import table_of
from storage.tables.approvals import ApprovalRow
from storage.tables.articles import SourceRow
from storage.tables.changes import ChangeRow
from storage.tables.chat import InboxRow
from storage.tables.incidents import IncidentRow
from storage.tables.rows import DeliveryRow
from storage.tables.watch import ErrandRow

_APPROVALS = table_of(ApprovalRow)
_CHANGES = table_of(ChangeRow)
_DELIVERIES = table_of(DeliveryRow)
_ERRANDS = table_of(ErrandRow)
_INBOX = table_of(InboxRow)
_INCIDENTS = table_of(IncidentRow)
_SOURCES = table_of(SourceRow)
_DELIVERY = "delivery/"
_BLOB = re.compile(r'"([0-9a-f]{64})"')
_READ_AT_ONCE = 1_000
_PAGE = 200
_WITH_FILES = (ErrandKind.SCORE_DELIVERY.value, ErrandKind.IMPORT_RUNS.value)


class SqlKeptFiles:
    """Implements `KeptFileStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def every(self) -> list[KeptFile]:
        """Return every use of a file as delivery, history or sample."""
        return [*self._of_errands(), *self._of_changes()]

    def named_elsewhere(self, blobs: Collection[BlobId]) -> set[BlobId]:
        """Return those files that an incident, a source of the library, or an act not yet done names."""
        wanted, found = set(blobs), set[BlobId]()
        if not wanted:
            return found
        # Once through all of them: asked file by file, a night does not suffice for a hundred thousand.
        for place in (
            select(_INCIDENTS.c.document),
            select(_SOURCES.c.document),
            select(_INBOX.c.document).where(_INBOX.c.done_at.is_(None)),
        ):
            told = self._connection.execute(place, execution_options={"yield_per": _READ_AT_ONCE})
            for document in told.scalars():
                found |= wanted & {BlobId(name) for name in _BLOB.findall(document)}
        return found

    def handed_in(self, name: str, most: int, told: MayTell) -> list[HandedIn]:
        """Return deliveries and histories that may be told by a file's name in any case, newest first."""
        named = self._handed_in(_says(_ERRANDS.c.document, name))
        found = (one for one in named if _is_named(one.errand.file_name, name) and told(one))
        return list(islice(found, most))

    def handed_in_between(self, since: datetime, until: datetime, most: int, told: MayTell) -> list[HandedIn]:
        """Return deliveries and histories of a span that may be told, the newest first."""
        came = self._handed_in((_ERRANDS.c.at >= since) & (_ERRANDS.c.at < until))
        return list(islice(filter(told, came), most))

    def samples_named(self, name: str, most: int, told: Callable[[ConfigChange], bool]) -> list[ConfigChange]:
        """Return changes that may be told and began with a file of a name in any case, newest first."""
        named = (
            select(_CHANGES.c.document)
            .where(_says(_CHANGES.c.document, name))
            .order_by(_CHANGES.c.opened_at.desc(), _CHANGES.c.id)
        )
        changes = (ConfigChange.model_validate_json(document) for (document,) in self._paged(named))
        found = (
            one for one in changes if any(_is_named(file.name, name) for file in one.files) and told(one)
        )
        return list(islice(found, most))

    def _handed_in(self, condition: ColumnElement[bool]) -> Iterator[HandedIn]:
        asked_about = select(_APPROVALS.c.id).where(
            _APPROVALS.c.subject == literal(_DELIVERY) + _ERRANDS.c.id
        )
        statement = (
            select(_ERRANDS.c.document, asked_about.exists())
            .where(_ERRANDS.c.kind.in_(_WITH_FILES), condition)
            .order_by(_ERRANDS.c.at.desc(), _ERRANDS.c.id)
        )
        for document, was_asked_about in self._paged(statement):
            errand = Errand.model_validate_json(document)
            yield HandedIn(errand=errand, was_asked_about=bool(was_asked_about))

    def _paged(self, statement: Select[Any]) -> Iterator[Any]:  # Any: rows of several shapes
        """Yield rows page by page: how many are looked at is only known when they are."""
        for first in count(0, _PAGE):
            page = self._connection.execute(statement.limit(_PAGE).offset(first)).all()
            yield from page
            if len(page) < _PAGE:
                return

    def _of_errands(self) -> Iterable[KeptFile]:
        asked = set(
            self._connection.execute(
                select(func.substr(_APPROVALS.c.subject, literal(len(_DELIVERY) + 1))).where(
                    _APPROVALS.c.subject.startswith(_DELIVERY)
                )
            ).scalars()
        )
        states = {
            name: DeliveryState(state)
            for name, state in self._connection.execute(select(_DELIVERIES.c.id, _DELIVERIES.c.state))
        }
        with_files = select(_ERRANDS.c.document).where(_ERRANDS.c.kind.in_(_WITH_FILES))
        for (document,) in self._connection.execute(with_files):
            errand = Errand.model_validate_json(document)
            if errand.blob is not None:
                yield KeptFile(
                    errand.blob,
                    errand.at,
                    feed=errand.feed,
                    state=states.get(errand.id),
                    is_in_use=errand.state is ErrandState.WANTED,
                    was_asked_about=errand.id in asked,
                )

    def _of_changes(self) -> Iterable[KeptFile]:
        for (document,) in self._connection.execute(select(_CHANGES.c.document)):
            change = ConfigChange.model_validate_json(document)
            for file in change.files:
                if file.blob is not None:
                    yield KeptFile(file.blob, change.updated_at, is_in_use=change.is_open)
            # What was made of a sample is small, and cards of years ago show it.
            for made in (change.profile, change.form, change.guesses, change.drift, change.proposal):
                if made is not None:
                    yield KeptFile(made, change.updated_at, is_in_use=True)


def _says(document: Column[str], name: str) -> ColumnElement[bool]:
    """Return whether a document holds a name at the end of a value, whatever path stands before it."""
    as_written = json.dumps(name, ensure_ascii=False)[1:]
    escaped = re.sub(r"([\\%_])", r"\\\1", as_written)
    return func.lower(document).like(func.lower(literal(f"%{escaped}%")), escape="\\")


def _is_named(path: str, name: str) -> bool:
    return path.replace("\\", "/").rpartition("/")[2].lower() == name.lower()
