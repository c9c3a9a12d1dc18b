"""The files of one folder, over the socket. A dry run writes to an overlay only.

`GET /list?prefix=`, `GET /file?path=` (of more than 8 MiB size and hash only), `PUT /file?path= {"text"}`,
`DELETE /file?path=`, `POST /move {"from", "to"}`.
"""

import base64
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from remediation.broker import folder_files
from remediation.broker.children import beside
from remediation.broker.grants import Grant
from remediation.broker.wire import Request, Response, said


class FilesGate:
    """Answers one script."""

    def __init__(self, grant: Grant, root: Path) -> None:
        self._grant = grant
        self._root = root

    async def handle(self, request: Request) -> Response:
        """Answer one request; file work runs beside the loop, and is over when the step is."""
        return await beside(self._grant.step, lambda: self._answer(request))

    def _answer(self, request: Request) -> Response:
        match (request.method, request.words):
            case ("GET", ("list",)):
                return said(200, paths=self._paths(request.query.get("prefix", "")))
            case ("GET", ("file",)):
                return self._get(request.text("path"))
            case ("PUT", ("file",)):
                return self._put(request.query.get("path", ""), _content_of(request))
            case ("DELETE", ("file",)):
                return self._delete(request.query.get("path", ""))
            case ("POST", ("move",)):
                return self._move(request.text("from"), request.text("to"))
        return self._grant.refuse(f"{request.method} {request.path[:100]} is not offered", status=404)

    def _get(self, path: str) -> Response:
        content = self._content(path)
        if content is None:
            return said(404, error="there is no such file")
        if len(content) > folder_files.MOST_BYTES:  # a part of it would tell another size and another hash
            size, digest = self._measured(path)
            return said(200, size=size, sha256=digest)
        fields: dict[str, object] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        try:
            fields["text"] = content.decode()
        except UnicodeDecodeError:
            fields["base64"] = base64.b64encode(content).decode()
        return said(200, **fields)

    def _put(self, path: str, content: bytes | None) -> Response:
        parts = folder_files.parts_of(path)
        if parts is None or content is None:
            return self._grant.refuse("a path or content that can't be written")
        if not self._grant.may_write:
            return self._grant.refuse(f"writing {path}, which the plan may only read")
        if self._grant.is_preview:
            before, after = self._sketch(path, self._content(path)), _sketch(content)
            self._grant.note(
                f"write {path}", before=before.shown, after=after.shown, whole=before.whole + after.whole
            )
            self._grant.hold(path, content)
            return said(200, written=path)
        return self._done(lambda: folder_files.write(self._root, parts, content), "written", path)

    def _delete(self, path: str) -> Response:
        parts = folder_files.parts_of(path)
        if parts is None or not self._grant.may_write:
            return self._grant.refuse(f"removing {path[:100]}")
        before = self._content(path)
        if before is None:
            return said(404, error="there is no such file")
        if self._grant.is_preview:
            gone = self._sketch(path, before)
            self._grant.note(f"remove {path}", before=gone.shown, whole=gone.whole)
            self._grant.hold(path, None)
            return said(200, removed=path)
        return self._done(lambda: folder_files.remove(self._root, parts), "removed", path)

    def _move(self, source: str, goal: str) -> Response:
        from_parts, to_parts = folder_files.parts_of(source), folder_files.parts_of(goal)
        if from_parts is None or to_parts is None or not self._grant.may_write:
            return self._grant.refuse(f"moving {source[:100]} to {goal[:100]}")
        content = self._content(source)
        if content is None:
            return said(404, error="there is no such file")
        if self._content(goal) is not None:
            return said(409, error="there is already a file of that name")
        if self._grant.is_preview:
            moved = self._sketch(source, content)
            self._grant.note(f"move {source}", before=moved.shown, after=goal, whole=moved.whole)
            origins = self._grant.overlay.origins
            origins[goal] = origins.pop(source, source)
            self._grant.hold(source, None)
            self._grant.hold(goal, content)
            return said(200, moved=goal)
        return self._done(lambda: _moved(self._root, from_parts, to_parts), "moved", goal)

    def _content(self, path: str) -> bytes | None:
        if path in self._grant.overlay.values:
            return self._grant.overlay.values[path]
        parts = folder_files.parts_of(path)
        return None if parts is None else folder_files.read(self._root, parts)

    def _sketch(self, path: str, content: bytes | None) -> "_Sketch":
        """Return what stands there now in few words; a large file is read to its end for its hash."""
        if content is None or len(content) <= folder_files.MOST_BYTES:
            return _sketch(content)
        return _measure(*self._measured(path))

    def _measured(self, path: str) -> tuple[int, str]:
        """Return size and hash of a large file, which lies where it lay before a dry run had it moved."""
        return folder_files.measured(self._root, self._grant.overlay.origins.get(path, path).split("/"))

    def _paths(self, prefix: str) -> list[str]:
        paths = set(folder_files.listed(self._root, prefix))
        for path, content in self._grant.overlay.values.items():
            if content is None:
                paths.discard(path)
            elif path.startswith(prefix):
                paths.add(path)
        return sorted(paths)

    def _done(self, act: Callable[[], None], word: str, path: str) -> Response:
        try:
            act()
        except OSError as error:
            return said(500, error=f"{path}: {error.strerror}")
        return said(200, **{word: path})


def _moved(root: Path, source: tuple[str, ...], goal: tuple[str, ...]) -> None:
    with (
        folder_files.opened_parent(root, source) as parent,
        folder_files.opened_parent(root, goal, make=True) as other,
    ):
        # A link and an unlink, not a rename: a rename would replace a file that came in between.
        os.link(source[-1], goal[-1], src_dir_fd=parent, dst_dir_fd=other, follow_symlinks=False)
        os.unlink(source[-1], dir_fd=parent)


def _content_of(request: Request) -> bytes | None:
    fields = request.fields()
    text, encoded = fields.get("text"), fields.get("base64")
    if isinstance(text, str):
        return text.encode()
    if isinstance(encoded, str):
        try:
            return base64.b64decode(encoded, validate=True)
        except ValueError:
            return None
    return None


class _Sketch(NamedTuple):
    """A content in few words, and its whole hash where the words are less than the content."""

    shown: str
    whole: str = ""


def _sketch(content: bytes | None) -> _Sketch:
    """Return short text as it is, and anything else by size and hash."""
    if content is None:
        return _Sketch("nothing")
    if len(content) <= 600:
        try:
            return _Sketch(content.decode())
        except UnicodeDecodeError:
            pass
    return _measure(len(content), hashlib.sha256(content).hexdigest())


def _measure(size: int, digest: str) -> _Sketch:
    return _Sketch(f"{size} bytes, sha256 {digest[:16]}", digest)
