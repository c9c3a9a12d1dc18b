"""Edit a configuration piece by piece, and say at once which input can't be as it was filled in.

First each input is read by itself, then the shape of the whole is checked, then the validator runs; an
objection that none of them had before the edit belongs to the input whose place it names.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

from pydantic import ValidationError

from config_gen.columns import retyped
from config_gen.editing_forms import (
    AWAY,
    KEY,
    SCHEDULE,
    Entry,
    Path,
    entries_of,
    text_of,
    value_of,
)
from config_gen.evolution import in_step
from config_gen.questions import read_schedule
from config_gen.rules.validation import validate
from config_gen.types.wordlists import word_set
from domain.configuration.feed_columns import Column
from domain.configuration.feed_config import FeedConfig
from domain.configuration.findings import Finding
from domain.configuration.onboarding import AnswerKind, FormQuestion
from domain.errors import BadInput

_NAMES_HELD = word_set(
    """
    columns primary business merge_on column operation_column sequence_column output cluster_by
    erasure_column currency_column
    """
)


class Objections(BadInput):
    """What was filled in can't be taken; `inputs` says why, by the code of the input."""

    def __init__(self, inputs: Mapping[str, str]) -> None:
        super().__init__(f"refused: {', '.join(inputs)}", say=next(iter(inputs.values())))
        self.inputs = dict(inputs)


def form_for(config: FeedConfig, piece: str) -> list[FormQuestion]:
    """Return the inputs of a piece with what stands there now; raises `NotFound`."""
    document = config.model_dump(mode="json")
    return [
        FormQuestion(
            code=entry.code,
            label=entry.label,
            kind=AnswerKind.CHOICE if entry.choices else AnswerKind.TEXT,
            proposed=text_of(config, document, entry, piece),
            choices=tuple((str(choice), str(choice).replace("_", " ")) for choice in entry.choices),
            help=entry.help,
            required=entry.required,
        )
        for entry in entries_of(config, piece)
    ]


def edited(
    config: FeedConfig,
    piece: str,
    answers: Mapping[str, str],
    others: Sequence[FeedConfig] = (),
    previous: FeedConfig | None = None,
) -> FeedConfig:
    """Return the configuration with a piece as it was filled in; inputs left out stay.

    Raises:
        Objections: An input can't be taken.
        NotFound: There is no such piece any more.
    """
    document = config.model_dump(mode="json")
    entries = entries_of(config, piece)
    changed = [
        entry
        for entry in entries
        if entry.code in answers and answers[entry.code].strip() != text_of(config, document, entry, piece)
    ]
    name = piece.partition("/")[2]
    objections: dict[str, str] = {}
    for entry in changed:
        try:
            _put_one(document, entry, answers[entry.code].strip(), name)
        except BadInput as error:
            objections[entry.code] = error.sentence()
    if objections:
        raise Objections(objections)
    if piece.startswith("rule/") and answers.get(AWAY) == "no":
        document["quality"]["rules"] = [rule for rule in document["quality"]["rules"] if rule["id"] != name]
    if piece.startswith("column/"):
        _rename(document, name, answers.get("name", name).strip())
    return _checked(config, document, entries, others, previous)


def _put_one(document: dict[str, Any], entry: Entry, text: str, name: str) -> None:
    if entry.code == SCHEDULE:
        cron, expected_by = read_schedule(text)
        document["schedule"] |= {
            "kind": "cron" if cron else "arrival",
            "cron": cron,
            "expected_by": expected_by,
        }
    elif entry.code == KEY:
        primary = [column for column in document["keys"]["primary"] if column != name]
        document["keys"]["primary"] = [*primary, name] if text == "yes" else primary
        if document["load"]["mode"] in {"merge", "history"}:
            document["load"]["merge_on"] = document["keys"]["primary"]
        document["quality"]["rules"] = [
            rule | {"columns": document["keys"]["primary"]} if rule["id"] == "key_unique" else rule
            for rule in document["quality"]["rules"]
            if rule["id"] != "key_unique" or document["keys"]["primary"]
        ]
        for column in document["columns"]:
            if column["name"] == name and text == "yes":
                column["nullable"] = False
    elif entry.code == AWAY:
        value_of(entry, text)
    else:
        if entry.code == "time_zone" and text not in available_timezones():
            raise BadInput("unknown zone", say="I know no such zone.", next_step="Take one such as UTC.")
        _put(document, entry.path, value_of(entry, text), is_text=entry.kind == "text")


