"""Every act is done once, by those who may, and everything else is answered in words and recorded."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cards.model import Reply
from domain.approval.approvals import Say, Verdict
from domain.approval.policy import parse_policy
from domain.configuration.changes import ChangeState
from domain.errors import OutsideTrouble
from domain.identity.chat import FileRef, Incoming, IncomingKind, Platform
from domain.identity.people import Role
from domain.ids import PersonId
from tests.bot.desk_house import RULES, DeskHouse, account_of, place_of, whispered
from tests.domain.builders import a_person


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    return DeskHouse(tmp_path)


@pytest.mark.proves("A3", "A7")
def test_two_people_on_two_platforms_approve_together(house: DeskHouse) -> None:
    house.change_in_review()

    house.press("ada", house.token("approval.approve"))
    first = house.request().verdict
    house.press("jo", house.token("approval.approve", "slack"), "slack")

    assert first is Verdict.PENDING
    assert house.request().verdict is Verdict.APPROVED
    assert house.change().state is ChangeState.MERGING


@pytest.mark.proves("A3", "A12")
def test_two_accounts_of_one_person_count_once(house: DeskHouse) -> None:
    house.change_in_review()

    house.press("ada", house.token("approval.approve"))
    again = house.press("ada", house.token("approval.approve", "teams"), "teams")

    assert "counts once" in whispered(again)
    assert house.request().verdict is Verdict.PENDING


@pytest.mark.proves("A4", "A12")
@pytest.mark.parametrize("platform", ["web", "slack"])
def test_the_author_cannot_approve_from_any_account(house: DeskHouse, platform: str) -> None:
    house.knows(a_person("sam", Role.STREAM_TEAM, Role.APPROVER))
    house.change_in_review()

    refused = house.press("sam", house.token("approval.approve", platform), platform)

    assert "someone else" in whispered(refused)
    assert house.entries()[-1] == ("refused", "sam")


@pytest.mark.proves("A5")
def test_a_right_taken_between_card_and_click_is_gone(house: DeskHouse) -> None:
    house.change_in_review()
    token = house.token("approval.approve")

    house.knows(a_person("ada", Role.ENGINEER))
    refused = house.press("ada", token)
    house.knows(a_person("jo", Role.APPROVER, is_active=False))
    gone = house.press("jo", house.token("approval.approve"))

    assert "Its approvers are Jo" in whispered(refused)
    assert "deactivated" in whispered(gone)
    assert house.request().verdict is Verdict.PENDING


@pytest.mark.proves("A1", "A10")
def test_a_card_of_another_version_approves_nothing(house: DeskHouse) -> None:
    house.change_in_review()

    refused = house.press("ada", house.token("approval.approve", subject_hash="cd" * 32))

    assert "earlier version" in whispered(refused)


@pytest.mark.proves("A10")
@pytest.mark.parametrize("where", ["channel", "platform", "bit"])
def test_a_copied_or_changed_button_does_nothing(house: DeskHouse, where: str) -> None:
    house.change_in_review()
    token = house.token("approval.approve")

    if where == "channel":
        refused = house.press("ada", token, channel="random")
    elif where == "platform":
        refused = house.press("ada", token, "slack")
    else:
        refused = house.press("ada", token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1])

    assert "Not yours" in whispered(refused)
    assert house.entries()[-1][0] == "refused"
    assert house.request().verdict is Verdict.PENDING


@pytest.mark.proves("A11")
def test_high_risk_is_opened_in_full_before_it_is_approved(house: DeskHouse) -> None:
    house.change_in_review(high_risk=True, needed=1)

    unread = house.press("ada", house.token("approval.approve"))
    everything = house.press("ada", house.token("change.everything", subject="change/c1", subject_hash=""))
    house.press("ada", house.token("approval.approve"))

    assert "full view" in whispered(unread)
    assert any("fx_trades" in section.text for card in everything.whispers for section in card.sections)
    assert house.request().verdict is Verdict.APPROVED


@pytest.mark.proves("I4")
def test_high_risk_needs_a_sign_in_of_the_last_quarter_of_an_hour_on_the_web(house: DeskHouse) -> None:
    house.change_in_review(high_risk=True, needed=1)
    house.press("ada", house.token("change.everything", subject="change/c1", subject_hash=""))

    old = house.press("ada", house.token("approval.approve"), minutes_signed_in=16)
    assert "sign in again" in whispered(old)
    assert house.request().verdict is Verdict.PENDING
    assert house.entries()[-1][0] == "refused"

    house.press("ada", house.token("approval.approve"), minutes_signed_in=14)
    assert house.request().verdict is Verdict.APPROVED


@pytest.mark.proves("I4")
def test_a_chat_platform_vouches_for_every_press_anew(house: DeskHouse) -> None:
    house.change_in_review(high_risk=True, needed=1)
    look = house.token("change.everything", "slack", subject="change/c1", subject_hash="")
    house.press("ada", look, "slack")

    house.press("ada", house.token("approval.approve", "slack"), "slack", minutes_signed_in=600)

    assert house.request().verdict is Verdict.APPROVED


@pytest.mark.proves("A7", "A8")
def test_a_changed_policy_supersedes_what_is_open(house: DeskHouse) -> None:
    house.change_in_review()
    house.policy = parse_policy({"rules": [RULES["rules"][0] | {"expire_after_minutes": 5}]})

    told = house.press("ada", house.token("approval.approve"))

    assert "Superseded" in whispered(told)
    assert house.request().verdict is Verdict.SUPERSEDED
    assert house.change().state is ChangeState.OPENING


@pytest.mark.proves("A8")
def test_a_late_clicker_learns_who_decided(house: DeskHouse) -> None:
    house.change_in_review(needed=1)
    house.press("ada", house.token("approval.approve"))

    late = house.press("jo", house.token("approval.approve"))

    assert "already approved" in whispered(late)
    assert "Ada" in whispered(late)


@pytest.mark.proves("A8")
def test_a_press_after_the_time_is_up_is_told_so_before_the_clock_has_ended_it(house: DeskHouse) -> None:
    house.change_in_review()
    house.clock.at += timedelta(hours=2)

    late = whispered(house.press("ada", house.token("approval.approve")))

    assert "time is up" in late
    assert "pending" not in late


@pytest.mark.proves("A8")
def test_a_press_on_a_superseded_card_is_led_to_the_newer_one(house: DeskHouse) -> None:
    old = house.change_in_review()
    newer = {"id": "a2", "subject_hash": "ef" * 32}
    with house.transactions.writing() as uow:
        uow.approvals.save(old.model_copy(update={"verdict": Verdict.SUPERSEDED}))
        uow.approvals.save(old.model_copy(update=newer))

    assert "newest card" in whispered(house.press("ada", house.token("approval.approve")))


def test_what_waits_says_where_and_leads_there_and_what_was_begun_says_for_whom_it_waits(
    house: DeskHouse,
) -> None:
    house.change_in_review()

    (waits,) = house.say("ada", "waiting").whispers
    (begun,) = house.say("sam", "waiting").whispers

    assert f"in #{house.request().channel} until" in waits.sections[0].text
    assert [link.target for link in waits.links] == ["/dashboard/changes/c1"]
    assert [section.heading for section in begun.sections] == ["You have begun"]
    assert "waits for a yes" in begun.sections[0].text
    assert begun.links == ()


@pytest.mark.proves("A3", "A8")
def test_who_said_yes_and_sees_a_mistake_takes_it_back_with_a_no(house: DeskHouse) -> None:
    house.change_in_review()
    house.press("ada", house.token("approval.approve"))
    waits_before = whispered(house.say("ada", "waiting"))

    again = house.press("ada", house.token("approval.approve"))
    house.submit("ada", house.token("approval.reject_because"), {"reason": "The key is wrong."})
    late = house.press("jo", house.token("approval.approve"))

    assert "press Reject" in whispered(again)
    assert "Nothing waits for your decision" in waits_before, "it waits for somebody else"
    assert house.request().verdict is Verdict.REJECTED
    assert "already rejected" in whispered(late)
    with house.transactions.reading() as uow:
        (kept,) = uow.approvals.decisions(house.request().id)
    assert (kept.say, kept.reason) == (Say.NO, "The key is wrong.")
    assert [entry for entry in house.entries() if entry[0] == "decision_recorded"] == [
        ("decision_recorded", "ada")
    ] * 2


def test_a_rejection_needs_a_reason_and_tells_it(house: DeskHouse) -> None:
    house.change_in_review()
    asked = house.press("ada", house.token("approval.reject"))
    assert asked.dialog is not None

    token = house.token("approval.reject_because")
    empty = house.submit("ada", token, {"reason": "  "})
    house.submit("ada", token, {"reason": "The key is wrong."})

    assert "reason" in empty.input_errors
    assert house.change().state is ChangeState.REJECTED
    assert "The key is wrong." in house.change().sentence


@pytest.mark.proves("D2", "L1")
def test_one_press_delivered_five_times_is_one_entry(house: DeskHouse) -> None:
    house.change_in_review()
    token = house.token("approval.approve")
    before = len(house.entries())

    for _ in range(5):
        house.press("ada", token, key="slack:T1:trigger-7")

    assert len(house.entries()) == before + 1


@pytest.mark.proves("D2", "R4")
def test_an_act_whose_answer_got_lost_is_answered_alike_by_another_process(house: DeskHouse) -> None:
    house.change_in_review()
    reject, because = house.token("approval.reject"), house.token("approval.reject_because")
    filled = Incoming(
        key="web:filled",
        kind=IncomingKind.SUBMIT,
        account=account_of("ada", "web"),
        place=place_of("web"),
        at=house.clock.at,
        token=because,
        inputs={"reason": " "},
    )
    asked, empty = house.press("ada", reject, key="web:pressed"), house.act(filled)
    refused = house.press("sam", reject, key="web:refused")
    before = len(house.entries())

    another = DeskHouse(house.folder, clock=house.clock)

    assert asked.dialog is not None
    assert another.press("ada", reject, key="web:pressed") == asked
    assert empty.input_errors
    assert another.act(filled).input_errors == empty.input_errors
    assert refused.whispers, "what is whispered reaches people by itself"
    assert another.press("sam", reject, key="web:refused") == Reply()
    assert len(another.entries()) == before


@pytest.mark.proves("D2", "A3")
def test_fifty_clicks_at_once_give_one_verdict(house: DeskHouse) -> None:
    house.change_in_review()
    for number in range(5):
        house.knows(a_person(f"p{number}", Role.APPROVER), "web")
    token = house.token("approval.approve")
    clicks = [
        Incoming(
            key=f"web:burst-{number}",
            kind=IncomingKind.PRESS,
            account=account_of(f"p{number % 5}", "web"),
            place=place_of("web"),
            at=house.clock.at,
            token=token,
        )
        for number in range(50)
    ]

    async def all_at_once() -> None:
        for click in clicks:
            await house.desk.accept(click)
        await asyncio.gather(*(house.desk.work(click) for click in clicks))

    asyncio.run(all_at_once())

    acts = [act for act, _ in house.entries()]
    assert acts.count("decision_recorded") == 2
    assert acts.count("verdict_reached") == 1
    assert acts.count("refused") == 48


@pytest.mark.proves("D10")
def test_a_flood_is_told_so_and_others_still_pass(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path, most_acts=5)
    house.change_in_review(needed=1)

    answers = [whispered(house.say("sam", "whoami")) for _ in range(8)]
    house.press("ada", house.token("approval.approve"))

    assert sum("ten seconds" in answer for answer in answers) == 3
    assert house.request().verdict is Verdict.APPROVED


def test_an_unlinked_visitor_is_told_how_to_link(house: DeskHouse) -> None:
    house.change_in_review()

    refused = house.press("stranger", house.token("approval.approve"))

    assert "link" in whispered(refused)
    assert house.entries()[-1] == ("refused", "visitor")


@pytest.mark.proves("I6")
@pytest.mark.parametrize(
    ("asked_from", "told_at"), [("web", "dm:web-sam"), ("console", "console/console-sam")]
)
def test_a_code_links_once_and_names_both_accounts(house: DeskHouse, asked_from: str, told_at: str) -> None:
    house.knows(a_person("sam", Role.STREAM_TEAM), asked_from)
    issued = whispered(house.say("sam", "link", asked_from))
    code = issued.split("link ")[1].split(" ")[0]

    linked = whispered(house.say("newcomer", f"link {code}", "teams"))
    second = whispered(house.say("other", f"link {code}", "teams"))

    assert "teams (teams-newcomer)" in linked
    assert f"{asked_from} ({asked_from}-sam)" in linked
    assert "Not linked" in second
    (told,) = house.said_to_all()
    assert "The teams (teams-newcomer) account is you now" in told
    assert "dogwatch user unlink --account teams:" in told
    with house.transactions.reading() as uow:
        [posted] = uow.postings.due(house.clock.at, 100, list(Platform))
    assert posted.place.channel == told_at
    with house.transactions.reading() as uow:
        owner = uow.people.find_person(account_of("newcomer", "teams"))
        assert owner is not None
        assert owner.id == PersonId("sam")


def wrong(letters: str) -> str:
    return letters[:-1] + ("A" if letters[-1] != "A" else "B")


@pytest.mark.proves("I6")
def test_four_wrong_guesses_and_those_at_other_codes_leave_a_code_good(house: DeskHouse) -> None:
    code = whispered(house.say("sam", "link")).split("link ")[1].split(" ")[0]
    others = [f"{wrong(code[:3])}{code[3:]}", wrong(code[:3])] * 3

    for guess in (*[f"{code[:3]}{wrong(code[3:])}"] * 4, *others):
        assert "Not linked" in whispered(house.say("eve", f"link {guess}", "teams"))

    assert "Linked" in whispered(house.say("newcomer", f"link {code}", "teams"))


@pytest.mark.proves("I6")
@pytest.mark.parametrize("spoiled", ["late", "guessed"])
def test_a_code_dies_after_ten_minutes_or_five_guesses(house: DeskHouse, spoiled: str) -> None:
    code = whispered(house.say("sam", "link")).split("link ")[1].split(" ")[0]

    if spoiled == "late":
        house.clock.at += timedelta(minutes=11)
    else:
        for _ in range(5):
            house.say("eve", f"link {code[:3]}{wrong(code[3:])}", "teams")
    refused = whispered(house.say("newcomer", f"link {code}", "teams"))

    assert "Not linked" in refused


@pytest.mark.proves("I6", "I4")
def test_an_old_sign_in_on_the_web_wins_no_new_account(house: DeskHouse) -> None:
    """Who sits at a forgotten session could approve high risk from an account that asks for no sign-in."""
    old = whispered(house.say("sam", "link", minutes_signed_in=16))
    house.knows(a_person("sam", Role.STREAM_TEAM), "slack")
    elsewhere = whispered(house.say("sam", "link", "slack", minutes_signed_in=600))

    assert "signed in more than 15 minutes ago" in old
    assert "Tell me" in elsewhere, "a chat platform vouches for every act anew"


@pytest.mark.proves("I6")
@pytest.mark.parametrize("left", ["before", "meanwhile"])
def test_somebody_who_left_links_no_account(house: DeskHouse, left: str) -> None:
    gone = a_person("sam", Role.STREAM_TEAM).model_copy(update={"is_active": False})
    if left == "before":
        house.knows(gone, "web")
        assert "Tell me" not in whispered(house.say("sam", "link"))
        return
    code = whispered(house.say("sam", "link")).split("link ")[1].split(" ")[0]
    house.knows(gone, "web")

    assert "Not linked" in whispered(house.say("newcomer", f"link {code}", "teams"))


def test_people_who_talk_among_themselves_are_left_alone(house: DeskHouse) -> None:
    house.say("sam", "lunch at noon?", addressed=False)

    assert house.said_to_all() == []


def test_unknown_words_get_three_likely_commands(house: DeskHouse) -> None:
    house.say("sam", "shwo feeds plz")

    (answer,) = house.said_to_all()
    assert answer.count(";") == 2
    assert "feeds" in answer


@pytest.mark.parametrize("said", ["cancel that", "this is crap, nothing works", "42"])
def test_what_counts_in_an_incidents_thread_is_not_offered_elsewhere(house: DeskHouse, said: str) -> None:
    house.say("sam", said)

    (answer,) = house.cards_to_all()
    assert "in an incident's thread" not in answer.sections[0].text


def test_withdrawing_ends_the_request_and_the_change(house: DeskHouse) -> None:
    house.change_in_review()

    house.press("sam", house.token("change.withdraw", subject="change/c1", subject_hash=""))
    late = house.press("ada", house.token("approval.approve"))

    assert house.request().verdict is Verdict.WITHDRAWN
    assert house.change().state is ChangeState.WITHDRAWN
    assert "withdrawn" in whispered(late)


def test_an_approver_cannot_withdraw_what_others_made(house: DeskHouse) -> None:
    house.change_in_review()

    refused = house.press("ada", house.token("change.withdraw", subject="change/c1", subject_hash=""))

    assert "reject" in whispered(refused)


def an_upload(house: DeskHouse) -> Incoming:
    return Incoming(
        key="web:upload:1",
        kind=IncomingKind.UPLOAD,
        account=account_of("sam", "web"),
        place=place_of("web"),
        at=house.clock.at,
        files=(FileRef(name="orders.csv", size_bytes=10, platform_ref="f1"),),
    )


def left_over(house: DeskHouse) -> list[str]:
    with house.transactions.reading() as uow:
        return [act.key for act in uow.inbox.unfinished(house.clock.at + timedelta(days=9), 10)]


def test_what_can_never_succeed_is_refused_and_not_tried_again(house: DeskHouse) -> None:
    house.trouble = OutsideTrouble("file_deleted", say="That file was deleted.", next_step="Drop it again.")
    house.trouble.is_final = True
    alone = an_upload(house)
    two = alone.model_copy(update={"key": "web:upload:2", "files": alone.files * 2})

    told, both = whispered(house.act(alone)), whispered(house.act(two))

    assert "That file was deleted. Drop it again." in told
    assert "That file was deleted. I took none of the 2 files" in both
    assert left_over(house) == []
    assert house.entries()[-1] == ("refused", "sam")


def test_what_waits_for_another_system_says_so_once(house: DeskHouse) -> None:
    house.trouble = OutsideTrouble("503", say="The chat has trouble of its own.")
    act = an_upload(house)

    first, second = house.act(act), house.act(act)

    assert "trouble of its own" in whispered(first)
    assert second.whispers == ()
    assert left_over(house) == [act.key]
    asyncio.run(house.desk.refuse(act, "it could not be done for a day"))
    assert left_over(house) == []
