"""The list of an archive's files is bounded before anybody makes objects of it."""

import io
import zipfile

import pytest

from bot.commands.library.kb_sources import are_documents
from domain.errors import BadInput
from domain.identity.chat import FileRef
from domain.ids import BlobId
from domain.text.bounded_reads import BoundedReads
from knowledge.ingestion.archives import entries


def _zip(names: int, length: int) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for number in range(names):
            archive.writestr(f"{number:08}{'x' * length}.md", b"")
    return held.getvalue()


@pytest.mark.proves("F1")
def test_an_archive_whose_list_is_too_long_is_not_listed_in_any_process() -> None:
    content = _zip(100, 60_000)
    assert len(content) > 8 << 20

    with pytest.raises(BadInput) as refused:
        list(entries(content))
    with pytest.raises(zipfile.BadZipFile, match="too long"):
        zipfile.ZipFile(BoundedReads(io.BytesIO(content)))  # type: ignore[call-overload]

    assert "no zip archive that I can open" in refused.value.say


@pytest.mark.proves("F1")
@pytest.mark.parametrize(("length", "is_taken"), [(10, True), (60_000, False)])
def test_the_door_looks_into_a_dropped_zip_only_as_far(tmp_path, length: int, is_taken: bool) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "blob"
    path.write_bytes(_zip(100, length))
    file = FileRef(id="f", name="docs.zip", size_bytes=path.stat().st_size, blob=BlobId("b"))

    assert are_documents((file,), "", lambda blob: path) is is_taken


def test_reading_on_gives_the_same_bytes() -> None:
    stream = BoundedReads(io.BytesIO(b"abcdef"), most=6)

    assert (stream.read(2), stream.read(), stream.read()) == (b"ab", b"cdef", b"")
