"""From words to a plan at the desk, and what people may and may not do with it."""

from datetime import timedelta
from pathlib import Path

import pytest

from activities.planning import FixRef, PreviewNote
from bot.cards.model import Action, Card, Reply
from bot.commands.fixing.fix_trouble import why_nothing_fits
from bot.presenters.plan_painting import draw_fix, paint_plan_approval
from bot.presenters.plan_parts import run_section
from domain.approval.approval_requests import cards_of
from domain.approval.approvals import Verdict
from domain.approval.policy import parse_policy
from domain.identity.chat import Incoming, IncomingKind, Platform
from domain.identity.people import Role, Way
from domain.ids import ApprovalId, FeedName, PersonId, RequestId, RunId
from domain.ports.run_intake import RunEvent
from domain.remediation.fixes import FixState
from domain.remediation.parcels import Preview
from domain.remediation.plans import DryRun
from domain.remediation.run_reports import StepReport, StepState
from domain.remediation.runbooks import Inventory, Trouble
from domain.running.runs import Outcome, Run
from tests.bot.desk_house import CHANNEL, account_of, place_of
from tests.bot.mending import INVENTORY, PREVIEW, Mending
from tests.domain.builders import a_person


def said(reply: Reply) -> str:
    return " ".join(card.plain for card in reply.whispers)


def whispered_sections(reply: Reply) -> str:
    return " ".join(section.text for card in reply.whispers for section in card.sections)


@pytest.fixture
def house(tmp_path: Path) -> Mending:
    return Mending(tmp_path)


def test_up_to_three_options_are_offered_with_what_a_person_needs_to_pick(house: Mending) -> None:
    house.say("erin", "fix fx-trades bad file")

    fix = house.fix()
    assert fix.state is FixState.CHOOSING
    assert fix.subject_name == "feed/fx_trades"
    assert 1 <= len(fix.options) <= 3
    card = _card(house)
    assert all(word in card for word in ("Risk", "Cost", "Needs", "Checked", "Undo", "Touches"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fix", "What is in trouble?"),
        ("fix nosuchthing", "Nothing that I may mend is named nosuchthing"),
        ("fix fx_trades gremlins", "don't know that kind"),
    ],
)
def test_what_is_unknown_gets_a_sentence_that_helps(house: Mending, text: str, says: str) -> None:
    assert says in said(house.say("erin", text))


def test_a_feed_that_is_only_watched_is_said_to_be_and_what_would_change_that(house: Mending) -> None:
    run = Run(FeedName("crm_contacts"), RunId("r1"), house.clock.at, Outcome.FAILED)
    with house.transactions.writing() as uow:
        uow.runs.merge([RunEvent(run=run, source="test", dialect="json")], house.clock.at)

    told = said(house.say("erin", "fix crm contacts"))

    assert "I only watch crm_contacts" in told
    assert "Drop a sample file" in told
    assert "why did crm_contacts fail?" in told


def test_a_name_is_found_among_the_words_around_it(house: Mending) -> None:
    house.say("erin", "fix the fx trades bad file")

    assert house.fix().subject_name == "feed/fx_trades"


def test_a_feed_without_a_target_is_told_why_nothing_is_offered(house: Mending) -> None:
    trouble = Trouble(types=(), feed="positions", environment="production")

    assert "No target is listed for production" in why_nothing_fits("feed/positions", trouble, Inventory())
    assert "serves positions" in why_nothing_fits("feed/positions", trouble, INVENTORY)


@pytest.mark.proves("A4")
def test_who_may_not_propose_cannot_begin(house: Mending) -> None:
    assert "propose a fix" in said(house.say("sam", "fix fx_trades"))


def test_a_wrong_parameter_is_marked_in_the_dialog(house: Mending) -> None:
    house.say("erin", "fix fx_trades bad file")
    subject = house.fix().subject

    reply = house.fill(
        "erin", "fix.plan", subject, {"p0": "no_such_feed"}, runbook="pause-feed", revision="0"
    )

    assert "I don't know the feed" in reply.input_errors["p0"]
    assert house.fix().state is FixState.CHOOSING


def test_only_a_runbook_after_which_the_feed_works_otherwise_makes_a_plan_a_change_of_it(
    house: Mending,
) -> None:
    paused = house.planned()
    house.say("erin", "fix fx-trades out of memory")
    house.button("erin", "fix.pick", house.fix().subject, runbook="change-batch-size")
    filled = {"p0": "fx_trades", "p1": "500"}
    house.fill("erin", "fix.plan", house.fix().subject, filled, runbook="change-batch-size", revision="0")

    assert (paused.runbook, paused.changes_feed) == ("pause-feed", False)
    assert (house.fix().runbook, house.fix().changes_feed) == ("change-batch-size", True)


