"""What a decision is worth at the moment of the press, whatever changed since the card was drawn."""

from datetime import timedelta
from pathlib import Path

import pytest

from activities.approving import ApprovalRef, Approving
from bot.cards.model import Action
from bot.presenters.drawing import Drawing
from bot.presenters.sentences import stored_sentence
from domain.approval.approval_requests import cards_of
from domain.approval.approvals import Say, Verdict
from domain.approval.policy import parse_policy
from domain.configuration.changes import ChangeState
from domain.identity.people import ChatIdentity, Person, Role
from domain.ids import ApprovalId, PersonId, RequestId
from storage.audit.audit_verify import rows_of
from tests.bot.desk_house import CHANNEL, RULES, DeskHouse, account_of, place_of, whispered
from tests.domain.builders import HASH, a_person
from tests.storage.names_left import still_names

WRONG = {"reason": "The key is wrong."}


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    return DeskHouse(tmp_path)


def another_policy(house: DeskHouse) -> None:
    house.policy = parse_policy({"rules": [RULES["rules"][0] | {"expire_after_minutes": 5}]})


@pytest.mark.proves("A5")
@pytest.mark.parametrize(
    "now", [a_person("ada", is_active=False), a_person("ada", Role.ENGINEER)], ids=["left", "role taken"]
)
def test_a_yes_of_somebody_who_has_lost_the_right_fills_no_seat(house: DeskHouse, now: Person) -> None:
    house.knows(a_person("kim", Role.APPROVER), "web")
    house.change_in_review()
    house.press("ada", house.token("approval.approve"))

    house.knows(now)
    told = whispered(house.press("jo", house.token("approval.approve")))
    after_jo = house.request().verdict
    house.press("kim", house.token("approval.approve"))

    assert after_jo is Verdict.PENDING
    assert "1 more person has to agree: Kim" in told
    assert house.request().verdict is Verdict.APPROVED


@pytest.mark.proves("A5")
def test_a_role_that_was_given_after_a_yes_is_not_in_it(house: DeskHouse) -> None:
    needs = [{"role": "approver", "count": 1}, {"role": "data_steward", "count": 1}]
    house.policy = parse_policy({"rules": [{"id": "all", "needs": needs}]})
    request = house.change_in_review()
    with house.transactions.writing() as uow:
        uow.approvals.save(request.model_copy(update={"needs": house.policy.rules[0].needs}))
    house.press("ada", house.token("approval.approve"))

    house.knows(a_person("ada", Role.APPROVER, Role.DATA_STEWARD))
    house.press("jo", house.token("approval.approve"))

    assert house.request().verdict is Verdict.PENDING


@pytest.mark.proves("A7")
def test_a_rejection_counts_although_the_policy_changed_since_it_was_asked(house: DeskHouse) -> None:
    house.change_in_review()
    another_policy(house)

    told = whispered(house.submit("ada", house.token("approval.reject_because"), WRONG))

    assert house.request().verdict is Verdict.REJECTED
    assert house.change().state is ChangeState.REJECTED
    assert "You rejected" in told
    assert "The key is wrong." in house.change().sentence


@pytest.mark.proves("A4", "A7")
def test_a_rejection_by_somebody_who_was_not_asked_does_not_end_it_under_another_policy(
    house: DeskHouse,
) -> None:
    house.knows(a_person("max", Role.LEAD), "web")
    house.change_in_review()
    another_policy(house)

    told = whispered(house.submit("max", house.token("approval.reject_because"), WRONG))

    assert "Superseded" in told
    assert house.request().verdict is Verdict.SUPERSEDED


@pytest.mark.proves("A8")
def test_whoever_rejects_what_is_over_is_told_before_they_write_and_gets_back_what_they_wrote(
    house: DeskHouse,
) -> None:
    house.change_in_review()
    another_policy(house)
    house.press("jo", house.token("approval.approve"))

    dialog = house.press("ada", house.token("approval.reject"))
    late = whispered(house.submit("ada", house.token("approval.reject_because"), WRONG))

    assert dialog.dialog is None
    for told in (whispered(dialog), late):
        assert "already superseded" in told
        assert "its new card comes here" in told
    assert "You wrote: The key is wrong." in late