def _put(document: Any, path: Path, value: Any, *, is_text: bool) -> None:
    """Set one place, making what is missing on the way; an emptied text takes the place away again."""
    *way, last = path
    for step, following in zip(way, path[1:], strict=True):
        if isinstance(document, list) and isinstance(step, int):
            if step == len(document):
                document.append({})
            document = document[step]
        else:
            if document.get(step) is None:
                document[step] = [] if isinstance(following, int) else {}
            document = document[step]
    if (
        is_text
        and value == ""
        and last in {"minimum", "maximum", "pattern", "format", "meaning", "unit", "affix"}
    ):
        document.pop(last, None)
    else:
        document[last] = value


def _rename(document: dict[str, Any], former: str, now: str) -> None:
    if former == now:
        return

    def walk(value: Any, key: str) -> Any:
        if isinstance(value, dict):
            return {name: walk(member, name) for name, member in value.items()}
        if isinstance(value, list):
            return [walk(member, key) for member in value]
        return now if key in _NAMES_HELD and value == former else value

    for section, held in list(document.items()):
        if section != "columns":
            document[section] = walk(held, section)
    for column in document["columns"]:
        if column["name"] == now:
            column["former_names"] = list(dict.fromkeys([*column.get("former_names", ()), former]))
        elif column.get("currency_column") == former:
            column["currency_column"] = now


def _checked(
    config: FeedConfig,
    document: dict[str, Any],
    entries: Sequence[Entry],
    others: Sequence[FeedConfig],
    previous: FeedConfig | None,
) -> FeedConfig:
    try:
        after = FeedConfig.model_validate(document)
    except ValidationError as error:
        raise Objections(_by_input(error, entries)) from error
    after = after.model_copy(update={"columns": tuple(_settled(config, column) for column in after.columns)})
    rules = in_step(after.quality.rules, config.columns, after.columns)
    after = after.model_copy(update={"quality": after.quality.model_copy(update={"rules": rules})})
    known = {(f.code, f.sentence) for f in validate(config, others, previous)}
    fresh = [f for f in validate(after, others, previous) if f.blocks and (f.code, f.sentence) not in known]
    # What changes for readers is for the approvers to weigh; the card names it.
    fresh = [f for f in fresh if not f.code.startswith("VER")]
    if fresh:
        raise Objections({_input_of(f, entries): f"{f.sentence} ({f.code})" for f in reversed(fresh)})
    return after


def _settled(config: FeedConfig, column: Column) -> Column:
    """Return a column whose type was edited without the bounds and formats of the former type."""
    former = next((c for c in config.columns if c.source == column.source), None)
    return column if former is None or former.type is column.type else retyped(column, former)


def _by_input(error: ValidationError, entries: Sequence[Entry]) -> dict[str, str]:
    found: dict[str, str] = {}
    for problem in error.errors():
        where = tuple(problem["loc"])
        entry = max(
            (e for e in entries if where[: len(e.path)] == e.path),
            key=lambda e: len(e.path),
            default=entries[0],
        )
        said = re.sub(r"^(Value error|Input|String) ", "", problem["msg"])
        found.setdefault(entry.code, f"This can't be: {said[:120]}.")
    return found


def _input_of(finding: Finding, entries: Sequence[Entry]) -> str:
    steps = tuple(finding.place.split("/")[1:])
    best = max(entries, key=lambda e: _shared(steps, tuple(map(str, e.path))))
    return best.code


def _shared(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
