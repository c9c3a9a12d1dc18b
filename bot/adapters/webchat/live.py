"""Tell open pages that something changed, whichever process changed it.

One poller for all pages looks at the log's last change number; writers in this process wake it at once.
Typing and dialogs are fleeting: they reach the pages of this process only and are never stored.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from domain.errors import OutsideTrouble
from domain.ports.web_chat import WebChatLog

log = logging.getLogger("dogwatch.webchat")

_MOMENTS = 64


@dataclass(frozen=True)
class Moment:
    """A fleeting event for pages: a name and what belongs to it."""

    name: str
    about: dict[str, object]
    reader: str = ""
    """The only subject who gets it, empty for everybody who may read `channel`."""
    channel: str = ""


@dataclass(eq=False)
class Page:
    """One open page."""

    reader: str
    moments: asyncio.Queue[Moment] = field(default_factory=lambda: asyncio.Queue(_MOMENTS))
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    is_closed: bool = False

    def give(self, moment: Moment) -> None:
        """Hand over a moment; a page that does not read loses the oldest."""
        if self.moments.full():
            self.moments.get_nowait()
        self.moments.put_nowait(moment)
        self.stirred.set()

    def close(self) -> None:
        """End the page's connection."""
        self.is_closed = True
        self.stirred.set()


class LiveFeed:
    """Knows the open pages of this process."""

    def __init__(self, log: WebChatLog, poll_seconds: float, pages_per_reader: int) -> None:
        self._log = log
        self._poll_seconds = poll_seconds
        self._pages_per_reader = pages_per_reader
        self._pages: list[Page] = []
        self._poller: asyncio.Task[None] | None = None
        self._seen = 0
        self._is_closing = False

    @asynccontextmanager
    async def page(self, reader: str) -> AsyncIterator[Page]:
        """Open a page for the length of the block."""
        page = Page(reader, is_closed=self._is_closing)
        mine = [other for other in self._pages if other.reader == reader]
        if len(mine) >= self._pages_per_reader:
            mine[0].close()
        self._pages.append(page)
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        try:
            yield page
        finally:
            self._pages.remove(page)
            if not self._pages and self._poller is not None:
                self._poller.cancel()
                self._poller = None

    def is_watched(self) -> bool:
        """Return whether a page of this process is open."""
        return bool(self._pages)

    def stir(self) -> None:
        """Let every page look for changes now."""
        for page in self._pages:
            page.stirred.set()

    def give(self, moment: Moment, may_read: Callable[[str, str], bool]) -> int:
        """Hand a moment to the pages that may have it, and return to how many."""
        readers = [page for page in self._pages if self._may_have(page, moment, may_read)]
        for page in readers:
            page.give(moment)
        return len(readers)

    def close(self) -> None:
        """End every connection and open no more, so that the server can stop; pages go to another process."""
        self._is_closing = True
        for page in self._pages:
            page.close()

    async def _poll(self) -> None:
        while True:
            # The log is away: pages stay open and catch up with their own change number later.
            latest = await asyncio.to_thread(self._latest_or_seen)
            if latest != self._seen:
                self._seen = latest
                self.stir()
            await asyncio.sleep(self._poll_seconds)

    def _latest_or_seen(self) -> int:
        try:
            return self._log.latest_change()
        except OutsideTrouble:
            return self._seen
        except Exception:  # a border: open pages must not go blind for good
            log.exception("the log of the chat can't be looked at")
            return self._seen

    @staticmethod
    def _may_have(page: Page, moment: Moment, may_read: Callable[[str, str], bool]) -> bool:
        if moment.reader:
            return page.reader == moment.reader
        return may_read(page.reader, moment.channel)
