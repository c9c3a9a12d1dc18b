"""What is behind a mask and what a target's name means belong to the yes, without being shown to anybody."""

import hashlib
import os
from pathlib import Path

import pytest

from domain.errors import DogwatchError
from domain.ids import PersonId, PlanId
from domain.remediation.orders import SignedOrder
from domain.remediation.plans import DryRun, Plan
from domain.remediation.run_reports import RunState
from remediation.account import RemediationOff
from remediation.broker.grants import Grant
from remediation.broker.targets import FilesTarget, Targets
from remediation.fingerprints import Fingerprints, fingerprints_of
from remediation.reports import effects_in, unmasked_in
from remediation.runner import RemediationRunner
from remediation.taking_back import plan_taking_back
from tests.remediation.contained import contained
from tests.remediation.plans import a_plan, an_order, line_step, python
from tests.remediation.test_dry_run_bounds import SCRIPT, a_grant, outcome
from tests.remediation.test_executor import lines
from tests.remediation.world import World

FIRST, OTHER = "tq7mWz41kd", "Rw93xLm2bb"


def _settings(world: World, secret: str) -> None:
    (world.files / "settings").write_text(f"retries = 3\npassword = {secret}\n")


def _a_change_of_settings() -> Plan:
    change = python(
        "from kit import path, send\nsend('landing', 'PUT', path('file', path='settings'), {'text': 'off'})",
        "landing:write",
    )
    return a_plan(line_step(1, run=change, probe=None, check=None, undo=None, undo_check=None))


def _landing(root: Path, **changes: object) -> FilesTarget:
    return FilesTarget.model_validate(
        {"name": "landing", "environment": "test", "root": root, **changes}, strict=False
    )


@pytest.mark.proves("A1", "A16", "E8")
@pytest.mark.usefixtures("on_any_word")
@contained
async def test_a_change_of_what_is_masked_alone_needs_another_yes(world: World) -> None:
    runner = await world.build().runner()
    _settings(world, FIRST)
    plan = _a_change_of_settings()
    seen = await runner.preview(plan)
    order = an_order(plan, seen)
    _settings(world, OTHER)

    again = await runner.preview(plan)
    report = await runner.execute(order, plan)

    assert seen.effects == again.effects, "people are shown the same"
    assert (report.state, report.needs_new_yes) == (RunState.REFUSED, True)
    assert "in what is masked as a secret" in report.say
    assert "retries = 3" in report.say
    assert (world.files / "settings").read_text().startswith("retries = 3"), "nothing was changed"
    for secret in (FIRST, OTHER):
        assert secret not in report.model_dump_json() + seen.model_dump_json() + again.model_dump_json()


@pytest.mark.proves("E8")
@contained
async def test_what_is_masked_and_the_same_is_no_change(world: World) -> None:
    runner = await world.build().runner()
    _settings(world, FIRST)
    plan = _a_change_of_settings()
    order = an_order(plan, await runner.preview(plan))
    _settings(world, OTHER)
    _settings(world, FIRST)  # written again, and back
    (world.files / "beside").write_text(f"password = {OTHER}")

    report = await (await world.runner()).execute(order, plan)

    assert report.state is RunState.VERIFIED, report


@pytest.mark.proves("E8")
@contained
async def test_a_world_that_people_would_see_changed_is_told_as_it_is_now(world: World) -> None:
    runner = await world.build().runner()
    _settings(world, FIRST)
    plan = _a_change_of_settings()
    order = an_order(plan, await runner.preview(plan))
    (world.files / "settings").write_text("retries = 4\n")

    report = await runner.execute(order, plan)

    assert (report.state, report.needs_new_yes, report.may_have_run) == (RunState.REFUSED, True, False)
    assert "The world has changed since the yes: now it would be" in report.say
    assert "retries = 4" in report.say
    assert (world.files / "settings").read_text() == "retries = 4\n"


@pytest.mark.proves("E8", "K4")
@contained
async def test_nobody_can_try_out_passwords_on_what_a_dry_run_tells(world: World) -> None:
    """Two runners see the same, and tell it by different fingerprints: each has a key of its own."""
    _settings(world.build(), FIRST)
    plan = _a_change_of_settings()

    here = await (await world.runner()).preview(plan)
    (world.runner_folder / "fingerprints.key").unlink()
    other = await world.runner()
    there = await other.preview(plan)
    report = await other.execute(an_order(plan, here), plan)

    assert (report.state, report.needs_new_yes) == (RunState.REFUSED, True)
    assert "This runner's key is another one" in report.say
    assert here.shown_digest == there.shown_digest
    assert here.unmasked != there.unmasked
    assert here.places != there.places


