"""The house keeps its own rules."""

import ast
import inspect
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from domain.proof.audit import AuditAct
from storage.migrate import NEWEST
from workflows.registry import FRONT_WORKFLOWS

ROOT = Path(__file__).resolve().parents[2]
ROOMS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
LONGEST_FILE = 300


def test_every_room_is_shipped() -> None:
    shipped = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]

    assert sorted(shipped["packages"]) == sorted(ROOMS)


@pytest.mark.proves("L1")
def test_every_act_of_the_trail_is_written_somewhere() -> None:
    rooms = "\n".join(
        path.read_text(encoding="utf-8")
        for path in SOURCES
        if path.name != "audit.py" or "storage" in path.parts
    )

    never = [act.name for act in AuditAct if f"AuditAct.{act.name}" not in rooms]

    assert never == []


@pytest.mark.proves("A12")
def test_a_decision_is_recorded_in_one_place_whatever_door_it_came_through() -> None:
    record = re.compile(r"approvals\s*\.\s*record\(")

    found = [
        str(path.relative_to(ROOT)) for path in SOURCES if record.search(path.read_text(encoding="utf-8"))
    ]

    assert found == ["bot/commands/decide.py"]


@pytest.mark.proves("A16", "L1")
def test_nothing_that_runs_or_records_a_step_asks_on_whose_word_it_is() -> None:
    asks = re.compile(r"warrant|override|break.?glass", re.IGNORECASE)

    rooms = [path for path in SOURCES if path.parts[len(ROOT.parts)] == "remediation"]
    rooms += [path for path in SOURCES if path.name.startswith("audit_log")]
    found = [str(path.relative_to(ROOT)) for path in rooms if asks.search(path.read_text(encoding="utf-8"))]

    assert len(rooms) > 20
    assert found == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_has_one_job(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()

    assert len(lines) <= LONGEST_FILE
    assert not lines or lines[0].startswith(('"""', "#!")), "the first line says what the module is for"


def test_broad_catches_stand_only_at_borders() -> None:
    broad = re.compile(r"except (Base)?Exception\b|except:")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if broad.search(line)
    ]
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES)

    assert len(found) <= max(8, lines // 1500), found


def _is_told(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler raises, logs where it came from, or does something with the error it caught."""
    inside = [node for statement in handler.body for node in ast.walk(statement)]
    names = {node.id for node in inside if isinstance(node, ast.Name)}
    methods = {node.attr for node in inside if isinstance(node, ast.Attribute)}
    return (
        any(isinstance(node, ast.Raise) for node in inside) or "exception" in methods or handler.name in names
    )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_error_is_swallowed(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    broad = {"Exception", "BaseException"}
    handlers = [
        node
        for node in nodes
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in broad))
    ]
    suppressed = [
        node.lineno
        for node in nodes
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("suppress")
        and broad & {ast.unparse(argument) for argument in node.args}
    ]

    assert [handler.lineno for handler in handlers if not _is_told(handler)] == []
    assert suppressed == []


def test_nothing_names_this_machine_or_a_registry() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    telling = re.compile(r"(?<![\w.])/(?:work|farm)/|--(?:extra-)?index-url|\"resolved\": *\"https?:")
    texts = [ROOT / name for name in tracked.splitlines() if not name.endswith((".png", ".zip", ".npz"))]
    found = [
        str(path.relative_to(ROOT))
        for path in texts
        if path.is_file()
        and path != Path(__file__)
        and telling.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]

    assert found == []


def test_versions_are_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]

    assert [line for line in wanted if "==" not in line] == []


def test_locks_hold_hashes_and_no_address() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text()

        assert "--hash=sha256:" in text
        assert "://" not in text


@pytest.mark.parametrize("story", FRONT_WORKFLOWS, ids=lambda story: story.__name__)
def test_a_story_takes_one_argument(story: type) -> None:
    """With more, one that is left out silently turns the others into plain dictionaries."""
    arguments = list(inspect.signature(story.run).parameters)  # type: ignore[attr-defined]

    assert len(arguments) == 2


def test_migrations_are_one_chain_and_the_newest_is_named() -> None:
    steps = ScriptDirectory(str(ROOT / "storage" / "migrations"))

    assert steps.get_heads() == [NEWEST], "two changes that meet must be put one after the other"


def test_every_benchmark_writes_its_figures_in_the_one_shape() -> None:
    by_hand = re.compile(r"\bjson\.write_text\(")
    asking = [
        path for path in (ROOT / "benchmarks").glob("*.py") if '"--json"' in path.read_text(encoding="utf-8")
    ]
    found = [
        path.name
        for path in (ROOT / "benchmarks").glob("*.py")
        if by_hand.search(path.read_text(encoding="utf-8"))
    ]

    assert [path.name for path in asking] == ["report.py"]
    assert found == []
