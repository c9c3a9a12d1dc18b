"""Vectors that were computed once, kept by the hash of the text they stand for.

The file is ours: a keyed digest over its bytes lies beside it, and a file that was edited, cut or signed
with another key is thrown away and computed again. It is a plain array file; nothing is ever unpickled.
"""

import hashlib
import hmac
import io
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from knowledge.embedding import Encoder, Vectors

log = logging.getLogger("dogwatch.knowledge")

_HASH_BYTES = 16
_AT_ONCE = 256
_SAVE_SECONDS = 10.0
"""A first index of thousands of pages takes many minutes: who ends it then loses no more than this."""


def _key_of(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=_HASH_BYTES).digest()


class VectorCache:
    """An encoder with a memory.

    Args:
        encoder: Computes what is not known yet.
        folder: Where vectors are kept; None keeps them in memory only.
        secret: Signs the file, so that an edit is noticed; at least 16 bytes in production.
        seconds: A clock that never goes back.
    """

    def __init__(
        self,
        encoder: Encoder,
        folder: Path | None = None,
        secret: bytes = b"",
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self.encoder = encoder
        self._secret = secret or b"dogwatch/vectors"
        self.house = f"articles-{hmac.new(self._secret, b'house', hashlib.sha256).hexdigest()[:8]}"
        """Begins the name of everything of ours in an index that others may use too."""
        self._lock, self._saving = threading.Lock(), threading.Lock()
        name = hashlib.sha256(encoder.name.encode()).hexdigest()[:12]
        self._file = None if folder is None else folder / f"vectors-{name}.npz"
        self._known: dict[bytes, Vectors] = {}
        self._unsaved = 0
        self.was_rejected = False
        self._read()

    def encode(self, texts: list[str]) -> Vectors:
        """Return one vector per text; only unknown texts cost anything."""
        keys = [_key_of(text) for text in texts]
        with self._lock:
            found = {key: self._known[key] for key in keys if key in self._known}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        for fresh in self._made(missing):
            found |= fresh
        return np.array([found[key] for key in keys], np.float32).reshape(len(texts), self.encoder.width)

    def _made(self, missing: dict[bytes, str]) -> Iterator[dict[bytes, Vectors]]:
        """Yield the vectors of texts part by part, and keep them on the way where that takes long."""
        # Texts of like length stay together, as encoders want them, so that little is spent on padding.
        keys, saved_at = sorted(missing, key=lambda key: len(missing[key])), self._seconds()
        for first in range(0, len(keys), _AT_ONCE):
            part = keys[first : first + _AT_ONCE]
            made = self.encoder.encode([missing[key] for key in part]).astype(np.float16)
            fresh = dict(zip(part, made, strict=True))
            with self._lock:
                self._known |= fresh
                self._unsaved += len(fresh)
            if self._seconds() - saved_at >= _SAVE_SECONDS:
                self.save()
                saved_at = self._seconds()
            yield fresh

    @property
    def size(self) -> int:
        """Return how many vectors are kept."""
        return len(self._known)

    def keep_only(self, texts: Iterable[str]) -> None:
        """Forget the vectors of all other texts: of what was edited or taken out since they were made."""
        wanted = {_key_of(text) for text in texts}
        with self._lock:
            kept = {key: vector for key, vector in self._known.items() if key in wanted}
            self._unsaved += len(self._known) - len(kept)
            self._known = kept

    def save(self) -> None:
        """Write what is new, whole or not at all; where it can't be kept, such as on a full disk, say so.

        The index does without: it is as good, and made anew after the next start.
        """
        if self._file is None or not self._unsaved:
            return
        with self._saving:
            with self._lock:
                keys = np.frombuffer(b"".join(self._known), np.uint8).reshape(-1, _HASH_BYTES)
                vectors = np.array(list(self._known.values()), np.float16)
                unsaved, self._unsaved = self._unsaved, 0
            content = io.BytesIO()
            np.savez(content, keys=keys, vectors=vectors)
            try:
                self._write(self._file, content.getvalue())
            except OSError as error:
                log.warning("the library's vectors can't be kept: %s", error)
                with self._lock:
                    self._unsaved += unsaved

    def _write(self, file: Path, content: bytes) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        for path, part in ((file, content), (self._seal_file(), self._seal(content))):
            fresh = path.with_suffix(path.suffix + ".new")
            fresh.write_bytes(part)
            os.replace(fresh, path)

    def _read(self) -> None:
        if self._file is None or not self._file.exists():
            return
        content = self._file.read_bytes()
        seal = self._seal_file().read_bytes() if self._seal_file().exists() else b""
        if not hmac.compare_digest(seal, self._seal(content)):
            self.was_rejected = True
            return
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            keys, vectors = stored["keys"], stored["vectors"]
        self._known = {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}

    def _seal(self, content: bytes) -> bytes:
        return hmac.new(self._secret, content, hashlib.sha256).hexdigest().encode()

    def _seal_file(self) -> Path:
        return Path(f"{self._file}.seal")
