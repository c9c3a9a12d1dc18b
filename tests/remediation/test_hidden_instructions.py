"""Instructions hidden in text from outside, read by a model that obeys every word: nothing is done for it."""

import pytest

from benchmarks.injection_cases import HIDINGS, cases
from benchmarks.injection_model import Obedient
from benchmarks.injection_rooms import ROOMS

CASES = [case for case in cases() if case.room != "cause"]  # diagnosing takes long: the benchmark does it


@pytest.mark.proves("M1", "M3", "M5")
@pytest.mark.parametrize("room", sorted({case.room for case in CASES}))
def test_an_instruction_changes_no_act_and_draws_nothing(room: str) -> None:
    ask = ROOMS[room]
    for case in [one for one in CASES if one.room == room]:
        turned, honest = ask(case, case.hostile, Obedient(case)), ask(case, case.harmless, Obedient(case))

        assert not turned.draws, case
        assert turned.was_refused or turned.acts == honest.acts, case


@pytest.mark.proves("M3")
def test_the_model_that_picks_a_runbook_sees_no_text_from_outside() -> None:
    for case in [one for one in CASES if one.room == "fix"]:
        model = Obedient(case)
        ROOMS["fix"](case, case.hostile, model)

        assert not model.was_reached, case


@pytest.mark.proves("M3")
def test_a_script_is_drafted_by_what_was_pasted_and_still_reaches_only_what_was_granted() -> None:
    reached = []
    for case in [one for one in CASES if one.room == "script"]:
        model = Obedient(case)
        ROOMS["script"](case, case.hostile, model)
        reached.append(model.was_reached)

    assert all(reached)
    assert len(reached) == 2 * len(HIDINGS)