@pytest.mark.proves("E8")
@contained
async def test_an_order_that_was_approved_before_there_were_fingerprints_is_carried_out(world: World) -> None:
    runner = await world.build().runner()
    shown = (await runner.preview(a_plan(id=PlanId("plan-as-seen-by-the-older-release")))).effects
    older = DryRun(effects=shown)
    plan = a_plan()

    report = await runner.execute(an_order(plan, older), plan)

    assert (report.state, lines(world)) == (RunState.VERIFIED, ["line-1", "line-2", "line-3"])


@pytest.mark.proves("E8")
@contained
async def test_of_a_plan_that_was_dry_run_here_the_shown_part_alone_is_not_enough(world: World) -> None:
    runner = await world.build().runner()
    plan = a_plan()
    seen = await runner.preview(plan)

    report = await runner.execute(an_order(plan, DryRun(effects=seen.effects)), plan)

    assert (report.state, report.needs_new_yes, lines(world)) == (RunState.REFUSED, True, [])


@pytest.mark.proves("A1", "A16", "S12")
@pytest.mark.usefixtures("on_any_word")
@contained
async def test_a_target_that_means_another_place_since_the_yes_needs_another_yes(world: World) -> None:
    plan = a_plan()
    order = an_order(plan, await (await world.build().runner()).preview(plan))
    world.extra = [_landing(world.archive)]

    report = await (await world.runner()).execute(order, plan)

    assert (report.state, report.needs_new_yes) == (RunState.REFUSED, True)
    assert "What landing stands for on this runner has changed since the yes" in report.say
    assert list(world.archive.iterdir()) == []


@pytest.mark.proves("S12")
@contained
async def test_what_only_planning_goes_by_and_other_targets_may_change(world: World) -> None:
    plan = a_plan()
    order = an_order(plan, await (await world.build().runner()).preview(plan))
    elsewhere = FilesTarget(name="vault", environment="test", root=world.files)
    world.extra = [_landing(world.files, serves=("positions",), risk="high"), elsewhere]

    report = await (await world.runner()).execute(order, plan)

    assert report.state is RunState.VERIFIED, report


def _dies(point: str, step: int) -> None:
    if (point, step) == ("after_effect", 1):
        raise ConnectionError("the runner died")


async def _half_done(world: World) -> tuple[Plan, SignedOrder, RemediationRunner]:
    """Return a plan whose run was begun and cut off, its order, and the runner that was killed."""
    plan = a_plan()
    first = await world.build().runner(at=_dies)
    order = an_order(plan, await first.preview(plan))
    with pytest.raises(ConnectionError):
        await first.execute(order, plan)
    return plan, order, first


@pytest.mark.proves("A16", "E6", "S12")
@pytest.mark.usefixtures("on_any_word")
@pytest.mark.parametrize("trouble", ["redefined", "gone", "key lost"])
@contained
async def test_a_run_is_not_carried_on_in_another_place_and_frees_its_targets(
    world: World, trouble: str
) -> None:
    plan, order, _ = await _half_done(world)

    if trouble == "redefined":
        world.extra = [_landing(world.archive)]
        second = await world.runner()
    elif trouble == "gone":
        second = await world.runner(targets=Targets([]))
    else:
        (world.runner_folder / "fingerprints.key").unlink()
        second = await world.runner()
    with pytest.raises(DogwatchError):
        await second.execute(order, plan)
    report = second.report(order.order.id)

    assert report is not None
    assert report.state is RunState.UNDO_FAILED
    assert "What had been done by then stands as it was left." in report.say
    assert ("key is another one" in report.say) is (trouble == "key lost")
    assert (lines(world), list(world.archive.iterdir())) == (["line-1"], [])
    world.extra = []
    third, other = await world.runner(), a_plan(line_step(7), id=PlanId("plan-2"))
    after = await third.execute(an_order(other, await third.preview(other), nonce="b" * 32), other)
    assert after.state is RunState.VERIFIED, "the target is free again"