@pytest.mark.proves("A3", "A4", "A12")
def test_two_others_approve_through_different_doors_and_the_author_never(house: Mending) -> None:
    house.asked()

    own = house.vote("erin")
    own_elsewhere = house.vote("erin", "slack")
    house.vote("ada", "slack")
    twice = house.vote("ada", "web")
    assert house.fix().state is FixState.IN_APPROVAL
    house.vote("jo", "teams")

    assert house.fix().state is FixState.APPROVED
    assert "Not yours" in said(own)
    assert "Not yours" in said(own_elsewhere)
    assert "once" in said(twice)
    assert house.ordering.pass_gate(FixRef(id=house.fix().id)).parcel is not None


@pytest.mark.proves("A1", "A4", "A8")
def test_an_approver_who_changes_a_parameter_makes_a_new_plan_and_becomes_its_author(house: Mending) -> None:
    before = house.asked()
    with house.transactions.reading() as uow:
        old = uow.approvals.get(ApprovalId(str(before.approval)))

    house.fill("ada", "fix.plan", before.subject, {"p0": "positions"}, runbook="pause-feed", revision="1")
    fix = house.fix()
    house.planning.take_preview(PreviewNote(ref=FixRef(id=fix.id, revision=2), preview=PREVIEW))
    late = house.button("jo", "approval.approve", f"approval/{old.id}", subject_hash=old.subject_hash)
    own = house.vote("ada")

    with house.transactions.reading() as uow:
        assert uow.approvals.get(old.id).verdict is Verdict.SUPERSEDED
        new = uow.approvals.get(ApprovalId(str(house.fix().approval)))
    assert new.subject_hash != old.subject_hash
    assert "superseded" in said(late)
    assert "Not yours" in said(own)


@pytest.mark.proves("A11")
def test_high_risk_needs_everything_opened_first(house: Mending) -> None:
    fix = house.planned()
    blind = Preview(dry_run=DryRun(effects=(), blind=("pause",)))
    house.planning.take_preview(PreviewNote(ref=FixRef(id=fix.id, revision=1), preview=blind))

    unread = house.vote("ada")
    pages = house.button("ada", "fix.everything", house.fix().subject)
    house.vote("ada")

    assert "Open the full view first" in said(unread)
    assert any("run" in section.heading for card in pages.whispers for section in card.sections)
    with house.transactions.reading() as uow:
        assert len(uow.approvals.decisions(ApprovalId(str(house.fix().approval)))) == 1


@pytest.mark.proves("A15")
def test_the_glass_breaks_only_with_a_right_a_reason_and_somebody_to_call(house: Mending) -> None:
    fix = house.asked()
    subject = fix.subject

    no_right = house.button("ada", "fix.break_glass", subject)
    no_reason = house.fill("erin", "fix.break_because", subject, {"reason": "now"}, revision="1")
    house.fill("erin", "fix.break_because", subject, {"reason": "it burns and nobody answers"}, revision="1")

    assert "break the glass" in said(no_right)
    assert "reason" in no_reason.input_errors
    assert house.fix().state is FixState.APPROVED
    with house.transactions.reading() as uow:
        override = uow.guards.override(house.fix().override)
        told = [notice for notice in uow.notices.about(subject) if notice.person]
    assert override.paged == ("max",)
    assert [(n.person, n.ways, n.is_urgent) for n in told] == [("max", (Way.SMS, Way.MAIL), True)]
    assert told[0].waits_on == f"override/{override.id}"
    assert ("override_used", "erin") in house.entries()


@pytest.mark.proves("A15")
def test_the_second_person_is_called_in_the_chat_too_and_the_review_is_done_from_there(
    house: Mending,
) -> None:
    house.channels["approvals"] = (place_of("web"),)
    fix = house.asked()
    house.fill("erin", "fix.break_because", fix.subject, {"reason": "it burns, nobody answers"}, revision="1")

    with house.transactions.reading() as uow:
        due = uow.postings.due(house.clock.at, 100, list(Platform))
    [broken] = [Card.model_validate_json(one.card_json) for one in due if "Glass broken" in one.card_json]
    [review] = broken.actions
    dialog = house.button("ada", review.verb, review.subject, **review.arguments).dialog
    assert dialog is not None
    house.fill(
        "ada", dialog.submit.verb, dialog.submit.subject, {"review": "It was right."}, **review.arguments
    )

    assert [called.account.user for called in broken.calls] == ["web-max"]
    with house.transactions.reading() as uow:
        assert uow.guards.unreviewed() == []


