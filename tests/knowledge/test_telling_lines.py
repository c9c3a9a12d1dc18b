"""One line of an article on many things says what is asked."""

from domain.knowledge.articles import AnswerKind
from knowledge.passages import cut
from knowledge.prepared import Vocabulary, prepare
from knowledge.telling_lines import telling_lines
from tests.knowledge.builders import a_room, an_article, everybody, some_articles

DUTY = """**Q: When does the shift change?**
A: On Mondays at ten.

**Q: What if I am ill?**
A: Swap in the rota tool; if nobody takes it, call the manager.

**Q: Do I get time off after a call at night?**
A: Yes, the next morning.

**Q: How quickly must I answer a page?**
A: Acknowledge it within five minutes.

**Q: Who decides that it is severe?**
A: Whoever is on duty."""

LINES = """Read this first. It takes a minute.

## Shifts

**Q: What if I am ill?**
A: Swap it in the rota.

- call the manager
- hand over the phone

| alert | do |
| --- | --- |
| SpoolFull | grow the spool |

```
rota swap --ill
```
"""


def test_questions_items_rows_and_sentences_are_lines_and_commands_are_none() -> None:
    lines = telling_lines(prepare(an_article("a", "On call", LINES), Vocabulary()), "who do I call when ill?")

    assert {line.text for line in lines} == {
        "Read this first.", "It takes a minute.", "On call: Shifts", "Q: What if I am ill?",
        "A: Swap it in the rota.", "call the manager", "hand over the phone",
        "On call. SpoolFull grow the spool",
    }  # fmt: skip
    assert {line.passage for line in lines} <= set(range(len(cut(LINES))))


def test_lines_with_no_word_of_the_question_are_not_looked_at() -> None:
    one = prepare(an_article("a", "Shifts", LINES), Vocabulary())

    assert not telling_lines(one, "does kafka brew espresso?")
    assert "grow the spool" in telling_lines(one, "the spool has no space")[0].text


def test_a_long_list_gives_its_nearest_lines_only() -> None:
    text = (
        "\n".join(f"- thing number {n} is broken" for n in range(500))
        + "\n- the valve is stuck in the cellar"
    )

    lines = telling_lines(
        prepare(an_article("a", "Things", text), Vocabulary()), "which thing: the valve is stuck"
    )

    assert len(lines) < 50
    assert lines[0].text == "the valve is stuck in the cellar"


def test_an_article_on_many_things_answers_each_question_that_it_lists() -> None:
    room = a_room([an_article("duty", "Being on duty", DUTY), *some_articles()])

    answers = [
        room.answer(question, everybody())
        for question in ("may I get time off after night work?", "how quickly do I have to answer a page?")
    ]

    assert [[str(one.article) for one in answer.citations] for answer in answers] == [["duty"], ["duty"]]
    assert "next morning" in answers[0].text
    assert "five minutes" in answers[1].text


def test_what_no_line_says_stays_unknown() -> None:
    room = a_room([an_article("duty", "Being on duty", DUTY), *some_articles()])

    answer = room.answer("may I take the phone of the on duty person to Lisbon?", everybody())

    assert answer.kind is AnswerKind.UNKNOWN
