"""What a runner does with parcels that anybody who reaches its queue could send."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.running import Running
from domain.remediation.orders import read_signed_order, signed, signed_word
from domain.remediation.parcels import OrderParcel, PlanParcel
from domain.remediation.plans import plan_bytes
from domain.remediation.run_reports import RunState, Word
from remediation.order_keys import Ed25519Signer
from tests.faults.scenarios import append_step, effects, preview_of
from tests.remediation.contained import contained
from tests.remediation.plans import NOW, SIGNER, a_plan, an_order, line_step
from tests.remediation.world import World

pytestmark = [pytest.mark.proves("A16"), pytest.mark.usefixtures("on_any_word")]

STRANGER = Ed25519Signer("front-1", bytes(range(1, 33)))


def _parcel(order: object, plan: object) -> OrderParcel:
    return OrderParcel(
        order=order.model_dump_json(),  # type: ignore[arg-type]  # a signed order
        plan=plan_bytes(plan).decode(),  # type: ignore[arg-type]  # a plan
    )


def _is_there(world: World) -> bool:
    return any(world.files.glob("line-*"))


@pytest.mark.proves("E1")
@contained
async def test_parcels_without_a_right_order_start_nothing(world: World) -> None:
    running = Running(await world.build().runner())
    plan = a_plan(line_step(1))
    preview = await ActivityEnvironment().run(running.preview, PlanParcel(plan=plan_bytes(plan).decode()))
    assert preview.dry_run is not None
    order = an_order(plan, preview.dry_run)
    foreign = signed(order.order, STRANGER)
    late = an_order(
        plan, preview.dry_run, expires=NOW - timedelta(seconds=1), not_before=NOW - timedelta(hours=1)
    )
    ahead = an_order(plan, preview.dry_run, not_before=NOW + timedelta(minutes=5))
    other = an_order(plan, preview.dry_run, audience="runner-2")
    edited = plan.model_copy(update={"title": "Another change"})
    parcels = {
        "no order": OrderParcel(order="{}", plan=plan_bytes(plan).decode()),
        "no text": OrderParcel(order="", plan=""),
        "another's": _parcel(foreign, plan),
        "expired": _parcel(late, plan),
        "a clock that is ahead": _parcel(ahead, plan),
        "other runner": _parcel(other, plan),
        "edited": _parcel(order, edited),
    }
    for name, parcel in parcels.items():
        answer = await ActivityEnvironment().run(running.execute, parcel)
        assert answer.report.state is RunState.REFUSED, name
        assert answer.report.say, name
        assert ("this runner's clock" in answer.report.say) is (name in ("expired", "a clock that is ahead"))
        assert not _is_there(world), name

    done = await ActivityEnvironment().run(running.execute, _parcel(order, plan))
    again = await ActivityEnvironment().run(running.execute, _parcel(order, plan))
    used = await ActivityEnvironment().run(
        running.execute, _parcel(an_order(plan, preview.dry_run, not_before=NOW), plan)
    )
    assert done.report.state is RunState.VERIFIED
    assert again.report == done.report
    assert used.report.state is RunState.REFUSED


@pytest.mark.proves("E1", "E3")
@contained
async def test_a_word_that_the_order_key_did_not_sign_changes_nothing(world: World) -> None:
    running = Running(await world.build().runner())
    plan = a_plan(line_step(1))
    preview = await ActivityEnvironment().run(running.preview, PlanParcel(plan=plan_bytes(plan).decode()))
    assert preview.dry_run is not None
    order = read_signed_order(an_order(plan, preview.dry_run).model_dump_json())
    parcel = _parcel(order, plan).model_copy(update={"step": 1, "try_number": 1, "word": Word.DONE})
    about: dict[str, Any] = {"step": 1, "try_number": 1, "word": Word.DONE}
    forged = signed_word(order, **about, signer=STRANGER)
    wrong: list[dict[str, Any]] = [about | {"step": 2}, about | {"try_number": 2}]
    others = [signed_word(order, **other, signer=SIGNER) for other in wrong]

    for signature in ("", "zz", forged, *others):
        answer = await ActivityEnvironment().run(
            running.execute, parcel.model_copy(update={"word_signature": signature})
        )
        assert answer.report.state is RunState.REFUSED
    assert not _is_there(world)


@pytest.mark.proves("E2", "E3")
@contained
async def test_a_word_about_one_try_is_no_word_about_the_next(world: World) -> None:
    def lost(point: str, step: int) -> None:
        if point == "after_effect":
            raise ConnectionError("the runner died")

    world.build()
    plan = a_plan(append_step(1, has_probe=False))
    order = an_order(plan, preview_of(plan))
    parcel = _parcel(order, plan)
    word = signed_word(order, step=1, try_number=1, word=Word.ABSENT, signer=SIGNER)
    absent = {"step": 1, "try_number": 1, "word": Word.ABSENT, "word_signature": word}
    with pytest.raises(ConnectionError):
        await ActivityEnvironment().run(Running(await world.runner(at=lost)).execute, parcel)
    asked = await ActivityEnvironment().run(Running(await world.runner()).execute, parcel)

    parcel = parcel.model_copy(update=absent)
    with pytest.raises(ConnectionError):
        await ActivityEnvironment().run(Running(await world.runner(at=lost)).execute, parcel)
    again = await ActivityEnvironment().run(Running(await world.runner()).execute, parcel)

    assert (asked.report.state, asked.report.waiting_try) == (RunState.UNKNOWN, 1)
    assert (again.report.state, again.report.waiting_try) == (RunState.UNKNOWN, 2)
    assert effects(world) == {1: 2}  # the lost one, and the one that the word allowed