@pytest.mark.proves("A15", "A16", "A5", "A11", "I4")
def test_glass_that_guards_high_risk_asks_for_what_a_yes_would(house: Mending) -> None:
    fix = house.planned()
    blind = Preview(dry_run=DryRun(effects=(), blind=("pause",)))
    house.planning.take_preview(PreviewNote(ref=FixRef(id=fix.id, revision=1), preview=blind))
    press = house.mint(Action(verb="fix.break_glass", label="x", subject=fix.subject), place_of("web"))

    house.button("ada", "fix.everything", fix.subject)
    unread = house.press("erin", press)
    house.button("erin", "fix.everything", fix.subject)
    house.unread.add("web")
    blindly = house.press("erin", press)
    house.unread.clear()
    old = house.press("erin", press, minutes_signed_in=16)
    fresh = house.press("erin", press, minutes_signed_in=14)

    assert "Press Show everything first" in said(unread)
    assert "who may break the glass" in said(blindly)
    assert "sign in again" in said(old)
    assert fresh.dialog is not None
    assert house.fix().state is FixState.IN_APPROVAL


@pytest.mark.proves("A15")
def test_who_owes_a_review_breaks_no_glass_and_nobody_reviews_themselves(house: Mending) -> None:
    fix = house.asked()
    house.fill(
        "erin", "fix.break_because", fix.subject, {"reason": "it burns and nobody answers"}, revision="1"
    )
    own = house.fill("erin", "fix.review_says", fix.subject, {"review": "I was right to do it"})
    house.clock.at += timedelta(hours=25)
    second = house.asked()
    barred = house.button("erin", "fix.break_glass", second.subject)
    waits = {name: whispered_sections(house.say(name, "waiting")) for name in ("ada", "erin")}

    house.fill("ada", "fix.review_says", fix.subject, {"review": "It was right, the feed was down"})
    free = house.button("erin", "fix.break_glass", second.subject)
    with house.transactions.reading() as uow:
        shown = " ".join(fact.value for fact in draw_fix(uow, uow.fixes.get(fix.id)).facts)

    assert "Somebody else has to review this" in said(own)
    assert "never reviewed" in said(barred)
    assert free.dialog is not None
    assert "by Erin: it burns" in shown
    assert "by Ada: It was right" in shown
    assert any("Erin: Ada reviewed the override" in told for told in house.said_to_all())
    assert "Review of an override" in waits["ada"]
    assert "Review of an override" not in waits["erin"], "nobody reviews themselves"
    assert f"plan `{second.id}`" in waits["erin"], "what she has begun"


@pytest.mark.proves("A1", "A15")
def test_glass_broken_for_a_plan_that_was_changed_meanwhile_starts_nothing(house: Mending) -> None:
    fix = house.asked()

    late = house.fill(
        "erin", "fix.break_because", fix.subject, {"reason": "it burns and nobody answers"}, revision="0"
    )

    assert "The plan was changed while you wrote" in said(late)
    assert (house.fix().state, house.fix().override) == (FixState.IN_APPROVAL, "")
    assert "override_used" not in {act for act, _ in house.entries()}


@pytest.mark.proves("A15")
def test_the_card_of_a_request_that_broken_glass_passed_over_says_who_and_why(house: Mending) -> None:
    fix = house.asked()
    house.say("ada", "freeze quarter end")

    told = house.fill(
        "erin", "fix.break_because", fix.subject, {"reason": "it burns and nobody answers"}, revision="1"
    )

    with house.transactions.reading() as uow:
        request = uow.approvals.get(ApprovalId(str(fix.approval)))
        card = paint_plan_approval(cards_of(request, [place_of("web")], house.clock.at)[0], uow)
    assert "Erin broke glass" in card.lead
    assert "nobody answers" in card.lead
    assert "Everything is frozen, so it waits" in said(told)


