"""One plan, one hash; one order, one run: edited, foreign, expired, used or unsigned orders do nothing."""

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import BadInput
from domain.ids import PlanId
from domain.remediation.orders import (
    Order,
    OrderRefused,
    Refusal,
    SignedOrder,
    VerifiedOrder,
    Warrant,
    read_signed_order,
    signed,
    verify_order,
)
from domain.remediation.plans import DryRun, Effect, Plan, plan_bytes, read_plan, subject_hash
from domain.remediation.run_reports import RunState
from remediation.order_keys import Ed25519Ring, Ed25519Signer
from tests.remediation.contained import ROOT, contained
from tests.remediation.plans import NOW, RING, SIGNER, a_plan, an_order, bash, line_step
from tests.remediation.world import World

pytestmark = [pytest.mark.proves("A16"), pytest.mark.usefixtures("on_any_word")]

PREVIEW = DryRun(effects=(Effect(step="line-1", target="landing", change="write line-1"),))


def verified(order: SignedOrder, plan: Plan, **changes: Any) -> VerifiedOrder:
    where: dict[str, Any] = {"ring": RING, "environment": "test", "audience": "runner-1", "now": NOW}
    return verify_order(order, plan, **{**where, **changes})


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*place, key))
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from leaves(inner, (*place, number))
    else:
        yield place


def edited(document: Any, place: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(document)
    inner = changed
    for part in place[:-1]:
        inner = inner[part]
    old = inner[place[-1]]
    if isinstance(old, bool):
        inner[place[-1]] = not old
    elif isinstance(old, int):
        inner[place[-1]] = old + 1
    elif isinstance(old, str):
        inner[place[-1]] = old[:-1] + chr(ord(old[-1]) ^ 1) if old else "x"
    else:
        inner[place[-1]] = {"a": "b"} if isinstance(old, dict) else ["x"]
    return changed


FULL = a_plan(line_step(1), parameters={"n": 1, "yes": True, "list": ("a", "b")}, risk_reasons=("because",))


@pytest.mark.proves("A1")
@pytest.mark.parametrize(
    "place", list(leaves(json.loads(plan_bytes(FULL)))), ids=lambda place: ".".join(map(str, place))
)
def test_a_plan_changed_by_one_byte_after_the_yes_is_refused(place: tuple[Any, ...]) -> None:
    order = an_order(FULL, PREVIEW)
    text = json.dumps(edited(json.loads(plan_bytes(FULL)), place))

    with pytest.raises((OrderRefused, BadInput)):
        verified(order, read_plan(text))


@pytest.mark.proves("A1")
@pytest.mark.parametrize("field", sorted(Order.model_fields))
def test_an_order_changed_by_one_byte_is_refused(field: str) -> None:
    order = an_order(FULL, PREVIEW)
    document = json.loads(order.model_dump_json())

    for place in leaves(document["order"][field], ("order", field)):
        with pytest.raises((OrderRefused, BadInput)):
            verified(read_signed_order(json.dumps(edited(document, place))), FULL)


@pytest.mark.proves("A1")
@contained
async def test_an_edited_plan_starts_no_step_and_the_refusal_is_recorded(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan(line_step(1))
    order = an_order(plan, await runner.preview(plan))
    other = a_plan(line_step(1, run=bash("echo other", "landing:write"), check=None))

    with pytest.raises(OrderRefused) as refused:
        await runner.execute(order, other)

    assert refused.value.refusal is Refusal.EDITED
    assert list(world.files.iterdir()) == []
    assert any("hash differs" in line for line in runner.refusals())


@pytest.mark.proves("A1")
def test_the_effect_and_the_policy_belong_to_the_hash() -> None:
    plain = subject_hash(FULL, PREVIEW.effect_digest, "policy-7")

    assert subject_hash(FULL, DryRun().effect_digest, "policy-7") != plain
    assert subject_hash(FULL, PREVIEW.effect_digest, "policy-8") != plain


VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=10)),
)


