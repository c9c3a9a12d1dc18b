from pathlib import Path

import pytest

from bot.adapters.console import ConsoleDoor, ConsoleSettings, Terminal
from bot.adapters.console_answers import answer_to, problem_with
from bot.cards.model import Action, Card, Choice, Dialog, Input, InputKind, Reply
from domain.errors import BadInput, NotAllowed
from domain.identity.chat import Incoming, IncomingKind, MessageRef
from storage.blobs import DirectoryBlobs
from tests.bot.webchat.parts import MINT, ScriptedDesk, SystemClock

CARD = Card(
    title="I read trades.csv",
    plain="I read trades.csv",
    actions=(
        Action(verb="ask", label="Answer"),
        Action(verb="forget", label="Forget it", confirm="Forget it?"),
    ),
)
QUESTIONS = Dialog(
    title="Two questions",
    inputs=(
        Input(name="feed", label="Feed name", value="fx", is_required=True),
        Input(
            name="owner",
            kind=InputKind.CHOICE,
            label="Owner",
            choices=(Choice(value="risk", label="Risk team"),),
        ),
    ),
    submit=Action(verb="answer", label="Build"),
)


class Sitting:
    """A person at a terminal, whose lines are known beforehand."""

    def __init__(self, folder: Path, *lines: str, limit: int = 1000) -> None:
        self.printed: list[str] = []
        self._lines = list(lines)
        self.desk = ScriptedDesk()
        self.blobs = DirectoryBlobs(folder / "blobs")
        settings = ConsoleSettings(user="ana", upload_limit_bytes=limit)
        terminal = Terminal(self.printed.append, self._ask)
        self.door = ConsoleDoor(settings, self.desk, MINT, self.blobs, SystemClock(), terminal)

    async def _ask(self, prompt: str) -> str | None:
        self.printed.append(prompt)
        return self._lines.pop(0) if self._lines else None


async def test_a_line_is_said_and_the_answer_printed(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "feeds", "")

    async def script(incoming: Incoming) -> Reply:
        return Reply(whispers=(Card(title=f"You said {incoming.text}", plain="x"),))

    sitting.desk.script = script

    await sitting.door.converse()

    assert any("You said feeds" in text for text in sitting.printed)
    assert sitting.desk.accepted[0].place.is_private


async def test_a_number_presses_the_button_of_the_newest_card(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)
    posted = await sitting.door.post(sitting.door.place, CARD, "k")

    await sitting.door.take("1")

    act = sitting.desk.accepted[0]
    assert "1 Answer · 2 Forget it" in sitting.printed[0]
    assert (act.kind, act.message) == (IncomingKind.PRESS, posted.message)
    assert MINT.read(act.token, act.place).verb == "ask"


@pytest.mark.parametrize(("said", "presses"), [("yes", 1), ("no", 0), ("", 0)])
async def test_a_button_that_asks_first_needs_a_yes(tmp_path: Path, said: str, presses: int) -> None:
    sitting = Sitting(tmp_path, said)
    await sitting.door.post(sitting.door.place, CARD, "k")

    await sitting.door.take("2")

    assert len(sitting.desk.accepted) == presses


async def test_a_number_that_no_button_has_names_those_there_are(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)
    await sitting.door.post(sitting.door.place, CARD, "k")

    await sitting.door.take("7")

    assert "1 to 2" in sitting.printed[-1]
    assert sitting.desk.accepted == []


async def test_the_same_posting_is_printed_once(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)

    first = await sitting.door.post(sitting.door.place, CARD, "k")
    again = await sitting.door.post(sitting.door.place, CARD, "k")

    assert first == again
    assert len(sitting.printed) == 1


async def test_held_cards_are_printed_once_as_they_read_at_the_end_and_whispers_at_once(
    tmp_path: Path,
) -> None:
    sitting = Sitting(tmp_path)
    sitting.door.hold_cards()

    first = await sitting.door.post(sitting.door.place, Card(title="Reading", plain="r"), "p1")
    await sitting.door.post(sitting.door.place, Card(title="Second", plain="s"), "p2")
    await sitting.door.update(first, Card(title="Read in full", plain="f"))
    await sitting.door.whisper(sitting.door.place, sitting.door.account, Card(title="Whispered", plain="w"))
    before = "\n".join(sitting.printed)
    sitting.door.tell_held()
    after = "\n".join(sitting.printed)

    assert "Whispered" in before
    assert "Second" not in before
    assert (after.count("Read in full"), after.count("Reading"), after.count("Second")) == (1, 0, 1)
    assert after.index("Read in full") < after.index("Second")