@pytest.mark.proves("A15")
def test_an_override_of_an_earlier_version_is_reviewed_on_the_card(house: Mending) -> None:
    fix = house.asked()
    house.fill(
        "erin", "fix.break_because", fix.subject, {"reason": "it burns and nobody answers"}, revision="1"
    )
    house.fill("erin", "fix.plan", fix.subject, {"p0": "positions"}, runbook="pause-feed", revision="1")
    with house.transactions.reading() as uow:
        owed = draw_fix(uow, house.fix()).actions
    dialog = house.button("ada", "fix.review", fix.subject).dialog
    house.fill("ada", "fix.review_says", fix.subject, {"review": "It was right, the feed was down"})
    with house.transactions.reading() as uow:
        cleared = draw_fix(uow, house.fix()).actions
        unreviewed = uow.guards.unreviewed(PersonId("erin"))

    assert "fix.review" in {action.verb for action in owed}
    assert dialog is not None
    assert "fix.review" not in {action.verb for action in cleared}
    assert unreviewed == []


@pytest.mark.proves("A7", "A8")
def test_one_rejection_ends_it_and_its_reason_is_on_the_card(house: Mending) -> None:
    house.asked()
    with house.transactions.reading() as uow:
        request = uow.approvals.get(ApprovalId(str(house.fix().approval)))
    action = Action(
        verb="approval.reject_because",
        label="x",
        subject=f"approval/{request.id}",
        subject_hash=request.subject_hash,
    )
    house.act(
        Incoming(
            key="web:reject",
            kind=IncomingKind.SUBMIT,
            account=account_of("jo", "web"),
            place=place_of("web", CHANNEL),
            at=house.clock.at,
            token=house.mint(action, place_of("web")),
            inputs={"reason": "not at quarter end"},
        )
    )

    assert house.fix().state is FixState.REJECTED
    assert "quarter end" in house.fix().sentence
    assert house.ordering.pass_gate(FixRef(id=house.fix().id)).parcel is None
    assert any(
        "Erin: Jo does not agree" in message and "quarter end" in message for message in house.said_to_all()
    )


def test_what_was_rejected_is_tried_again_with_what_was_filled_in(house: Mending) -> None:
    first = house.asked()
    about = f"approval/{first.approval}"
    open_still = house.button("erin", "fix.again", first.subject)
    with house.transactions.reading() as uow:
        seen = uow.approvals.get(ApprovalId(str(first.approval))).subject_hash
    house.fill("ada", "approval.reject_because", about, {"reason": "not now"}, subject_hash=seen)

    refused = house.button("sam", "fix.again", first.subject)
    house.clock.at += timedelta(minutes=1)
    house.button("erin", "fix.again", first.subject)

    again = house.fix()
    assert "not over yet" in said(open_still)
    assert "Erin" in said(refused), "it names who can"
    assert (again.state, again.id != first.id) == (FixState.CHOOSING, True)
    filled = {option.runbook: option.suggested for option in again.options}
    assert filled["pause-feed"] == {"feed": "fx_trades"}


def test_undone_steps_are_listed_in_the_order_in_which_they_were_undone(house: Mending) -> None:
    with house.transactions.reading() as uow:
        plan = uow.plans.get(house.asked().id, 1).plan
    steps = [StepReport(step=n, state=StepState.DONE, is_undo=True, say=f"{n} is undone.") for n in (1, 2)]

    lines = run_section(plan, steps).text.splitlines()

    assert [line for line in lines if "undo" in line] == ["↩ undo 2: 2 is undone.", "↩ undo 1: 1 is undone."]


def test_a_question_is_answered_on_the_card_and_a_delegate_is_called(house: Mending) -> None:
    fix = house.asked()
    about = f"approval/{fix.approval}"

    house.fill("ada", "fix.ask_this", about, {"text": "Do consumers know?"})
    house.fill("erin", "fix.answer_this", fix.subject, {"text": "Yes, since noon."})
    house.fill("ada", "fix.delegate_to", about, {"person": "jo"})
    stranger = house.fill("ada", "fix.delegate_to", about, {"person": "sam"})

    question = house.fix().questions[0]
    assert (question.text, question.answer) == ("Do consumers know?", "Yes, since noon.")
    assert ("delegated", "ada") in house.entries()
    assert "can't decide" in said(stranger)


