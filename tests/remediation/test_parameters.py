"""Parameters reach scripts as data in every language, never as text that is run."""

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from domain.ports.sandbox import SandboxJob, SandboxMode, SandboxOutcome
from domain.remediation.parameters import Parameter, ParameterKind, fault_of
from domain.remediation.plans import Language, Script
from remediation.job_folder import JobFolder, sweep, unsafe
from remediation.sandbox.bubblewrap import BubblewrapSandbox
from tests.remediation.contained import contained
from tests.remediation.world import World


async def ran(sandbox: BubblewrapSandbox, script: Script, **fields: Any) -> SandboxOutcome:
    return await sandbox.run(SandboxJob(script=script, mode=fields.pop("mode", SandboxMode.RUN), **fields))


@pytest.mark.proves("S15")
@contained
async def test_parameters_are_data_in_every_language(room: Path) -> None:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    sandbox = World(room).build().sandbox()
    hostile = (
        "$(touch /job/pwned)",
        "`id`",
        "'; id; '",
        '"',
        "a\nb",
        "{{ 7 * 7 }}",
        "{% raw %}",
        "-rf",
        "--",
        "\\",
        "%s",
        "💥",
    )
    strategy = st.one_of(
        st.sampled_from(hostile), st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    )

    async def echoed(language: Language, value: str) -> str:
        texts = {
            Language.PYTHON: "from kit import arguments as a, keep\nkeep(seen=a['v'])",
            Language.BASH: 'dw keep seen "$(dw arg v; echo .)"',
        }
        script = Script(language=language, text=texts[language], timeout_seconds=20)
        outcome = await ran(sandbox, script, arguments={"v": value})
        assert outcome.is_good, outcome
        return str(json.loads(outcome.reports[0])["keep"]["seen"])

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def python_sees_exactly_what_was_given(value: str) -> None:
        loop = asyncio.new_event_loop()
        try:
            assert loop.run_until_complete(echoed(Language.PYTHON, value)) == value
        finally:
            loop.close()

    import threading

    assert threading.current_thread() is threading.main_thread()
    asyncio.events._set_running_loop(None)
    python_sees_exactly_what_was_given()
    loop = asyncio.new_event_loop()
    for value in hostile:
        assert loop.run_until_complete(echoed(Language.BASH, value)) == f"{value}\n."
    loop.close()


@pytest.mark.proves("S15")
@contained
async def test_ansible_takes_parameters_for_data_and_never_for_a_template(room: Path) -> None:
    sandbox = World(room).build().sandbox()
    text = (
        "- hosts: localhost\n  gather_facts: false\n  tasks:\n"
        '    - ansible.builtin.copy:\n        content: "{{ step.v }}"\n        dest: /job/out\n'
        "      check_mode: false\n"
        "    - ansible.builtin.command: cat /job/out\n      check_mode: false\n      register: out\n"
        '    - ansible.builtin.command:\n        argv: [dw, keep, seen, "{{ out.stdout }}"]\n      check_mode: false\n'  # noqa: E501  a script reads better whole
        "      register: kept\n"
        "    - ansible.builtin.debug:\n        var: kept.stdout\n"
    )
    script = Script(language=Language.ANSIBLE, text=text, timeout_seconds=60)

    outcome = await ran(sandbox, script, arguments={"v": "{{ lookup('pipe', 'id') }} $(id) 7*7"})

    assert outcome.is_good, outcome
    assert "lookup('pipe', 'id') }} $(id) 7*7" in outcome.output
    assert "uid=" not in outcome.output


@pytest.mark.proves("S15")
def test_every_text_that_ansible_gets_is_marked_also_within_a_list() -> None:
    given = {"one": "{{ 1 }}", "many": ("{{ 2 }}", "b"), "count": 3, "is_on": True}

    marked = unsafe(given)

    assert marked == {
        "one": {"__ansible_unsafe": "{{ 1 }}"},
        "many": [{"__ansible_unsafe": "{{ 2 }}"}, {"__ansible_unsafe": "b"}],
        "count": 3,
        "is_on": True,
    }


@pytest.mark.proves("S13", "K4")
@pytest.mark.parametrize(
    "kind", [ParameterKind.TEXT, ParameterKind.NAME, ParameterKind.PATH, ParameterKind.NAMES]
)
def test_a_secret_is_no_parameter(kind: ParameterKind) -> None:
    secret = "ghp_" + "a1B2c3D4" * 5

    fault = fault_of(
        Parameter(name="note", kind=kind, summary="x"),
        ("ok", secret) if kind is ParameterKind.NAMES else secret,
    )

    assert fault.startswith("looks like a secret")
    assert secret not in fault


@pytest.mark.parametrize(
    "value",
    [
        *("rotate the token of orders", "8f3c2a1b9d" * 4, "akia-desk", "AKIA", "password-reset.csv"),
        *("ghp_notes", "eu-sk-customer-orders-daily", "sk-prices-of-the-day-v2"),
    ],
)
def test_what_only_speaks_of_secrets_is_a_parameter(value: str) -> None:
    assert fault_of(Parameter(name="note", kind=ParameterKind.TEXT, summary="x"), value) == ""


@pytest.mark.proves("S9")
def test_an_input_takes_no_files_place_and_follows_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("kept")
    with JobFolder(tmp_path, name="job-x") as folder:
        folder.put("step.json", "{}")
        (folder.inputs / "linked").symlink_to(outside)
        (folder.inputs / "dangling").symlink_to(tmp_path / "new")

        for name in ("step.json", "linked", "dangling"):
            with pytest.raises(FileExistsError):
                folder.put(name, "other")

        assert (folder.inputs / "step.json").read_text() == "{}"
        assert stat.S_IMODE((folder.inputs / "step.json").stat().st_mode) == 0o400
    assert outside.read_text() == "kept"
    assert not (tmp_path / "new").exists()


@pytest.mark.proves("S9", "S13")
def test_a_sweep_takes_what_a_crash_left_and_nothing_that_is_in_use_or_elsewhere(tmp_path: Path) -> None:
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (elsewhere / "kept").write_text("kept")
    (jobs := tmp_path / "jobs").mkdir()
    (left := jobs / "job-left").mkdir()
    (left / "x.pgpass").write_text("left")
    (jobs / "job-link").symlink_to(elsewhere)

    with JobFolder(jobs) as used:
        swept = sweep(jobs)
        in_use = used.inputs.is_dir()

    assert (swept, in_use, left.exists()) == (1, True, False)
    assert (elsewhere / "kept").read_text() == "kept"
