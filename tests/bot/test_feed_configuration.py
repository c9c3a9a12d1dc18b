"""What people do with configurations at the desk: several files, drift, editing, preview, search, export."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from activities.configuring import ChangeRef
from bot.cards.model import Card, Dialog, Reply
from bot.cards.text import literal
from config_gen.templates.shelf import all_templates, sample_bytes
from domain.acts.approval_ends import end_subject
from domain.approval.approvals import Verdict
from domain.approval.policy import parse_policy
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange
from tests.bot.desk_house import whispered
from tests.bot.feed_story import FeedStory, button

_OTHER_RULE = {"id": "other", "needs": [{"role": "lead", "count": 1}]}
_HEADER = "trade_id,trade_date,amount,currency"


def _rows(more: str = "", *, first: int = 1, decimals: str = "50") -> str:
    return "\n".join(
        f"T{n:04d},2026-11-{n % 28 + 1:02d},{n * 10}.{decimals},EUR{more}" for n in range(first, first + 40)
    )


def _file(header: str = _HEADER, **how: object) -> bytes:
    return f"{header}\n{_rows(**how)}\n".encode()  # type: ignore[arg-type]


@pytest.fixture
def story(tmp_path: Path) -> FeedStory:
    return FeedStory(tmp_path)


def _merged(story: FeedStory) -> ConfigChange:
    return story.onboard("fx_trades.csv", _file(), feed_name="fx_trades", owning_team="fx")


def _said(card: Card) -> str:
    parts = [card.title, card.lead, *(f"{f.label} {f.value}" for f in card.facts)]
    parts += [f"{s.heading} {s.text}" for s in card.sections]
    if card.table:
        parts += [" ".join(row) for row in (card.table.columns, *card.table.rows)]
    return literal(" ".join(parts))


def _whole(reply: Reply) -> str:
    return " ".join(_said(card) for card in reply.whispers)


def _filled(dialog: Dialog | None, **answers: str) -> dict[str, str]:
    assert dialog is not None
    values = {i.name: i.value for i in dialog.inputs}
    FeedStory.fill(values, dialog.inputs, answers)
    return values


def test_a_policy_that_comes_back_asks_anew_for_what_it_was_asked_for_before(story: FeedStory) -> None:
    change = story.answer(story.drop(("fx.csv", _file())), feed_name="fx_trades", owning_team="fx")
    former, first = story.house.policy, change.approval
    story.house.policy = parse_policy({"rules": [_OTHER_RULE]})
    assert "Superseded" in _whole(story.yes(change))
    story.house.policy = former

    asked = story.walk(change)

    assert asked.state is ChangeState.IN_REVIEW
    assert asked.sentence == "The approval policy changed, so it is asked anew."
    assert asked.approval not in (None, first)
    assert story.approve(change).state is ChangeState.MERGED


def test_two_files_of_one_feed_are_read_together(story: FeedStory) -> None:
    monday = b"id,amount,note\n" + b"".join(b"A%d,%d,x\n" % (n, n) for n in range(30))
    tuesday = b"id,amount,note\n" + b"".join(b"B%d,%d.75,\n" % (n, n) for n in range(30))

    change = story.drop(("pay_mon.csv", monday), ("pay_tue.csv", tuesday))
    card = _said(story.card(change))

    assert "60 rows" in card
    assert "amount decimal" in card
    assert "pay_tue.csv" in _whole(story.press(button(story.card(change), "Columns")))


def test_a_zip_of_files_of_one_feed_is_read_as_all_of_them(story: FeedStory) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("day1.csv", b"id,amount\n" + b"".join(b"A%d,%d\n" % (n, n) for n in range(30)))
        archive.writestr("day2.csv", b"id,amount\n" + b"".join(b"B%d,%d.5\n" % (n, n) for n in range(30)))

    card = _said(story.card(story.drop(("days.zip", held.getvalue()))))

    assert "60 rows" in card
    assert "amount decimal" in card


def test_the_same_shape_tomorrow_fits_and_asks_nobody(story: FeedStory) -> None:
    _merged(story)

    change = story.drop(("fx_trades.csv", _file(first=41)))

    assert change.state is ChangeState.FITS
    assert "It fits: fx_trades" in _said(story.card(change))


def test_what_is_written_beside_a_file_that_fits_becomes_a_change_by_one_press(story: FeedStory) -> None:
    _merged(story)

    change = story.drop(
        ("fx_trades.csv", _file(first=41)), text="amount is in EUR, this is daily at 5:30, owner team-fx"
    )
    card = story.card(change)
    assert change.state is ChangeState.ASKING
    assert "It fits, and you said more" in _said(card)
    assert "amount is in EUR" in _said(card)
    story.press(button(card, "Make the pull request"))
    change = story.walk(change)

    assert change.state is ChangeState.IN_REVIEW
    story.approve(change)
    merged = (story.reviews.read_feed("fx_trades") or b"").decode()
    assert "cron: 30 5 * * *" in merged
    assert "team: team-fx" in merged
    assert "unit: EUR" in merged


def test_what_is_agreed_already_changes_nothing(story: FeedStory) -> None:
    _merged(story)

    change = story.drop(("fx_trades.csv", _file(first=41)), text="the key is trade_id, owner fx")

    assert change.state is ChangeState.FITS
    assert "says already what you wrote" in _said(story.card(change))


def test_what_cannot_be_of_a_file_that_fits_is_said(story: FeedStory) -> None:
    _merged(story)

    change = story.drop(("fx_trades.csv", _file(first=41)), text="currency is in cents")

    assert change.state is ChangeState.FITS
    assert "is text and no number" in _said(story.card(change))


def test_settings_that_are_said_beside_a_new_file_are_proposed_in_the_dialog(story: FeedStory) -> None:
    change = story.drop(("fx_trades.csv", _file()), text="weekdays at 07:15, owner is team fx")

    dialog = story.press(button(story.card(change), "Answer")).dialog

    assert dialog is not None
    filled = {str(field.label): field.value for field in dialog.inputs}
    assert filled["When is it loaded"] == "15 7 * * 1-5"
    assert filled["Owning team"] == "fx"
    answered = story.answer(change, feed_name="fx_trades", owning_team="rates")
    story.approve(answered)
    assert b"team: rates" in (story.reviews.read_feed("fx_trades") or b""), "the dialog came later"


def test_an_owner_that_is_called_as_a_feed_does_not_name_the_feed(story: FeedStory) -> None:
    _merged(story)

    change = story.drop(("loans.csv", b"loan,rate\nL1,2.5\nL2,3.5\n"), text="daily, owner is fx_trades")

    assert (change.kind, change.drift, change.answers["owner_team"]) == (
        ChangeKind.ONBOARD,
        None,
        "fx_trades",
    )


def test_longer_texts_of_a_file_that_fits_are_not_what_was_said(story: FeedStory) -> None:
    _merged(story)

    longer = _file(first=41, decimals="5055")
    change = story.drop(("fx_trades.csv", longer), text="the key is trade_id, owner fx")

    assert change.state is ChangeState.FITS


def test_drift_is_named_and_one_button_makes_the_pull_request(story: FeedStory) -> None:
    _merged(story)

    change = story.drop(("fx_trades.csv", _file(f"{_HEADER},desk", more=",d1", first=41)))
    card = story.card(change)
    assert (change.kind, change.state) == (ChangeKind.EDIT, ChangeState.ASKING)
    assert "added" in _said(card)
    assert "desk" in _said(card)
    assert "backward" in _said(card)

    story.press(button(card, "Make the pull request"))
    change = story.walk(change)
    assert change.state is ChangeState.IN_REVIEW
    assert "adds desk (text, optional): compatible for readers" in _said(story.card(change))
    story.approve(change)
    assert b"desk" in (story.reviews.read_feed("fx_trades") or b"")


def test_a_drifted_file_can_be_called_another_feed(story: FeedStory) -> None:
    _merged(story)
    change = story.drop(("fx_trades.csv", _file(f"{_HEADER},desk", more=",d1")))

    story.press(button(story.card(change), "It is another feed"))
    change = story.answer(story.change(change), feed_name="fx_desks", owning_team="fx")

    assert change.kind is ChangeKind.ONBOARD
    assert change.feed == "fx_desks"


def test_an_edit_is_checked_at_once_and_a_good_one_opens_the_review_anew(story: FeedStory) -> None:
    change = story.answer(story.drop(("fx_trades.csv", _file())), feed_name="fx_trades", owning_team="fx")
    first = story.change(change)
    editor = story.press(button(story.card(change), "Edit")).whispers

    dialog = story.press(button(editor[0], "Settings")).dialog
    wrong = story.press(dialog.submit, **_filled(dialog, when_is_it_loaded="never"))  # type: ignore[union-attr]
    assert len(wrong.input_errors) == 1
    assert story.change(change) == first

    right = story.press(dialog.submit, **_filled(dialog, when_is_it_loaded="07:15"))  # type: ignore[union-attr]
    assert "Taken" in whispered(right)
    change = story.walk(change)
    assert change.state is ChangeState.IN_REVIEW
    assert change.approval != first.approval
    story.approve(change)
    assert b"15 7 * * *" in (story.reviews.read_feed("fx_trades") or b"")


@pytest.mark.proves("K1", "G4")
@pytest.mark.parametrize(
    ("named", "secret"), [("", "ghp_" + "a1B2c3D4" * 5), ("password: ", "correcthorsebattery")]
)
def test_a_secret_that_keeps_a_configuration_from_review_is_shown_to_nobody(
    story: FeedStory, named: str, secret: str
) -> None:
    dropped = story.drop((f"trades of {named}{secret}.csv", _file()))

    change = story.answer(dropped, feed_name="fx_trades", owning_team="fx")
    card = story.card(change)
    shown = _whole(story.press(button(card, "Show everything")))

    assert change.state is ChangeState.NEEDS_FIXING
    assert "SEC004" in card.model_dump_json()
    assert [text for text in (card.model_dump_json(), shown) if secret in text] == []
    assert f"trades of {named}•••" in shown


def test_a_configuration_without_a_secret_is_shown_to_the_letter(story: FeedStory) -> None:
    name = "password_resets of the token desk.csv"

    change = story.answer(story.drop((name, _file())), feed_name="fx_trades", owning_team="fx")
    shown = _whole(story.press(button(story.card(change), "Show everything")))

    assert change.state is ChangeState.IN_REVIEW
    assert name in shown


def test_a_column_is_edited_by_its_button(story: FeedStory) -> None:
    change = story.answer(story.drop(("fx_trades.csv", _file())), feed_name="fx_trades", owning_team="fx")
    editor = story.press(button(story.card(change), "Edit")).whispers
    columns = next(card for card in editor if card.title.startswith("Columns"))

    dialog = story.press(button(columns, "amount")).dialog
    story.press(dialog.submit, **_filled(dialog, name_in_the_tables="notional"))  # type: ignore[union-attr]

    story.walk(change)
    assert "notional" in _whole(story.press(button(story.card(change), "Show everything")))


def test_an_agreed_feed_is_edited_from_its_card(story: FeedStory) -> None:
    _merged(story)
    story.house.say("sam", "config fx_trades edit amount")

    opener = story.house.token("edit.open", subject="feed/fx_trades")
    dialog = story.house.press("sam", opener).dialog
    story.press(dialog.submit, **_filled(dialog, title="FX trades of the desk"))  # type: ignore[union-attr]

    (change,) = story.open_ones()
    change = story.walk(change)
    assert change.kind is ChangeKind.EDIT
    story.approve(change)
    assert b"FX trades of the desk" in (story.reviews.read_feed("fx_trades") or b"")


@pytest.mark.parametrize("ending", ["withdrawn", "expired", "failed"])
def test_a_change_that_ended_begins_again_with_what_was_answered_and_edited(
    story: FeedStory, ending: str
) -> None:
    old = story.answer(story.drop(("fx_trades.csv", _file())), feed_name="fx_trades", owning_team="fx")
    editor = story.press(button(story.card(old), "Edit")).whispers
    dialog = story.press(button(editor[0], "Settings")).dialog
    story.press(dialog.submit, **_filled(dialog, title="FX trades of the desk"))  # type: ignore[union-attr]
    old = story.walk(old)
    if ending == "withdrawn":
        story.press(button(story.card(old), "Withdraw"))
    elif ending == "failed":
        with story.house.transactions.writing() as uow:
            uow.changes.save(old.model_copy(update={"state": ChangeState.FAILED, "sentence": "It broke."}))
    else:
        with story.house.transactions.writing() as uow:
            request = uow.approvals.get(old.approval)  # type: ignore[arg-type]  # it is in review
            end_subject(uow, request, Verdict.EXPIRED, "", story.house.clock.at)
    ended = story.change(old)
    label = "Change and ask again" if ending == "withdrawn" else "Ask again"
    again = button(story.card(ended), label)

    story.press(again)
    story.press(again)

    (change,) = story.open_ones()
    change = story.walk(change)
    if ending == "withdrawn":
        assert change.state is ChangeState.ASKING
        change = story.answer(change)
    assert (change.id != old.id, change.state) == (True, ChangeState.IN_REVIEW)
    story.approve(change)
    assert b"FX trades of the desk" in (story.reviews.read_feed("fx_trades") or b"")


def test_what_expired_before_anybody_was_asked_begins_again_with_its_questions(story: FeedStory) -> None:
    old = story.answer(story.drop(("fx_trades.csv", _file())), feed_name="fx_trades", owning_team="fx")
    forgotten = {"state": ChangeState.NEEDS_FIXING, "review_number": None, "approval": None}
    with story.house.transactions.writing() as uow:
        uow.changes.save(old.model_copy(update=forgotten))
    story.house.clock.at += timedelta(days=31)

    story.reviewing.look(ChangeRef(id=old.id))
    ended = story.change(old)
    story.press(button(story.card(ended), "Change and ask again"))

    assert ended.state is ChangeState.EXPIRED
    (change,) = story.open_ones()
    assert change.state is ChangeState.ASKING
    assert "30 days" not in change.sentence


def test_the_history_of_a_feed_names_who_approved_each_version(story: FeedStory) -> None:
    change = _merged(story)

    story.house.say("sam", "config fx_trades history")

    with story.house.transactions.reading() as uow:
        said = uow.approvals.decisions(change.approval)  # type: ignore[arg-type]  # it was approved
        names = [uow.people.get(one.person).name for one in said]
    assert names
    assert any(f"approved by: {', '.join(names)}" in text for text in story.house.said_to_all())


def test_a_withdrawn_revert_is_asked_again_and_says_what_it_did(story: FeedStory) -> None:
    _merged(story)
    story.house.say("sam", "revert fx_trades")
    (first,) = story.open_ones()
    story.walk(first)
    story.press(button(story.card(first), "Withdraw"))

    story.press(button(story.card(story.change(first)), "Ask again"))

    (change,) = story.open_ones()
    change = story.approve(story.walk(change))
    assert "no such feed" in story.card(change).lead
    assert story.reviews.read_feed("fx_trades") is None


def test_answering_again_keeps_what_was_edited_and_takes_the_new_answer(story: FeedStory) -> None:
    change = story.answer(story.drop(("fx_trades.csv", _file())), feed_name="fx_trades", owning_team="fx")
    editor = story.press(button(story.card(change), "Edit")).whispers
    dialog = story.press(button(editor[0], "Settings")).dialog
    story.press(dialog.submit, **_filled(dialog, title="FX trades of the desk", owning_team="fx_two"))  # type: ignore[union-attr]
    change = story.walk(change)

    editor = story.press(button(story.card(change), "Edit")).whispers
    asked = story.press(button(editor[0], "Answer the questions again")).dialog
    story.press(asked.submit, **_filled(asked, owning_team="rates"))  # type: ignore[union-attr]
    change = story.walk(change)
    story.approve(change)

    agreed = (story.reviews.read_feed("fx_trades") or b"").decode()
    assert "title: FX trades of the desk" in agreed
    assert "team: rates" in agreed


def test_rows_are_shown_as_they_would_land(story: FeedStory) -> None:
    change = story.answer(story.drop(("fx_trades.csv", _file())), feed_name="fx_trades", owning_team="fx")

    shown = _whole(story.press(button(story.card(change), "Preview rows")))

    assert "2026-11-02" in shown
    assert "10.50" in shown
    assert "_file_name" in shown


def test_a_suggestion_is_left_out_by_its_button(story: FeedStory) -> None:
    change = story.answer(story.drop(("fx_trades.csv", _file())), feed_name="fx_trades", owning_team="fx")
    editor = story.press(button(story.card(change), "Edit")).whispers
    offered = story.press(button(editor[0], "Suggestions")).whispers

    assert "rows of the sample" in " ".join(_said(card) for card in offered)
    leave = next(a for card in offered for a in card.actions if a.label == "Leave out audit_columns")
    story.press(leave)

    story.walk(change)
    everything = _whole(story.press(button(story.card(change), "Show everything")))
    assert "audit_columns" not in everything


def test_every_column_tells_its_evidence(story: FeedStory) -> None:
    change = story.drop(("fx_trades.csv", _file()))

    shown = _whole(story.press(button(story.card(change), "Columns")))

    assert "Key candidates" in shown
    assert "40 of 40" in shown
    assert "currency" in shown


def test_what_changed_is_told_in_words_and_words_are_found(story: FeedStory) -> None:
    _merged(story)

    story.house.say("sam", "config fx_trades diff")
    story.house.say("sam", "config search currency")

    said = " ".join(story.house.said_to_all())
    assert "new feed fx_trades with 4 columns" in said
    assert "places in 1 feed" in said


@pytest.mark.parametrize(("form", "mark"), [("odcs", "DataContract"), ("dlt", "tables"), ("gx", "expect_")])
def test_a_configuration_is_exported(story: FeedStory, form: str, mark: str) -> None:
    _merged(story)

    reply = story.house.say("sam", f"config fx_trades export {form}")

    assert mark in _whole(reply)


def test_a_template_is_proposed_and_used(story: FeedStory) -> None:
    chosen = next(t for t in all_templates() if t.sample.text and t.columns)
    change = story.drop((chosen.sample.file_name, sample_bytes(chosen)))
    asked = story.press(button(story.card(change), "Answer")).dialog
    assert asked is not None
    question = next(i for i in asked.inputs if i.label == "Begin with a template")
    assert question.value == chosen.name

    story.answer(change, owning_team="fx")

    assert chosen.name.replace("_", " ") in _said(story.card(change))


def _edited(story: FeedStory, **answers: str) -> ConfigChange:
    """Open a change of the agreed feed through its settings."""
    before = {change.id for change in story.open_ones()}
    dialog = story.house.press("sam", story.house.token("edit.open", subject="feed/fx_trades")).dialog
    story.press(dialog.submit, **_filled(dialog, **answers))  # type: ignore[union-attr]
    (opened,) = [change for change in story.open_ones() if change.id not in before]
    return story.walk(opened)


def test_changes_that_do_not_meet_are_put_together_without_a_question(story: FeedStory) -> None:
    _merged(story)
    mine, theirs = _edited(story, title="FX trades"), _edited(story, owning_team="rates")
    story.approve(theirs)
    first = story.change(mine).approval

    story.yes(mine)

    again = story.walk(mine)
    assert again.state is ChangeState.IN_REVIEW
    assert again.approval != first
    story.approve(again)
    agreed = (story.reviews.read_feed("fx_trades") or b"").decode()
    assert "title: FX trades" in agreed
    assert "team: rates" in agreed


@pytest.mark.parametrize(("side", "title"), [("Keep mine", "Mine"), ("Keep theirs", "Theirs")])
def test_a_place_that_both_changed_is_asked(story: FeedStory, side: str, title: str) -> None:
    _merged(story)
    mine, theirs = _edited(story, title="Mine"), _edited(story, title="Theirs", owning_team="rates")
    story.approve(theirs)

    story.yes(mine)
    asked = story.walk(mine)
    assert "Whose counts" in _said(story.card(asked))
    story.press(button(story.card(asked), side))

    story.approve(story.walk(asked))
    assert f"title: {title}" in (story.reviews.read_feed("fx_trades") or b"").decode()


def test_the_commit_is_signed_off_by_the_person(story: FeedStory) -> None:
    import subprocess

    _merged(story)

    log = subprocess.run(
        ["git", "--git-dir", str(story.folder / "config.git"), "log", "--format=%B%n%an", "main"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "Signed-off-by: Sam" in log


def test_what_both_files_hold_lands_without_a_broken_rule(story: FeedStory) -> None:
    monday = b"id,amount\n" + b"".join(b"A%03d,%d\n" % (n, n) for n in range(30))
    tuesday = b"id,amount\n" + b"".join(b"B%03d,%d.125\n" % (n, n * 100) for n in range(30))

    change = story.answer(
        story.drop(("pay.csv", monday), ("pay2.csv", tuesday)), feed_name="pay", owning_team="fx"
    )

    everything = _whole(story.press(button(story.card(change), "Show everything")))
    assert "maximum: '10000'" in everything
    assert "scale: 5" in everything


def test_a_finding_of_a_change_in_review_is_mended_by_its_button_and_asked_anew(story: FeedStory) -> None:
    rows = "".join(f"T{n:03d},2026-11-0{n % 9 + 1} 10:{n:02d}:00\n" for n in range(40))
    sample = f"trade_id,booked\n{rows}".encode()
    change = story.answer(story.drop(("fx_trades.csv", sample)), feed_name="fx_trades", owning_team="fx")
    first = story.change(change)
    mend = button(story.card(change), "Fix ANT012")

    story.press(mend)
    change = story.walk(change)

    assert change.state is ChangeState.IN_REVIEW
    assert change.approval != first.approval
    assert mend.label not in [action.label for action in story.card(change).actions]
    story.approve(change)
    assert story.change(change).state is ChangeState.MERGED