@pytest.mark.proves("K4")
def test_a_secret_in_what_people_write_about_a_plan_is_told_to_nobody(house: Mending) -> None:
    fix, secret = house.asked(), "S3cret9-of-orders"
    pasted = f"it says: login failed with password '{secret}' for app"
    house.channels |= {"incidents": (place_of("web", "incidents"),), "approvals": (place_of("web"),)}

    house.fill("ada", "fix.ask_this", f"approval/{fix.approval}", {"text": pasted})
    house.fill("erin", "fix.answer_this", fix.subject, {"text": pasted})
    house.fill("erin", "fix.break_because", fix.subject, {"reason": pasted}, revision="1")
    house.fill("ada", "fix.review_says", fix.subject, {"review": pasted})
    house.say("ada", f"freeze {pasted}")

    with house.transactions.reading() as uow:
        override, held = uow.guards.override(house.fix().override), uow.guards.freeze()
        posted = [one.card_json for one in uow.postings.due(house.clock.at, 100, list(Platform))]
    kept = [house.fix().model_dump_json(), override.model_dump_json(), str(held), *posted]
    assert [text for text in [*kept, *house.said_to_all()] if secret in text] == []
    assert override.reason == "it says: login failed with password '•••' for app"
    assert "•••" in override.review


def test_an_answer_goes_to_the_question_that_its_dialog_showed(house: Mending) -> None:
    fix = house.asked()
    about = f"approval/{fix.approval}"
    house.fill("ada", "fix.ask_this", about, {"text": "Do consumers know?"})
    dialog = house.button("erin", "fix.answer", fix.subject).dialog
    assert dialog is not None
    house.fill("ada", "fix.ask_this", about, {"text": "Is it safe at night?"})
    house.fill(
        "erin", "fix.answer_this", fix.subject, {"text": "Yes, since noon."}, **dialog.submit.arguments
    )

    late = house.fill(
        "erin", "fix.answer_this", fix.subject, {"text": "They do not."}, **dialog.submit.arguments
    )

    assert [(one.text, one.answer) for one in house.fix().questions] == [
        ("Do consumers know?", "Yes, since noon."),
        ("Is it safe at night?", ""),
    ]
    assert "answered while you wrote" in said(late)
    assert "They do not." in said(late), "nothing that was written is lost"


@pytest.mark.proves("A13")
def test_two_different_people_lift_a_freeze(house: Mending) -> None:
    house.say("ada", "freeze quarter end")
    waits = house.say("ada", "waiting")
    house.say("max", "freeze lift")
    again = house.say("max", "freeze lift")
    with house.transactions.reading() as uow:
        assert uow.guards.freeze() is not None
    house.say("jo", "freeze lift")

    assert "Everything is frozen: quarter end" in said(waits)
    assert "second person" in said(again)
    with house.transactions.reading() as uow:
        assert uow.guards.freeze() is None


@pytest.mark.proves("A13")
@pytest.mark.parametrize(
    "reason", ["end of quarter closing", "off hours migration", "lift of the new platform"]
)
def test_a_reason_that_begins_like_a_word_of_lifting_freezes(house: Mending, reason: str) -> None:
    house.say("ada", f"freeze {reason}")
    house.say("max", f"freeze {reason}")
    house.say("jo", f"freeze {reason}")

    with house.transactions.reading() as uow:
        held = uow.guards.freeze()
    assert held is not None
    assert (held.reason, held.lift_asked_by) == (reason, None)


@pytest.mark.proves("A13")
@pytest.mark.parametrize(
    ("said_so", "is_frozen"),
    [
        *(
            (one, False)
            for one in (
                "freeze?",
                "@dogwatch: freeze should we?",
                "Freeze the 06:30 loads of v1.2??",
                "freeze: is it still on?",
            )
        ),
        *((one, False) for one in ("freeze everything, or wait?", "freeze the loads, or not?")),
        *((one, True) for one in ("freeze now! who deployed?", "freeze loads, what is going on?")),
        *(
            (one, True)
            for one in (
                "freeze everything - ok?",
                "freeze\nwho did that?",
                "freeze it? yes, do it",
                "freeze!",
            )
        ),
        *((one, True) for one in ("freeze everything: is it payments?", "freeze is a question? No.")),
        ("freeze: payments burn, who deployed?", True),
        *((one, True) for one in ("freeze: disk is bad", "Freeze: now", "@dogwatch: freeze: it burns")),
    ],
)
def test_a_question_freezes_nothing_and_an_order_with_a_question_does(
    house: Mending, said_so: str, is_frozen: bool
) -> None:
    answered = said(house.say("ada", said_so))

    with house.transactions.reading() as uow:
        assert (uow.guards.freeze() is not None) is is_frozen
    assert ("A question freezes nothing" in answered) is not is_frozen