def test_whoever_can_not_decide_reads_so_before_they_write_why_they_object(house: DeskHouse) -> None:
    house.knows(a_person("olga", Role.ON_CALL), "web")
    house.change_in_review()

    asked = [house.press(person, house.token("approval.reject")) for person in ("sam", "olga", "ada")]

    assert [one.dialog is not None for one in asked] == [False, False, True]
    for refused in asked[:2]:
        assert "Not yours to do" in whispered(refused)


@pytest.mark.proves("K4")
def test_a_secret_in_a_rejection_is_told_to_nobody(house: DeskHouse) -> None:
    house.change_in_review()

    reason = {"reason": "It says password=S3cret9-of-orders, which is nobody's business."}
    house.submit("ada", house.token("approval.reject_because"), reason)

    with house.transactions.reading() as uow:
        (decision,) = uow.approvals.decisions(house.request().id)
        change = uow.changes.get(RequestId("c1"))
    assert "password=•••" in decision.reason
    assert "S3cret9" not in decision.reason + change.sentence


def decided_by(house: DeskHouse, verdict: Verdict) -> str:
    """End the request after Ada's yes and Jo's press, and return what a late clicker reads."""
    house.knows(a_person("kim", Role.APPROVER), "web")
    house.change_in_review()
    house.press("ada", house.token("approval.approve"))
    if verdict is Verdict.REJECTED:
        house.submit("jo", house.token("approval.reject_because"), WRONG)
    elif verdict is Verdict.WITHDRAWN:
        house.press("sam", house.token("change.withdraw", subject="change/c1", subject_hash=""))
    else:
        house.clock.at += timedelta(hours=2)
    return whispered(house.press("kim", house.token("approval.approve")))


@pytest.mark.proves("A3", "A8")
@pytest.mark.parametrize(
    ("verdict", "who"),
    [(Verdict.REJECTED, "Decided by Jo."), (Verdict.WITHDRAWN, ""), (Verdict.EXPIRED, "")],
)
def test_a_late_clicker_learns_who_decided_and_nobody_is_said_to_who_did_not(
    house: DeskHouse, verdict: Verdict, who: str
) -> None:
    told = decided_by(house, verdict)

    assert ("Decided by" in told) is bool(who)
    assert who in told


@pytest.mark.proves("A5")
def test_high_risk_is_not_approved_while_nobody_can_read_who_may_decide(house: DeskHouse) -> None:
    house.change_in_review(high_risk=True, needed=1)
    house.press("ada", house.token("change.everything", subject="change/c1", subject_hash=""))
    house.unread = {"web"}

    away = whispered(house.press("ada", house.token("approval.approve")))
    before = house.request().verdict
    house.unread = set()
    house.press("ada", house.token("approval.approve"))

    assert "could not read for more than a minute" in away
    assert "dogwatch doctor" in away
    assert before is Verdict.PENDING
    assert house.request().verdict is Verdict.APPROVED


@pytest.mark.proves("A5")
def test_what_is_not_of_high_risk_and_every_no_goes_on_meanwhile(house: DeskHouse) -> None:
    house.change_in_review(high_risk=True)
    house.unread = {"web"}

    house.submit("ada", house.token("approval.reject_because"), WRONG)

    assert house.request().verdict is Verdict.REJECTED


ROLES: tuple[tuple[Role, ...], ...] = ((), *((role,) for role in Role))
DOORS = ("slack", "teams", "web", "console")


@pytest.mark.proves("A4", "A12")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("part", ["requester", "author", "linked since", "nobody of it"])
def test_who_may_decide_is_the_same_through_every_door(house: DeskHouse, door: str, part: str) -> None:
    asked = house.change_in_review(needed=1)
    link(house, "kim", "kim", door)
    parts: dict[str, object] = {
        "requester": {"requested_by": "kim"},
        "author": {"authors": frozenset({"kim"})},
    }
    parts["linked since"] = {"requested_by": "ben", "authors": frozenset({"ben"})}
    for number, roles in enumerate(ROLES):
        for person in ("kim", "ben"):
            house.knows(a_person(person).model_copy(update={"roles": frozenset(roles)}))
        told = {"id": f"m{number}", "subject": f"matrix/{number}", **parts.get(part, {})}  # type: ignore[dict-item]
        with house.transactions.writing() as uow:
            uow.approvals.save(asked.model_copy(update=told))
        account = f"ben-{number}" if part == "linked since" else "kim"
        if account != "kim":
            link(house, "ben", account, door)

        house.press(account, house.token("approval.approve", door, subject=f"approval/m{number}"), door)

        may = part == "nobody of it" and Role.APPROVER in roles
        with house.transactions.reading() as uow:
            verdict = uow.approvals.get(ApprovalId(f"m{number}")).verdict
            decisions = uow.approvals.decisions(ApprovalId(f"m{number}"))
        assert (verdict is Verdict.APPROVED) is may, (roles, part, door)
        assert [(one.person, one.say, one.door) for one in decisions] == [("kim", Say.YES, door)] * may
        assert house.entries()[-1][0] == ("verdict_reached" if may else "refused")


