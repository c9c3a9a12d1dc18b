"""The documentation says what is: generated parts are current, links and pictures lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.commands.phrasebook import AREAS, phrasebook
from domain.approval.policy import parse_policy
from domain.identity.people import Role
from runtime.people.people_file import read_people
from tests.house.reference import DOCS, ROOT, filled

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_NAMED = re.compile(r"\bdocs/[\w/-]+\.md\b")
_OURS = (".py", ".html", ".yaml", ".yml", ".json", ".toml", ".js", ".sh", "Makefile", "Dockerfile")
_LARGEST_PICTURE = 300_000


def _text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def _blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", _text(page), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", ["settings.md", "commands.md"])
def test_what_is_read_off_the_code_is_current(name: str) -> None:
    assert _text(name) == filled(_text(name)), "run: python -m tests.house.reference"


def test_every_button_is_explained() -> None:
    explained = _text("commands.md")

    assert [verb for verb in phrasebook().buttons if f"`{verb}`" not in explained] == []


def test_every_role_is_explained() -> None:
    assert [role for role in Role if f"`{role.value}`" not in _text("people.md")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    broken = []
    for target in _LINK.findall(text):
        file, _, place = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        goal = (page.parent / file).resolve() if file else page
        if not goal.exists() or (place and goal.suffix == ".md" and place not in _anchors(goal)):
            broken.append(target)

    assert broken == []


def test_pages_that_the_code_sends_people_to_exist() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [ROOT / name for name in tracked.stdout.split("\0") if name.endswith(_OURS)]
    told = {page for file in files if file.exists() for page in _NAMED.findall(file.read_text("utf-8"))}

    assert "docs/runner.md" in told
    assert sorted(page for page in told if not (ROOT / page).exists()) == []


def test_the_index_leads_to_every_page() -> None:
    index = {(DOCS / target.partition("#")[0]).resolve() for target in _LINK.findall(_text("README.md"))}

    assert [page.name for page in DOCS.rglob("*.md") if page.name != "README.md" and page not in index] == []


def test_the_first_command_of_a_developer_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command, _, tests = (_made_of(block) for block in _blocks("add-a-command.md", "python"))

    monkeypatch.setitem(AREAS, "You", (*AREAS["You"], command["AREA"]))

    for number, name in enumerate(name for name in tests if name.startswith("test_")):
        folder = tmp_path / str(number)
        folder.mkdir()
        tests[name](folder)
    assert number == 1


def test_pictures_are_small_and_used() -> None:
    pictures = sorted((DOCS / "pictures").iterdir())
    told = "".join(page.read_text(encoding="utf-8") for page in PAGES)

    assert pictures
    assert [p.name for p in pictures if p.stat().st_size > _LARGEST_PICTURE or p.name not in told] == []


def test_the_example_policy_is_one_that_is_taken() -> None:
    policies = [parse_policy(yaml.safe_load(block)) for block in _blocks("policy.md", "yaml")]

    assert policies
    assert all(policy.rules for policy in policies)


def test_the_example_people_file_is_one_that_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(_blocks("people.md", "yaml")[0], encoding="utf-8")

    assert [entry.person.id for entry in read_people(path)] == ["maria", "jon"]


def test_verbs_of_the_command_line_in_the_documentation_exist() -> None:
    told = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    said = set(re.findall(r"(?:python -m runtime|`dogwatch) ([a-z]+)\b", told))
    shown = subprocess.run(
        [sys.executable, "-m", "runtime", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert [verb for verb in said if not re.search(rf"^    {verb}\b", shown, re.MULTILINE)] == []


def _made_of(block: str) -> dict[str, Any]:  # Any: whatever the page defines
    made: dict[str, Any] = {}
    if "import" in block:
        exec(block, made)  # noqa: S102  our own documentation
    return made


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
