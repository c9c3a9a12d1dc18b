"""Say which requirement of the threat model is proven by which tests: `python -m tests.proofs [--json FILE]`.

Reads the tests without running them: a requirement counts as proven when a test names it with
`@pytest.mark.proves`. That such tests pass is for `make test` to say.
"""

import argparse
import ast
import json
from pathlib import Path

FOLDER = Path(__file__).parent
_COUNTS = {"A": 16, "D": 11, "E": 13, "S": 15, "G": 6, "F": 5, "M": 7, "I": 7, "K": 4, "L": 6, "N": 4, "R": 4}
REQUIREMENTS = tuple(f"{area}{n}" for area, last in (_COUNTS | {"Q": 2}).items() for n in range(1, last + 1))


def proofs(folder: Path = FOLDER) -> dict[str, list[str]]:
    """Return the tests that name each requirement, as `path::test`; one without tests has no entry."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        if "node_modules" in path.parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        everywhere = _named_for_the_file(tree)
        for node in ast.walk(tree):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            is_test = node.name.startswith(("test_", "Test"))
            for requirement in _named(node.decorator_list) + (everywhere if is_test else []):
                found.setdefault(requirement, set()).add(f"{path.relative_to(folder.parent)}::{node.name}")
    return {requirement: sorted(found[requirement]) for requirement in sorted(found, key=_order)}


def missing(proven: dict[str, list[str]]) -> list[str]:
    """Return the requirements that no test names."""
    return [requirement for requirement in REQUIREMENTS if requirement not in proven]


def _named_for_the_file(tree: ast.Module) -> list[str]:
    """Return what `pytestmark = …` says about every test of a file."""
    marks = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets)
    ]
    return _named(marks)


def _named(marks: list[ast.expr]) -> list[str]:
    """Return the ids in `pytest.mark.proves(…)` anywhere below these expressions."""
    return [
        argument.value
        for mark in marks
        for node in ast.walk(mark)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "proves"
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def _order(requirement: str) -> tuple[int, str]:
    known = REQUIREMENTS.index(requirement) if requirement in REQUIREMENTS else len(REQUIREMENTS)
    return known, requirement


def main() -> None:
    """Print requirement ids with their tests, and those without any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write `proven` and `missing` here")
    chosen = parser.parse_args()
    proven = proofs()
    without = missing(proven)
    for requirement, tests in proven.items():
        print(f"{requirement:<4} {len(tests):>3}  {tests[0]}{' …' if len(tests) > 1 else ''}")
    print(f"{len(REQUIREMENTS) - len(without)} of {len(REQUIREMENTS)} requirements are named by a test.")
    print(f"Missing: {', '.join(without) or 'none'}.")
    if chosen.json:
        chosen.json.write_text(json.dumps({"proven": proven, "missing": without}, indent=1) + "\n")


if __name__ == "__main__":
    main()