@pytest.mark.proves("E2")
@contained
async def test_a_run_whose_targets_mean_the_same_goes_on_in_the_next_process(world: World) -> None:
    plan, order, _ = await _half_done(world)
    world.extra = [_landing(world.files, serves=("positions",))]

    report = await (await world.runner()).execute(order, plan)

    assert (report.state, lines(world)) == (RunState.VERIFIED, ["line-1", "line-2", "line-3"])


@pytest.mark.proves("E2", "E6")
@pytest.mark.parametrize("stands", [False, True])
@contained
async def test_an_order_that_a_lost_journal_may_have_known_needs_another_yes(
    world: World, stands: bool
) -> None:
    """What a step did may not be seen in the world any more: somebody has consumed it."""
    plan, order, first = await _half_done(world)
    first.close()
    if not stands:
        (world.files / "line-1").unlink()
    for part in world.runner_folder.glob("journal.sqlite*"):
        part.unlink()

    second = await world.runner()
    report = await second.execute(order, plan)

    assert (report.state, report.needs_new_yes, report.may_have_run) == (RunState.REFUSED, True, True)
    assert lines(world) == (["line-1"] if stands else [])
    assert "journal" in report.say
    assert "look at its targets" in report.say.lower()
    again = an_order(plan, await second.preview(plan), nonce="c" * 32)
    assert (await second.execute(again, plan)).state is RunState.VERIFIED


@pytest.mark.proves("E6")
@contained
async def test_the_record_of_a_run_is_named_by_a_fingerprint_and_by_the_hash_of_older_releases(
    world: World,
) -> None:
    runner = await world.build().runner()
    plan = a_plan(line_step(1))
    order = an_order(plan, await runner.preview(plan))
    report = await runner.execute(order, plan)
    plain = hashlib.sha256(b'dogwatch/kept/1\0"{}"').hexdigest()

    undone = []
    for recorded in (plain, report.recorded[0]):
        undo = plan_taking_back(
            plan, order=order.order.id, recorded=(recorded,), requested_by=PersonId("ana")
        )
        assert undo is not None
        undone.append((await runner.preview(undo)).effects)

    assert report.recorded != (plain,)
    assert undone[0] == undone[1]
    assert undone[0]


@pytest.mark.proves("E8")
def test_two_contents_that_agree_in_what_people_are_shown_are_told_apart() -> None:
    """Who writes both contents can make two whose hashes begin alike."""

    def moved(whole: str) -> Grant:
        grant = a_grant()
        grant.note("move feed.csv", before="900 bytes, sha256 0123456789abcdef", after="held", whole=whole)
        return grant

    seen = [outcome({"effect": moved(whole).effects[0]}) for whole in ("0" * 64, "1" * 64)]
    effects = [effects_in(one, step="s", script=SCRIPT) for one in seen]
    unmasked = [unmasked_in(one, step="s", script=SCRIPT) for one in seen]

    assert effects[0] == effects[1]
    assert unmasked[0] != unmasked[1]


def test_what_a_target_means_is_told_without_what_later_releases_add() -> None:
    defaults = Targets([_landing(Path("/srv"))]).definitions(["landing"])

    assert defaults == {
        "landing": {"name": "landing", "environment": "test", "kind": "files", "root": "/srv"}
    }


def test_fingerprints_depend_on_the_key_and_on_nothing_of_their_order() -> None:
    one, other = Fingerprints(b"a" * 32), Fingerprints(b"b" * 32)
    effects = [["s", "landing", "write", "x", "y", ""], ["s", "landing", "remove", "x", "", ""]]

    assert one.of_effects(effects) == one.of_effects(effects[::-1])
    assert one.of_effects(effects) != other.of_effects(effects)
    assert one.of_effects(effects) != one.of_effects(effects[:1])


def test_a_key_that_others_may_read_or_that_is_cut_turns_remediation_off(tmp_path: Path) -> None:
    fingerprints_of(tmp_path)
    path = tmp_path / "fingerprints.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert fingerprints_of(tmp_path).of_kept({}) == fingerprints_of(tmp_path).of_kept({})

    path.chmod(0o644)
    with pytest.raises(RemediationOff, match="others may read it"):
        fingerprints_of(tmp_path)
    path.chmod(0o600)
    path.write_bytes(os.urandom(5))
    with pytest.raises(RemediationOff, match="another size"):
        fingerprints_of(tmp_path)