@pytest.mark.proves("A2")
@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), VALUES, max_size=6))
def test_a_plan_survives_storage_with_the_same_hash(parameters: dict[str, Any]) -> None:
    plan = a_plan(parameters=parameters)

    shuffled = json.dumps(dict(reversed(list(json.loads(plan_bytes(plan)).items()))), indent=2)
    back = read_plan(shuffled)

    assert back == plan
    assert subject_hash(back, "0" * 64, "p") == subject_hash(plan, "0" * 64, "p")


@pytest.mark.proves("A2")
def test_the_hash_is_the_golden_one_in_another_process_with_another_hash_seed() -> None:
    golden = "c54432439404bba9c011254b883ab3d8b77586777363ca4ff3a0f62ac2caeb24"
    program = (
        "from tests.remediation.plans import *\nfrom domain.remediation.plans import subject_hash\n"
        "print(subject_hash(a_plan(line_step(1)), '0' * 64, 'policy-7'))"
    )

    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == golden


@pytest.mark.proves("A2")
@pytest.mark.parametrize(
    "edit",
    [
        ('"seconds":0', '"seconds":0.0'),
        ('"seconds":0', '"seconds":NaN'),
        ('"seconds":0', '"seconds":"0"'),
        ('"title":', '"title":"twice","title":'),
        ('"title":', '"unknown":1,"title":'),
        ('"parameters":{}', '"parameters":{"a":1.5}'),
        ('"parameters":{}', '"parameters":{"a":null}'),
        ('"parameters":{}', '"parameters":{"a":{"b":1}}'),
        ('"rolls_back_on_stop":true', '"rolls_back_on_stop":1'),
    ],
)
def test_what_has_no_exact_form_is_refused(edit: tuple[str, str]) -> None:
    text = plan_bytes(a_plan()).decode()
    assert edit[0] in text

    with pytest.raises(BadInput):
        read_plan(text.replace(*edit, 1))


@pytest.mark.proves("E1")
@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"environment": "production"}, Refusal.OTHER_ENVIRONMENT),
        ({"audience": "runner-2"}, Refusal.OTHER_RUNNER),
        ({"now": NOW + timedelta(minutes=10)}, Refusal.EXPIRED),
        ({"now": NOW - timedelta(seconds=91)}, Refusal.NOT_YET),
        ({"ring": Ed25519Ring({})}, Refusal.UNKNOWN_KEY_OR_SIGNATURE),
        (
            {"ring": Ed25519Ring({"front-1": Ed25519Signer("x", bytes(32)).public_bytes})},
            Refusal.UNKNOWN_KEY_OR_SIGNATURE,
        ),
    ],
)
def test_an_order_for_somebody_or_some_time_else_is_refused(change: dict[str, Any], refusal: Refusal) -> None:
    with pytest.raises(OrderRefused) as refused:
        verified(an_order(FULL, PREVIEW), FULL, **change)

    assert refused.value.refusal is refusal


@pytest.mark.proves("E1")
def test_an_order_may_start_from_half_a_minute_before_its_time_to_the_last_second_of_it() -> None:
    order = an_order(FULL, PREVIEW)

    for now in (NOW - timedelta(seconds=90), NOW + timedelta(minutes=10) - timedelta(microseconds=1)):
        assert verified(order, FULL, now=now).order == order.order


@pytest.mark.proves("E1")
def test_an_order_without_warrant_or_with_more_than_a_day_of_life_is_refused() -> None:
    a_day = NOW + timedelta(days=1, minutes=-1)
    for changes, refusal in (
        ({"decisions": (), "rule": ""}, Refusal.NO_WARRANT),
        ({"approval": ""}, Refusal.NO_WARRANT),
        ({"expires": a_day + timedelta(seconds=1)}, Refusal.LIVES_TOO_LONG),
    ):
        with pytest.raises(OrderRefused) as refused:
            verified(an_order(FULL, PREVIEW, **changes), FULL)
        assert refused.value.refusal is refusal
    assert verified(an_order(FULL, PREVIEW, expires=a_day), FULL)


