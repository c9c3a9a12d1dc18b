"""Take a dropped file: counted while it streams, on disk in pieces, never whole in memory."""

import asyncio
import contextlib
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from starlette.responses import FileResponse, JSONResponse, Response

from bot.adapters.webchat.door import Visit
from bot.cards.exact import line
from domain.disk_trouble import find_disk_trouble
from domain.errors import BadInput
from domain.ports.web_chat import WebFile

_PIECE = 1024 * 1024


async def upload(visit: Visit) -> Response:
    """Keep the body of the request as a file and answer with its receipt."""
    name = clean_name(unquote(visit.request.headers.get("x-file-name", "")))
    limit = visit.door.settings.upload_limit_bytes
    declared = visit.request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(name, limit)
    blobs = visit.door.adapter.blobs
    path = blobs.new_file()
    try:
        size_bytes = await _stream_to(visit, path, name, limit)
        blob = await asyncio.to_thread(blobs.put_file, path)
    except OSError as error:
        trouble = find_disk_trouble(error, name)
        if trouble is None:
            raise
        raise trouble from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
    file = WebFile(name=name, size_bytes=size_bytes, blob=blob)
    receipt = visit.door.sessions.receipt(visit.session, file)
    return JSONResponse({"receipt": receipt, "name": name, "size_bytes": size_bytes})


async def download(visit: Visit) -> Response:
    """Answer with a message's file, always as a download."""
    door = visit.door
    found = await asyncio.to_thread(door.adapter.log.find, visit.request.path_params["message"])
    message = door.readable(visit.session, found)
    position: int = visit.request.path_params["position"]
    if position >= len(message.files):
        raise BadInput("no such file", say="There is no such file on this message.")
    file = message.files[position]
    return FileResponse(
        await asyncio.to_thread(door.adapter.blobs.path, file.blob),
        media_type="application/octet-stream",
        filename=file.name,
        content_disposition_type="attachment",
        headers={"Content-Security-Policy": "sandbox; default-src 'none'"},
    )


def clean_name(name: str) -> str:
    """Return a file name without folders, with hidden characters written out, of at most 200 characters."""
    last = line(name.replace("\\", "/").rpartition("/")[2])
    if last in {"", ".", ".."}:
        return "unnamed"
    stem, dot, ending = last.rpartition(".")
    if len(last) > 200 and dot and len(ending) < 20:
        return f"{stem[: 199 - len(ending)]}.{ending}"
    return last[:200]


async def _stream_to(visit: Visit, path: Path, name: str, limit: int) -> int:
    size_bytes = 0
    pending = bytearray()
    with await asyncio.to_thread(path.open, "wb") as target:
        async for chunk in visit.request.stream():
            size_bytes += len(chunk)
            if size_bytes > limit:
                raise _too_large(name, limit)
            pending += chunk
            if len(pending) >= _PIECE:
                await _write(target, pending)
        await _write(target, pending)
    return size_bytes


async def _write(target: BinaryIO, pending: bytearray) -> None:
    await asyncio.to_thread(target.write, bytes(pending))
    pending.clear()


def _too_large(name: str, limit: int) -> BadInput:
    return BadInput(
        "upload over the limit",
        say=f"{name} is larger than {limit / 1024**2:,.0f} MiB, the most I take, so I kept none of it.",
        next_step="Send a smaller sample: the first 100,000 rows are plenty.",
    )
