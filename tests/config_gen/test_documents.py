"""One document, one byte string; what is not plain is refused with its place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config_gen.documents import dump, parse, parse_document
from domain.errors import BadInput
from tests.config_gen.builders import a_config, a_document

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, quote=st.sampled_from([None, '"', "'"]), words=st.lists(TEXTS, max_size=4))
def test_what_is_dumped_is_parsed_again_and_dumped_alike(
    text: str, quote: str | None, words: list[str]
) -> None:
    config = a_config(
        description=text,
        tags=words,
        format={"kind": "delimited", "null_values": words, "delimited": {"delimiter": ";", "quote": quote}},
        transformations=[{"id": "x", "step": "map_values", "columns": ["trade_id"], "values": {"a": text}}],
    )

    assert parse(dump(config)) == config
    assert dump(parse(dump(config))) == dump(config)


@pytest.mark.parametrize(
    "word", ["no", "yes", "on", "16:15", "0x1f", "1e3", "2026-01-01", "~", "null", "1_000", "=", ""]
)
def test_words_that_yaml_would_change_stay_words(word: str) -> None:
    config = a_config(columns=[{**a_document()["columns"][0], "allowed": [word]}])

    assert parse(dump(config)).columns[0].allowed == (word,)


@pytest.mark.proves("F3")
@pytest.mark.parametrize(
    "content",
    [
        b"a: &x [1]\nb: *x", b"a: &x 1", b"a: 1\na: 2", b"!!python/object/apply:os.system [id]",
        b"a: !custom 1",
        b"- 1", b"", b"\xff\xfe", b"a: [", b"a: 1\n---\nb: 2", b"a: " + b"[" * 100_000, b"? [1]\n: 2",
        b"x: " + b"y" * 5_000_000,
    ],
    ids=range(13),
)  # fmt: skip
def test_yaml_that_is_not_plain_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        parse_document(content)

    assert "can't read" in refused.value.sentence()


def test_a_document_of_another_shape_names_the_first_place() -> None:
    with pytest.raises(BadInput) as refused:
        parse(dump(a_config()).replace(b"criticality: normal", b"criticality: urgent"))

    assert "criticality" in refused.value.sentence()


def test_plain_numbers_and_answers_are_no_texts() -> None:
    document = parse_document(b"a: true\nb: 12\nc: null\nd: 'true'\ne: \"12\"\nf: 012\ng: -3\n")

    assert document == {"a": True, "b": 12, "c": None, "d": "true", "e": "12", "f": "012", "g": -3}