@pytest.mark.proves("A6")
@pytest.mark.parametrize("door", DOORS)
def test_where_no_rule_names_anybody_nobody_can_approve_through_any_door(house: DeskHouse, door: str) -> None:
    house.knows(a_person("kim", *Role), door)
    request = house.change_in_review()
    with house.transactions.writing() as uow:
        uow.approvals.save(request.model_copy(update={"needs": ()}))

    told = whispered(house.press("kim", house.token("approval.approve", door), door))
    posting = cards_of(request, [place_of(door)], house.clock.at)[0]
    with house.transactions.reading() as uow:
        card = Drawing(house.blobs).draw(posting, uow)

    assert "Nobody can approve this" in told
    assert "Nobody can approve this" in card.lead
    assert house.request().verdict is Verdict.PENDING


@pytest.mark.proves("A8")
@pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.PENDING])
@pytest.mark.parametrize("say", [Say.YES, Say.NO])
def test_a_press_on_what_is_over_changes_nothing_and_names_how_it_ended(
    house: DeskHouse, verdict: Verdict, say: Say
) -> None:
    request = house.change_in_review()
    with house.transactions.writing() as uow:
        uow.approvals.save(request.model_copy(update={"verdict": verdict}))

    if say is Say.YES:
        told = whispered(house.press("ada", house.token("approval.approve")))
    else:
        told = whispered(house.submit("ada", house.token("approval.reject_because"), WRONG))

    assert f"already {verdict.value}" in told
    assert house.request().verdict is verdict
    assert house.change().state is ChangeState.IN_REVIEW


def link(house: DeskHouse, person: str, account: str, platform: str) -> None:
    house.knows(a_person(person))
    with house.transactions.writing() as uow:
        identity = ChatIdentity(
            account=account_of(account, platform), person=PersonId(person), linked_at=house.clock.at
        )
        uow.people.link(identity)


@pytest.mark.proves("L6")
def test_who_was_called_stands_in_the_trail_by_id_and_never_by_name(house: DeskHouse) -> None:
    step = {"after_minutes": 5, "tell": "lead"}
    house.policy = parse_policy({"rules": [RULES["rules"][0] | {"steps": [step]}]})
    house.knows(a_person("max", Role.LEAD).model_copy(update={"name": "Rosalind Quill"}), "web")
    house.change_in_review()
    approving = Approving(
        policy=lambda: house.policy,
        channels={CHANNEL: (place_of("web"),)},
        reading=house.transactions.reading,
        writing=house.transactions.writing,
        clock=house.clock,
        wake=lambda: None,
        card=stored_sentence,
    )

    approving.remind(ApprovalRef(id="a1"))

    escalated = [str(row["canonical"]) for row in rows_of(house.database) if row["act"] == "escalated"]
    assert len(escalated) == 1
    assert '"told":"max"' in escalated[0]
    assert any("Rosalind Quill" in said for said in house.said_to_all())
    with house.database.reading() as connection:
        assert "audit_entries.canonical" not in still_names(connection, "Rosalind")


@pytest.mark.proves("A11")
@pytest.mark.parametrize("is_whole", [True, False])
def test_the_trail_says_of_a_yes_whether_its_card_was_shown_whole(house: DeskHouse, is_whole: bool) -> None:
    house.change_in_review()
    action = Action(verb="approval.approve", label="Approve", subject="approval/a1", subject_hash=HASH)

    house.press("ada", house.mint(action.model_copy(update={"is_shown_whole": is_whole}), place_of("web")))

    (entry,) = [row for row in rows_of(house.database) if row["act"] == "decision_recorded"]
    assert ("in part" in str(entry)) is not is_whole