@pytest.mark.proves("E1")
@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"targets": ()}, Refusal.OTHER_TARGETS),
        ({"targets": ("landing:read", "landing:write", "orders:write")}, Refusal.OTHER_TARGETS),
        ({"environment": "production"}, Refusal.OTHER_ENVIRONMENT),
        ({"plan_id": "plan-2"}, Refusal.EDITED),
    ],
)
def test_a_signed_order_that_says_of_its_plan_what_is_not_so_is_refused(
    told: dict[str, Any], refusal: Refusal
) -> None:
    order = an_order(FULL, PREVIEW).order
    lying = signed(Order.model_validate(order.model_dump() | told), SIGNER)

    with pytest.raises(OrderRefused) as refused:
        verified(lying, FULL, environment=lying.order.environment)

    assert refused.value.refusal is refusal


@pytest.mark.proves("E1")
def test_nobody_else_can_make_a_verified_order() -> None:
    with pytest.raises(OrderRefused):
        VerifiedOrder(an_order(FULL, PREVIEW), FULL, proof=object())


@pytest.mark.proves("E1")
@contained
async def test_an_order_is_used_once_also_after_a_restart_and_under_the_same_nonce(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan(line_step(1))
    preview = await runner.preview(plan)
    order = an_order(plan, preview)
    await runner.execute(order, plan)
    runner.close()

    restarted = await world.runner()
    (world.files / "line-1").unlink()
    refusals = []
    for again in (order, an_order(plan, preview, approval="approval-2")):
        with pytest.raises(OrderRefused) as refused:
            await restarted.execute(again, plan)
        refusals.append(refused.value.refusal)

    assert refusals == [Refusal.USED, Refusal.USED]
    assert list(world.files.iterdir()) == []
    assert restarted.report(order.order.id) is not None


@pytest.mark.proves("E1")
@pytest.mark.parametrize("warrant", list(Warrant))
@contained
async def test_an_override_order_skips_none_of_it(world: World, warrant: Warrant) -> None:
    runner = await world.build().runner()
    plan = a_plan(line_step(1))
    order = an_order(plan, await runner.preview(plan), warrant=warrant, rule="rule-1", decisions=())
    unsigned = SignedOrder(order=order.order, key_id="front-1", signature="00" * 64)

    for wrong, what in ((unsigned, plan), (order, a_plan(line_step(2)))):
        with pytest.raises(OrderRefused):
            await runner.execute(wrong, what)
    report = await runner.execute(order, plan)

    assert report.state == "verified"


@contained
async def test_a_plan_for_a_target_the_runner_does_not_have_is_refused(world: World) -> None:
    from domain.errors import NotFound

    runner = await world.build().runner()
    plan = a_plan(line_step(1, run=bash("true", "elsewhere:write")))

    with pytest.raises(NotFound):
        await runner.execute(an_order(plan, PREVIEW), plan)

    assert runner.refusals()


@pytest.mark.proves("A1")
@contained
async def test_a_plan_made_with_other_tools_needs_another_yes(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan(line_step(1), tool_versions={"kit": "0" * 64})
    seen = await runner.preview(plan)

    report = await runner.execute(an_order(plan, seen), plan)
    anew = plan.model_copy(update={"id": PlanId("anew"), "tool_versions": seen.tools})
    done = await runner.execute(an_order(anew, await runner.preview(anew), nonce="b" * 32), anew)

    assert (report.state, report.needs_new_yes, report.may_have_run) == (RunState.REFUSED, True, False)
    assert "tools are others" in report.say
    assert done.state is RunState.VERIFIED
    assert [path.name for path in world.files.iterdir()] == ["line-1"]


def test_signing_needs_the_private_key() -> None:
    other = Ed25519Signer("front-1", bytes(32))

    forged = signed(an_order(FULL, PREVIEW).order, other)

    with pytest.raises(OrderRefused):
        verified(forged, FULL)
    assert verified(signed(forged.order, SIGNER), FULL).plan == FULL
