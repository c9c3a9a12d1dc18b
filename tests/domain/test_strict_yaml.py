"""YAML that hides something is refused with its place, wherever people write it for us."""

from pathlib import Path

import pytest
import yaml

from domain.errors import BadInput
from domain.text.strict_yaml import read_yaml
from remediation.broker.targets import read_targets
from runtime.people.people_file import read_people
from runtime.settings.house import Settings
from runtime.wiring.policy_file import path_of_policy, read_policy

_BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))


@pytest.mark.proves("F3")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        (_BOMB, "anchors and aliases"),
        ("a: 1\nb: 2\na: 3\n", "a stands twice"),
        ("- x:\n    y: 1\n    'y': 2\n", "y stands twice"),
        ("a: !!python/object/apply:os.system [id]", "constructor"),
        ("? [1]\n: 2\n", "no text"),
        ("a: " + "[" * 60 + "]" * 60, "40 levels"),
        ("a: 1\n---\nb: 2\n", "single document"),
    ],
    ids=range(7),
)
def test_what_only_hides_something_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(yaml.YAMLError, match=says) as refused:
        read_yaml(text)

    assert refused.value.problem_mark is not None  # type: ignore[attr-defined]  # every one of ours has it


def test_plain_yaml_is_read_as_ever() -> None:
    assert read_yaml("a: [1, 2.5, yes]\nb: {c: null}\n") == {"a": [1, 2.5, True], "b": {"c": None}}
    assert read_yaml("") is None


@pytest.mark.proves("F3")
def test_a_policy_people_or_targets_that_say_a_thing_twice_are_not_taken(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        path_of_policy(Settings()).read_text(encoding="utf-8") + "\nrules: []\n", encoding="utf-8"
    )
    people = tmp_path / "people.yaml"
    people.write_text("people: []\npeople: []\n", encoding="utf-8")

    with pytest.raises(BadInput, match="policy"):
        read_policy(Settings(policy_file=str(policy)))
    with pytest.raises(BadInput, match="people"):
        read_people(people)
    with pytest.raises(BadInput, match="stands twice"):
        read_targets("- {kind: files, name: a, environment: t, root: /a, root: /}")
