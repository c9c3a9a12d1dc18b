"""Have documents read by children of a helper that keeps the libraries loaded.

A fresh interpreter for each of 5,000 pages takes minutes longer than the pages do.
"""

import json
import logging
from base64 import b64encode

from config_gen.samples import confined
from config_gen.samples.confined import Bounds, Died
from domain.errors import BadInput
from knowledge.ingestion.reading import READING_MEMORY, READING_SECONDS, WALL_SECONDS

log = logging.getLogger("dogwatch.librarian")

_BOUNDS = Bounds(READING_MEMORY, READING_SECONDS, float(WALL_SECONDS))


def parsed_in_child(suffix: str, content: bytes, bounds: Bounds = _BOUNDS) -> dict[str, str]:
    """Return what a document says, by its ending; raises `BadInput` where it is refused or breaks."""
    asked = {"suffix": suffix, "content": b64encode(content).decode("ascii")}
    try:
        told = json.loads(confined.answer("runtime.library.document_work:parse", asked, bounds))
    except Died as died:
        log.warning("the child that read a document ended: %s", died)
        raise BadInput(
            f"document reader: {died}",
            say=f"Reading it {died.in_words()}, so I stopped.",
            next_step="It may be damaged: export it again, or drop a smaller part.",
        ) from died
    return {str(name): str(value) for name, value in told.items()}