async def test_a_card_of_an_earlier_talk_is_named_at_the_end_instead_of_printed_in_between(
    tmp_path: Path,
) -> None:
    sitting = Sitting(tmp_path)
    sitting.door.earlier = {"old", "m7"}

    await sitting.door.post(sitting.door.place, CARD, "old")
    await sitting.door.update(MessageRef(place=sitting.door.place, message="m7"), CARD)
    await sitting.door.post(sitting.door.place, CARD, "new")

    assert len(sitting.printed) == 1
    assert sitting.door.meanwhile == [CARD.title, CARD.title]


async def test_a_dialog_asks_one_by_one_and_again_only_what_was_wrong(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "FX", "nobody", "Risk team", "fx_trades")

    async def script(incoming: Incoming) -> Reply:
        if incoming.kind is IncomingKind.MESSAGE:
            return Reply(dialog=QUESTIONS)
        if incoming.inputs["feed"] == "FX":
            return Reply(input_errors={"feed": "That can't be a feed's name."})
        return Reply(whispers=(Card(title="Built", plain="Built"),))

    sitting.desk.script = script

    await sitting.door.take("new feed")

    assert sitting.desk.accepted[-1].inputs == {"feed": "fx_trades", "owner": "risk"}
    assert "That can't be a feed's name." in sitting.printed
    assert "Owner: choose one of risk." in sitting.printed
    assert sitting.printed[-1].startswith("Built")


async def test_the_end_of_input_sends_no_half_dialog(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "FX")

    async def script(incoming: Incoming) -> Reply:
        return Reply(dialog=QUESTIONS)

    sitting.desk.script = script

    await sitting.door.take("new feed")

    assert [act.kind for act in sitting.desk.accepted] == [IncomingKind.MESSAGE]
    assert sitting.printed[-1] == "Nothing was sent."


async def test_a_file_is_dropped_by_its_path_spaces_and_words_included(tmp_path: Path) -> None:
    sample = tmp_path / "my trades.csv"
    sample.write_bytes(b"a,b\n")
    sitting = Sitting(tmp_path)

    await sitting.door.take(f"drop {sample} for the desk")

    act = sitting.desk.accepted[0]
    await sitting.door.fetch(act.files[0], tmp_path / "copy", 100)
    assert (act.kind, act.text, act.files[0].name) == (IncomingKind.UPLOAD, "for the desk", "my trades.csv")
    assert (tmp_path / "copy").read_bytes() == b"a,b\n"
    with pytest.raises(BadInput):
        await sitting.door.fetch(act.files[0], tmp_path / "copy", 2)


@pytest.mark.proves("F1")
@pytest.mark.parametrize(("name", "says"), [("big.csv", "is larger than"), ("none.csv", "I find no file")])
async def test_a_file_that_is_too_large_or_missing_gets_a_sentence(
    tmp_path: Path, name: str, says: str
) -> None:
    (tmp_path / "big.csv").write_bytes(b"x" * 2000)
    sitting = Sitting(tmp_path)

    await sitting.door.take(f"drop {tmp_path / name}")

    assert says in sitting.printed[-1]
    assert sitting.desk.accepted == []


async def test_a_refusal_is_printed_as_its_sentence(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)

    async def script(incoming: Incoming) -> Reply:
        raise NotAllowed("own", say="You asked for this change.", next_step="Someone else has to approve it.")

    sitting.desk.script = script

    await sitting.door.take("approve")

    assert sitting.printed == ["You asked for this change. Someone else has to approve it."]


@pytest.mark.proves("A11", "D6")
async def test_hidden_and_control_characters_reach_no_terminal(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)
    nasty = "\x1b[2J\u202e\u200bx"

    await sitting.door.post(sitting.door.place, Card(title=nasty, plain=nasty, lead=nasty), "k")

    assert not set("\x1b\u202e\u200b") & set("".join(sitting.printed))


def test_an_empty_line_takes_the_proposal_and_a_dash_empties_it() -> None:
    question = Input(name="a", label="A", value="proposed")

    assert answer_to(question, "") == "proposed"
    assert answer_to(question, "-") == ""
    assert problem_with(question.model_copy(update={"is_required": True}), "") is not None


def test_yes_and_no_are_read_for_a_toggle() -> None:
    question = Input(name="a", kind=InputKind.TOGGLE, label="A", value="true")

    assert [answer_to(question, said) for said in ("", "no", "YES", "-", "maybe")] == [
        "true",
        "false",
        "true",
        "false",
        "maybe",
    ]
    assert problem_with(question, "maybe") == "A: say yes or no."
