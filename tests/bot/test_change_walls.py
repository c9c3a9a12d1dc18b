"""What a change of a configuration can't get past: the rule of the feed as it is, a yes that is no more."""

from pathlib import Path

import pytest

from bot.cards.model import Action
from domain.approval.approvals import ApprovalRequest, Need
from domain.approval.policy import parse_policy
from domain.configuration.changes import ChangeState, ConfigChange
from domain.configuration.reviews import PersonRef
from domain.identity.people import Role
from domain.ids import PersonId
from tests.bot.feed_story import FeedStory

_SAMPLE = "trade_id,trade_date,amount,currency\n" + "\n".join(
    f"T{n:04d},2026-11-{n % 28 + 1:02d},{n * 10}.50,EUR" for n in range(1, 41)
)
_POLICY = parse_policy(
    {
        "rules": [
            {
                "id": "critical",
                "when": {"criticality": ["critical"]},
                "needs": [{"role": "approver", "count": 2}],
                "is_high_risk": True,
            },
            {
                "id": "ordinary",
                "when": {"criticality": ["low", "normal", "high"]},
                "needs": [{"role": "approver", "count": 1}],
            },
        ]
    }
)


@pytest.fixture
def story(tmp_path: Path) -> FeedStory:
    return FeedStory(tmp_path)


def _agreed(story: FeedStory, criticality: str) -> None:
    story.onboard("fx.csv", _SAMPLE.encode(), feed_name="fx", owning_team="fx", how_critical=criticality)
    story.house.policy = _POLICY


def _edited(story: FeedStory, **answers: str) -> ConfigChange:
    before = {change.id for change in story.open_ones()}
    _fill(story, "feed/fx", **answers)
    (opened,) = [change for change in story.open_ones() if change.id not in before]
    return story.walk(opened)


def _fill(story: FeedStory, subject: str, **answers: str) -> None:
    dialog = story.house.press("sam", story.house.token("edit.open", subject=subject)).dialog
    assert dialog is not None
    values = {i.name: i.value for i in dialog.inputs}
    story.fill(values, dialog.inputs, answers)
    assert story.press(dialog.submit, **values).input_errors == {}


def _asked(story: FeedStory, change: ConfigChange) -> ApprovalRequest:
    with story.house.transactions.reading() as uow:
        approval = uow.changes.get(change.id).approval
        assert approval is not None
        return uow.approvals.get(approval)


@pytest.mark.proves("A7")
def test_whoever_makes_a_critical_feed_less_critical_asks_those_who_decide_on_it_as_it_is(
    story: FeedStory,
) -> None:
    _agreed(story, "critical")

    request = _asked(story, _edited(story, how_critical="low"))

    assert request.needs == (Need(role=Role.APPROVER, count=2),)
    assert request.is_high_risk
    assert request.rule == "critical + ordinary"
    ruled = ["critical for critical: 2 approvers", "ordinary for low: 1 approver"]
    assert request.facts["ruled"].splitlines() == ruled


@pytest.mark.proves("A7")
@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [("critical", "critical", "critical"), ("low", "normal", "ordinary"), ("high", "normal", "ordinary")],
)
def test_a_change_that_stays_under_one_rule_is_asked_under_it_alone(
    story: FeedStory, before: str, after: str, rule: str
) -> None:
    _agreed(story, before)

    request = _asked(story, _edited(story, title="Foreign exchange", how_critical=after))

    assert request.rule == rule
    assert "ruled" not in request.facts


@pytest.mark.proves("A5")
@pytest.mark.parametrize("lost", [{"is_active": False}, {"roles": frozenset({Role.STREAM_TEAM})}])
def test_a_yes_of_somebody_who_left_before_the_merge_merges_nothing_and_is_asked_anew(
    story: FeedStory, lost: dict[str, object]
) -> None:
    _agreed(story, "low")
    change = _edited(story, title="Foreign exchange")
    first = _asked(story, change)
    story.yes(change)
    _become(story, "ada", **lost)

    again = story.walk(change)

    assert again.state is ChangeState.IN_REVIEW
    assert b"Foreign exchange" not in (story.reviews.read_feed("fx") or b"")
    asked = _asked(story, change)
    assert (asked.id != first.id, asked.subject_hash) == (True, first.subject_hash)
    with story.house.transactions.reading() as uow:
        assert uow.approvals.get(first.id).is_used
    lost_right = "An approver lost the right to approve before the merge"
    why = f"{lost_right}, so nothing was merged, and it is asked anew."
    assert story.card(change).lead.startswith(f"{why} Review ")
    assert (first.facts.get("anew"), asked.facts["anew"]) == (None, why)
    story.press(_yes_to(asked), "jo")
    merged = story.walk(change)
    assert (merged.state, merged.sentence, merged.asked_anew) == (ChangeState.MERGED, "", "")


@pytest.mark.proves("A7")
def test_what_is_asked_anew_because_the_policy_changed_says_so_and_an_edit_after_it_does_not(
    story: FeedStory,
) -> None:
    _agreed(story, "low")
    change = _edited(story, title="Foreign exchange")
    first = _asked(story, change)
    need = {"role": "approver", "count": 2}
    story.house.policy = parse_policy({"rules": [{"id": "stricter", "needs": [need]}]})
    story.press(_yes_to(first), "jo")

    story.walk(change)

    assert "The approval policy changed" in story.card(change).lead
    assert "The approval policy changed" in _asked(story, change).facts["anew"]
    _fill(story, change.subject, title="FX")
    story.walk(change)
    assert "anew" not in _asked(story, change).facts
    assert "asked anew" not in story.card(change).lead


@pytest.mark.proves("A5")
def test_a_merge_whose_answer_was_lost_counts_although_the_approver_left_since(story: FeedStory) -> None:
    _agreed(story, "low")
    change = _edited(story, title="Foreign exchange")
    story.yes(change)
    merging = story.change(change)
    assert merging.review_number is not None
    sam = PersonRef(name="sam", email="sam@example.org")
    story.reviews.merge(merging.review_number, expected_head_sha=merging.head_sha, merged_by=sam)
    _become(story, "ada", is_active=False)

    assert story.walk(change).state is ChangeState.MERGED


def _become(story: FeedStory, name: str, **changes: object) -> None:
    with story.house.transactions.writing() as uow:
        uow.people.save(uow.people.get(PersonId(name)).model_copy(update=changes))


def _yes_to(request: ApprovalRequest) -> Action:
    return Action(
        verb="approval.approve",
        label="Approve",
        subject=f"approval/{request.id}",
        subject_hash=request.subject_hash,
    )