@pytest.mark.parametrize(
    "said_so", ["freezer: broken", "no freeze: go on", "freeze:disk", "defreeze: x", "antifreeze"]
)
def test_what_only_looks_like_a_freeze_is_none(house: Mending, said_so: str) -> None:
    house.say("ada", said_so)

    with house.transactions.reading() as uow:
        assert uow.guards.freeze() is None


@pytest.mark.proves("A13")
@pytest.mark.parametrize(
    "word",
    [
        *("lift", "unfreeze", "freeze off", "freeze end", "Freeze lift.", "lift it now"),
        *("freeze off now", "freeze lift, please", "freeze end it again", "freeze lift the freeze"),
    ],
)
def test_a_word_of_lifting_lifts_and_a_question_does_not(house: Mending, word: str) -> None:
    house.say("ada", "freeze quarter end")
    house.say("max", "lift")

    asked = house.say("jo", f"{word}?")
    house.say("jo", f"{word}? No, wait.")
    with house.transactions.reading() as uow:
        assert uow.guards.freeze() is not None
    house.say("jo", word)

    assert "A question" in said(asked)
    with house.transactions.reading() as uow:
        assert uow.guards.freeze() is None


@pytest.mark.proves("A13")
def test_a_freeze_is_told_where_plans_are_begun_and_approved_and_once_where_it_was_said(
    house: Mending,
) -> None:
    house.channels |= {"incidents": (place_of("web", "incidents"),), "approvals": (place_of("web"),)}

    house.say("ada", "freeze quarter end")

    with house.transactions.reading() as uow:
        posted = uow.postings.due(house.clock.at, 100, list(Platform))
    assert sorted(one.place.channel for one in posted if "quarter end" in one.card_json) == [
        "approvals",
        "incidents",
    ]


@pytest.mark.proves("A13")
def test_a_freeze_can_be_lifted_though_who_asked_first_lost_the_right(house: Mending) -> None:
    house.say("ada", "freeze quarter end")
    house.say("max", "freeze lift")
    house.knows(a_person("max", Role.STREAM_TEAM), "web")

    house.say("ada", "freeze lift")
    with house.transactions.reading() as uow:
        held = uow.guards.freeze()
    house.say("jo", "freeze lift")

    assert held is not None
    assert held.lift_asked_by == "ada"
    assert any("Max may not lift a freeze any more" in message for message in house.said_to_all())
    with house.transactions.reading() as uow:
        assert uow.guards.freeze() is None


@pytest.mark.proves("A6")
def test_without_a_rule_the_card_says_that_nobody_can_approve(house: Mending) -> None:
    house.policy = parse_policy({"rules": []})
    house.asked()

    reply = house.vote("ada")

    assert "Nobody can approve" in said(reply)


def _card(house: Mending) -> str:
    with house.transactions.reading() as uow:
        card: Card = draw_fix(uow, uow.fixes.get(RequestId(house.fix().id)))
    return " ".join(section.text for section in card.sections)


@pytest.mark.proves("A13")
def test_a_freeze_has_every_plan_under_way_look_again(house: Mending) -> None:
    fix = house.asked()
    with house.transactions.reading() as uow:
        before = {call.key for call in uow.stories.due(house.clock.at, 100)}

    house.say("ada", "freeze quarter end")

    with house.transactions.reading() as uow:
        called = {call.subject_id for call in uow.stories.due(house.clock.at, 100) if call.key not in before}
    assert fix.id in called


@pytest.mark.proves("A13", "E3")
def test_while_frozen_a_word_can_only_roll_back(house: Mending) -> None:
    fix = house.asked()
    with house.transactions.writing() as uow:
        unknown = {"state": FixState.UNKNOWN, "waiting_step": 1, "waiting_try": 2, "order": "o"}
        uow.fixes.save(fix.model_copy(update=unknown))
    house.say("ada", "freeze quarter end")

    at = {"step": "1", "try": "2"}
    go_on = house.button("ada", "fix.word", fix.subject, word="done", **at)
    other_step = house.button("ada", "fix.word", fix.subject, word="roll_back", **at | {"step": "2"})
    other_try = house.button("ada", "fix.word", fix.subject, word="roll_back", **at | {"try": "1"})
    house.button("ada", "fix.word", fix.subject, word="roll_back", **at)

    assert "frozen" in said(go_on)
    assert "isn't waiting" in said(other_step)
    assert "isn't waiting" in said(other_try)
    assert house.fix().state is FixState.RUNNING
    assert ("word_given", "ada") in house.entries()
