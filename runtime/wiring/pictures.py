"""Pictures for chats: drawn by a process of their own, kept under names that cannot be guessed, served."""

import asyncio
import hashlib
import hmac
import re
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.adapters.webchat.shield import HEADERS
from bot.pictures.orders import MOST_LANES, Chart, Order
from domain.watch.feed_health import FeedPage, ScoreRow, TimelineEntry
from runtime.settings.house import Settings
from runtime.wiring.ready_process import ReadyProcess
from runtime.wiring.stores import Stores

_KEPT_SECONDS = 30 * 86_400.0
_NAME = re.compile(r"[0-9a-f]{40}\.png")
_KEPT_BY_CHATS = {
    "Cache-Control": "private, max-age=86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class ChildPictures:
    """Implements `PictureMaker`."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._key = key
        self._drawer = ReadyProcess("bot.pictures", folder.parent / "matplotlib")

    async def of_feed(self, page: FeedPage) -> str:
        """Draw runs with their usual band, estimates against outcomes, and the forecast of the next run."""
        return await self._picture(Order(chart=Chart.FEED, page=page))

    async def of_quality(self, page: FeedPage) -> str:
        """Draw the scores of deliveries with their forecast."""
        return await self._picture(Order(chart=Chart.QUALITY, page=page))

    async def of_scorecard(self, row: ScoreRow) -> str:
        """Draw the reliability diagram."""
        return await self._picture(Order(chart=Chart.RELIABILITY, row=row))

    async def of_hours_ahead(self, entries: Sequence[TimelineEntry], now: datetime) -> str:
        """Draw what is likely to fail next: one lane each, with its deadline and when it should finish."""
        return await self._picture(Order(chart=Chart.AHEAD, ahead=tuple(entries[:MOST_LANES]), now=now))

    async def _picture(self, order: Order) -> str:
        data = order.model_dump_json().encode()
        # A platform's servers fetch pictures without signing in: who knows the name was told it by us.
        name = f"{hmac.new(self._key, data, hashlib.sha256).hexdigest()[:40]}.png"
        path = self._folder / name
        if not path.exists():
            async with self._drawer.turn:
                if path.exists():  # somebody who asked the same a moment earlier had it drawn
                    return f"/pictures/{name}"
                drawn = await self._drawer.answer(data)
                if not drawn:
                    return ""
                await asyncio.to_thread(self._keep, path, drawn)
        return f"/pictures/{name}"

    def expect(self) -> None:
        """Let a process stand ready for a picture that somebody may ask for next."""
        self._drawer.expect()

    def close(self) -> None:
        """End the process that stands ready; another picture starts one again."""
        self._drawer.close()

    def _keep(self, path: Path, drawn: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half")
        half.write_bytes(drawn)
        half.replace(path)
        for old in self._folder.glob("*.png"):
            if old.stat().st_mtime < time.time() - _KEPT_SECONDS:
                old.unlink(missing_ok=True)


def pictures_of(settings: Settings, stores: Stores) -> ChildPictures:
    """Return what draws pictures."""
    return ChildPictures(picture_folder(settings), stores.keys.secret("pictures"))


def picture_folder(settings: Settings) -> Path:
    """Return where pictures are kept."""
    return settings.data_dir.resolve() / "pictures"


def picture_route(settings: Settings) -> Route:
    """Return the route that serves pictures to whoever was told their names."""
    folder = picture_folder(settings)

    async def picture(request: Request) -> Response:
        name = request.path_params["name"]
        path = folder / name
        if not _NAME.fullmatch(name) or not await asyncio.to_thread(path.is_file):
            return PlainTextResponse("There is no such picture.", status_code=404, headers=HEADERS)
        return FileResponse(path, media_type="image/png", headers=HEADERS | _KEPT_BY_CHATS)

    return Route("/pictures/{name}", picture)
