"""Prose that appears while it is written: nothing stands there that the passages do not say."""

from collections.abc import Iterator, Sequence

import pytest

from domain.errors import OutsideTrouble
from domain.ids import ArticleId
from domain.knowledge.articles import Citation
from domain.ports.language_model import ModelRequest
from knowledge.writing import stream_answer, supported_sentences

CITED = (
    Citation(
        number=1,
        article=ArticleId("a"),
        passage=0,
        title="Full disk",
        heading="Fix",
        quote="Rotate the logs under /var/log. Prune unused images. Then check the free space of the node.",
    ),
)
SAID = "Rotate the logs under /var/log [1]. Then pull 17 levers [1]. Call me. Prune unused images [1]."


class Streaming:
    """A model that streams pieces, and perhaps breaks off."""

    def __init__(self, pieces: Sequence[str], *, breaks: bool = False) -> None:
        self.pieces, self.breaks = pieces, breaks

    def stream(self, request: ModelRequest) -> Iterator[str]:
        """Yield the pieces."""
        yield from self.pieces
        if self.breaks:
            raise OutsideTrouble("gone", say="The model is gone.")


def shown_by(text: str, *, breaks: bool = False) -> list[str]:
    """Return everything that stood on the card, one after the other, for a model that streams letters."""
    return list(stream_answer(Streaming(list(text), breaks=breaks), "disk full?", CITED, "ana"))


@pytest.mark.proves("M5")
def test_prose_grows_word_by_word_and_ends_with_what_is_cited_and_supported() -> None:
    shown = shown_by(SAID)

    assert "Rotate the logs …" in shown
    assert shown[-1] == "Rotate the logs under /var/log [1]. Prune unused images [1]."
    assert shown[-1] == " ".join(supported_sentences(SAID, CITED))


@pytest.mark.proves("M5")
def test_no_made_up_number_or_word_is_shown_even_for_a_moment() -> None:
    assert not [text for text in shown_by(SAID) if "17" in text or "levers" in text or "Call" in text]


@pytest.mark.proves("M3", "M5")
@pytest.mark.parametrize(
    "said",
    [
        "Rotate the logs at https://evil.example/x [1]. Prune unused images [1].",
        "Rotate the logs [here](https://evil.example) [1]. Prune unused images [1].",
        "Rotate the logs <!channel> under /var/log [1]. Prune unused images [1].",
        "Rotate the logs ![x](http://evil.example/p.png) [1]. Prune unused images [1].",
        "Rotate the logs www.evil.example now [1]. Prune unused images [1].",
    ],
)
def test_no_link_picture_or_mention_is_shown_while_a_sentence_is_under_way(said: str) -> None:
    shown = shown_by(said)
    assert len(shown) > 1
    for text in shown[:-1]:
        assert "evil" not in text
        assert "<" not in text
        assert "](" not in text


def test_a_model_that_breaks_off_leaves_its_finished_sentences_and_no_half_one() -> None:
    assert shown_by("Rotate the logs under /var/log [1]. Prune unus", breaks=True)[-1] == (
        "Rotate the logs under /var/log [1]."
    )
    with pytest.raises(OutsideTrouble):
        shown_by("Rotate the lo", breaks=True)


def test_a_model_that_says_that_it_does_not_know_leaves_nothing() -> None:
    assert shown_by("UNKNOWN")[-1] == ""


WARNED = (
    CITED[0].model_copy(
        update={
            "quote": "Never restart the broker by hand. Drain the node with `kubectl drain node-1` first."
        }
    ),
)


@pytest.mark.proves("M5")
@pytest.mark.parametrize(
    "said",
    [
        "Restart the broker by hand [1].",
        "Starten: restart the broker [1].",
        "Do not drain the node first [1] without care.",
        "Drain the node with `kubectl delete node node-1` first [1].",
        "Drain the node with `kubectl drain node-1 --force` first [1].",
    ],
)
def test_prose_that_turns_its_passage_around_or_alters_its_command_is_dropped(said: str) -> None:
    assert supported_sentences(said, WARNED) == []


@pytest.mark.proves("M5")
@pytest.mark.parametrize(
    "said",
    [
        "Never restart the broker by hand [1].",
        "You shouldn't restart the broker by hand [1].",
        "Drain the node with `kubectl drain  node-1` first [1].",
    ],
)
def test_prose_that_says_what_its_passage_says_stays(said: str) -> None:
    assert supported_sentences(said, WARNED) == [said]
