"""What is derived can be lost, damaged, replaced, and comes back the same."""

import shutil
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from domain.knowledge.articles import Query
from knowledge.embedding import Vectors
from knowledge.vector_cache import VectorCache
from tests.knowledge.builders import WordEncoder, a_room, an_article, everybody, some_articles

ASKED = Query(text="file system of the node is full")


def found(room: object) -> list[str]:
    return [hit.article for hit in room.search(ASKED, everybody())]  # type: ignore[attr-defined]


@pytest.mark.proves("R1")
def test_a_deleted_index_folder_gives_the_same_answers_and_is_rebuilt(tmp_path: Path) -> None:
    room = a_room(folder=tmp_path)
    before = found(room)

    shutil.rmtree(tmp_path / "chroma")
    meanwhile = found(room)
    room.mend()

    assert meanwhile == before
    assert found(room) == before


@pytest.mark.proves("R1")
def test_a_corrupted_index_folder_gives_the_same_answers_after_a_restart(tmp_path: Path) -> None:
    before = found(a_room(folder=tmp_path))
    for file in (tmp_path / "chroma").rglob("*"):
        if file.is_file():
            file.write_bytes(b"not a database" * 100)

    room = a_room(folder=tmp_path)

    assert found(room) == before


@pytest.mark.proves("F5")
def test_an_edited_vector_file_is_thrown_away_and_computed_again(tmp_path: Path) -> None:
    before = found(a_room(folder=tmp_path))
    file = next((tmp_path / "vectors").glob("*.npz"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))

    room = a_room(folder=tmp_path)

    assert room.health().cache_was_rejected
    assert found(room) == before


def test_vectors_of_what_articles_said_before_do_not_pile_up(tmp_path: Path) -> None:
    room, encoder = a_room(folder=tmp_path), WordEncoder()
    for edit in range(30):
        room.index([an_article("kafka", f"KafkaConsumerLagHigh {edit}", f"Scale the consumer to {edit}.")])

    a_room(folder=tmp_path)
    a_room(folder=tmp_path, encoder=encoder)

    with np.load(next((tmp_path / "vectors").glob("*.npz"))) as kept:
        assert len(kept["keys"]) <= 3 * len(some_articles())
    assert encoder.texts_seen == 0


def test_a_second_start_embeds_nothing_again(tmp_path: Path) -> None:
    a_room(folder=tmp_path)
    encoder = WordEncoder()

    a_room(folder=tmp_path, encoder=encoder)

    assert encoder.texts_seen == 0


def test_another_model_is_swapped_in_and_named_by_the_version(tmp_path: Path) -> None:
    room = a_room(folder=tmp_path)
    version = room.library.version()

    room.rebuild(WordEncoder("other/64"))

    assert room.library.version() != version
    assert room.health().model == "other/64"
    assert found(room)[0] == "disk"


def test_a_model_that_fails_half_way_leaves_the_old_index_in_place() -> None:
    class Broken(WordEncoder):
        def encode(self, texts: list[str]):  # type: ignore[no-untyped-def]
            raise OSError("weights are gone")

    room = a_room()

    with pytest.raises(OSError, match="weights"):
        room.rebuild(Broken("broken/64"))

    assert found(room)[0] == "disk"
    assert room.health().model == "words/64"


def test_many_small_updates_are_all_found() -> None:
    from tests.knowledge.builders import an_article

    room = a_room()

    for number in range(230):
        room.index(
            [an_article(f"n{number}", f"Error E{number:04d}", f"Code E{number:04d} means pump {number}.")]
        )

    hits = room.search(Query(text="", name="E0117"), everybody())
    assert hits[0].article == "n117"
    assert room.health().articles == 236


def test_a_first_index_that_is_ended_goes_on_where_it_was(tmp_path: Path) -> None:
    texts, minutes = [f"page {number} of a big library" for number in range(2_000)], count(0, 60)

    class Ended(WordEncoder):
        def encode(self, texts: list[str]) -> Vectors:
            if self.texts_seen >= 1_000:
                raise KeyboardInterrupt
            return super().encode(texts)

    with pytest.raises(KeyboardInterrupt):
        VectorCache(Ended(), tmp_path, seconds=lambda: next(minutes)).encode(texts)
    encoder = WordEncoder()
    vectors = VectorCache(encoder, tmp_path).encode(texts)

    assert encoder.texts_seen <= 1_000
    assert np.allclose(vectors, WordEncoder().encode(texts), atol=1e-3)


def test_a_first_index_is_made_whole_also_where_its_vectors_can_not_be_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    texts, minutes = [f"page {number} of a big library" for number in range(600)], count(0, 60)
    folder = tmp_path / "knowledge"
    folder.write_text("no folder")
    cache = VectorCache(WordEncoder(), folder, seconds=lambda: next(minutes))

    vectors = cache.encode(texts)
    folder.unlink()
    cache.save()

    assert np.allclose(vectors, WordEncoder().encode(texts), atol=1e-3)
    assert "vectors can't be kept" in caplog.text
    assert VectorCache(WordEncoder(), folder).size == 600
