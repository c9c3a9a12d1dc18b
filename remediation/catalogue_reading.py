"""Read the runbook catalogue: actions and runbooks as YAML, checked as a whole, each with a version."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from domain.errors import BadInput, NotFound
from domain.proof.canonical import digest
from domain.remediation.plans import Access, Value
from domain.remediation.runbooks import Action, Claim, Runbook, RunbookStep

FOLDER = Path(__file__).parent / "catalogue"
_ACTIONS = TypeAdapter(tuple[Action, ...])
_RUNBOOKS = TypeAdapter(tuple[Runbook, ...])


class Catalogue:
    """Every runbook and the actions that they are made of."""

    def __init__(self, actions: Iterable[Action], runbooks: Iterable[Runbook]) -> None:
        self._actions = {action.id: action for action in actions}
        self._runbooks = {runbook.id: runbook for runbook in runbooks}
        faults = [fault for runbook in self._runbooks.values() for fault in self._faults_of(runbook)]
        if faults:
            raise BadInput(
                f"catalogue: {'; '.join(faults)}", say=f"The runbook catalogue is broken: {faults[0]}."
            )

    @cached_property
    def runbooks(self) -> tuple[Runbook, ...]:
        """Return every runbook, by id."""
        return tuple(self._runbooks[id_] for id_ in sorted(self._runbooks))

    def find(self, runbook_id: str) -> Runbook | None:
        """Return the runbook, or None when there is none of that id."""
        return self._runbooks.get(runbook_id)

    def get(self, runbook_id: str) -> Runbook:
        """Return the runbook.

        Raises:
            NotFound: There is none of that id.
        """
        found = self.find(runbook_id)
        if found is None:
            raise NotFound(
                f"no runbook of {len(runbook_id)} characters",
                say="There is no runbook of that name.",
                next_step="Ask for the list with: runbooks",
            )
        return found

    def action(self, action_id: str) -> Action:
        """Return the action of a runbook's step; the catalogue was checked, so it exists."""
        return self._actions[action_id]

    def version_of(self, runbook: Runbook) -> str:
        """Return the hash of the runbook and of every action it uses."""
        ids = sorted({part.action for part in _parts(runbook)})
        actions = [self._actions[action].model_dump(mode="json") for action in ids]
        return digest("dogwatch/runbook/1", {"runbook": runbook.model_dump(mode="json"), "actions": actions})

    def _faults_of(self, runbook: Runbook) -> list[str]:
        faults = []
        names = {parameter.name for parameter in runbook.parameters}
        used: set[str] = set()
        for part in _parts(runbook):
            action = self._actions.get(part.action)
            if action is None:
                faults.append(f"{runbook.id} uses the unknown action {part.action}")
                continue
            used |= _blanks(part.arguments)
            missing = {part.slots.get(slot, slot) for slot in action.needs} - set(runbook.slots)
            faults += [f"{runbook.id} has no slot {slot} for {part.action}" for slot in sorted(missing)]
            if isinstance(part, Claim) and action.check is None:
                faults.append(f"{runbook.id} claims with {part.action}, which checks nothing")
        faults += [f"{runbook.id} uses the unknown parameter {name}" for name in sorted(used - names)]
        faults += [f"{runbook.id} never uses its parameter {name}" for name in sorted(names - used)]
        if len({step.name for step in runbook.steps}) != len(runbook.steps):
            faults.append(f"{runbook.id} has two steps of one name")
        faults += self._faults_of_reverse(runbook)
        if not any(slot.access is Access.WRITE for slot in runbook.slots.values()):
            faults.append(f"{runbook.id} changes nothing")
        return faults

    def _faults_of_reverse(self, runbook: Runbook) -> list[str]:
        if runbook.reverse is None:
            return []
        reverse = self.find(runbook.reverse)
        if reverse is None:
            return [f"{runbook.id} names the unknown reverse {runbook.reverse}"]
        known = {parameter.name for parameter in runbook.parameters}
        asked = {parameter.name for parameter in reverse.parameters if parameter.default is None}
        missing = sorted(asked - known) + sorted(set(reverse.slots) - set(runbook.slots))
        return [f"{runbook.id} can't be reversed by {reverse.id}: it has no {name}" for name in missing]


def read_catalogue(*folders: Path) -> Catalogue:
    """Read our own catalogue and an organisation's folders of the same layout, which may not replace ours.

    Raises:
        BadInput: A file does not fit, or an id appears twice.
    """
    import yaml  # heavy to import, and only this function needs it

    actions: list[Action] = []
    runbooks: list[Runbook] = []
    for folder in (FOLDER, *folders):
        for path in sorted(folder.glob("*/*.yaml")):
            try:
                content = yaml.safe_load(path.read_text(encoding="utf-8"))
                if path.parent.name == "actions":
                    actions += _ACTIONS.validate_python(content)
                else:
                    runbooks += _RUNBOOKS.validate_python(content)
            except (yaml.YAMLError, ValidationError) as error:
                raise BadInput(
                    f"{path.name}: {error}", say=f"The catalogue file {path.name} can't be read."
                ) from error
    for ids in ([action.id for action in actions], [runbook.id for runbook in runbooks]):
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise BadInput(f"twice in the catalogue: {twice}", say=f"{twice[0]} is in the catalogue twice.")
    return Catalogue(actions, runbooks)


def _parts(runbook: Runbook) -> tuple[RunbookStep | Claim, ...]:
    return (*runbook.preconditions, *runbook.steps, *runbook.checks)


def _blanks(arguments: Mapping[str, Value]) -> set[str]:
    found = set()
    for value in arguments.values():
        words = value if isinstance(value, tuple) else (value,)
        found |= {word[1:] for word in words if isinstance(word, str) and word.startswith("$")}
    return found
