"""Settings that can't be used, in one sentence: where, which, why, and what was probably meant."""

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import SettingsError

from domain.errors import BadInput

# Any: what a settings file holds.
Tree = Mapping[str, Any]
_SECRETS = (SecretStr, dict[str, SecretStr])
_PREFIX = "DOGWATCH_"
_ALIKE = 0.9
_LINKS = ("tcp://", "udp://", "sctp://")
"""How Kubernetes' variable for a service begins: `DOGWATCH_WEB_PORT` for one named dogwatch-web."""
_PASSWORD = re.compile(r"(?:^|[&\s])(?:ssl)?password\s*=", re.IGNORECASE)


def refuse_secrets(model: type[BaseModel], tree: Tree, file: str) -> None:
    """Refuse a settings file that holds a secret.

    Raises:
        BadInput: Naming the first one, and the variable that it belongs into.
    """
    for path in _secrets_in(model, tree, ()):
        raise BadInput(
            f"secret in {file}: {'.'.join(path)}",
            say=f"{file} holds the secret `{'.'.join(path)}`, and I take no secrets from that file.",
            next_step=f"Delete the line, set {variable(path)}, and treat the value as known to others.",
        )


def unreadable_yaml(what: str, path: Path, error: Exception) -> BadInput:
    """Return why a YAML file of an operator can't be used, with the line where that is known."""
    mark = getattr(error, "problem_mark", None)
    if isinstance(error, OSError):
        why, do = f"{error.strerror}".lower(), "Check its path and who may read it."
    elif mark is not None:
        why = f"line {mark.line + 1}, column {mark.column + 1}: {getattr(error, 'problem', '')}"
        do = "Correct that line; it is YAML."
    else:
        why, do = "it is not laid out as I expect", "docs/people.md and docs/policy.md show how it looks."
    return BadInput(
        f"{what}: {type(error).__name__}", say=f"The {what} {path} can't be read: {why}.", next_step=do
    )


def unusable(error: ValidationError, model: type[BaseModel], tree: Tree, file: str) -> BadInput:
    """Return the first thing that is wrong, in words."""
    first = error.errors()[0]
    path = tuple(str(part) for part in first["loc"] if not isinstance(part, int))
    where = f"{file}: `{'.'.join(path)}`" if _holds(tree, path) else variable(path)
    if first["type"] == "extra_forbidden":
        return BadInput(
            f"unknown setting {'.'.join(path)}",
            say=f"{where} is no setting of mine.",
            next_step=_meant(model, path) or "docs/settings.md lists them all.",
        )
    reason = str(first["msg"]).removeprefix("Value error, ")
    return BadInput(
        f"setting {'.'.join(path)}: {first['type']}",
        say=f"{where} can't be used: {reason[:1].lower()}{reason[1:]}.",
        next_step="docs/settings.md says what it takes.",
    )


def unreadable(error: tomllib.TOMLDecodeError, file: str) -> BadInput:
    """Return what is said of a file that is no TOML."""
    return BadInput(
        f"{file}: {error}", say=f"{file} is not valid TOML: {error}.", next_step="Correct that line."
    )


def unparsed(error: SettingsError, model: type[BaseModel], environment: Mapping[str, str]) -> BadInput:
    """Return what is said of a variable whose value is no JSON where a list or table is wanted."""
    told = {name.upper(): value for name, value in environment.items()}
    for path in _paths_of(model, ()):
        name, kind = variable(path), _kind_of(model, path)
        if kind is not None and name in told and not _is_json(told[name]):
            form = 'table as JSON, such as {"a": "b"}' if kind is dict else 'list as JSON, such as ["a", "b"]'
            return BadInput(f"{name} is no JSON", say=f"{name} can't be read.", next_step=f"Write a {form}.")
    named = re.search(r'field "(\w+)"', str(error))
    which = f" that begins with {variable((named.group(1),))}" if named else ""
    return BadInput(
        str(error),
        say=f"A variable{which} can't be read.",
        next_step='Lists and tables are written as JSON, such as ["a", "b"].',
    )


def _kind_of(model: type[BaseModel], path: tuple[str, ...]) -> type | None:
    """Return dict or list for a setting that holds several values, None for one that holds one."""
    for name in path[:-1]:
        inner = _section(model, name)
        if inner is None:
            return None
        model = inner
    origin = get_origin(model.model_fields[path[-1]].annotation)
    return dict if origin is dict else list if origin in (tuple, list, set, frozenset) else None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def read_tree(file: str) -> Tree:
    """Return what a settings file says; empty when there is none.

    Raises:
        BadInput: It is no TOML.
    """
    path = Path(file)
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise unreadable(error, file) from error


def holds_password(address: str) -> bool:
    """Return whether the address of a database tells its password."""
    parts = urlsplit(address)
    return bool(parts.password) or bool(_PASSWORD.search(parts.query or address))


def refuse_misspelt_variables(model: type[BaseModel], environment: Mapping[str, str]) -> None:
    """Refuse a variable that comes near a setting of ours and is none, as with one underscore for two.

    What comes near none may be somebody else's: it is left alone, as is the link to a service that Kubernetes
    sets, and a name beside which the right one is set. Below a section that is ours, every unknown name is
    refused anyway.

    Raises:
        BadInput: Naming the first one, and the variable that was meant.
    """
    mine = {name.upper() for name in model.model_fields}
    told = {
        name.upper().removeprefix(_PREFIX): name for name in environment if name.upper().startswith(_PREFIX)
    }
    asked = [
        name
        for bare, name in sorted(told.items())
        if bare.split("__")[0] not in mine and not environment[name].startswith(_LINKS)
    ]
    if not asked:
        return
    known = [variable(path).removeprefix(_PREFIX) for path in _paths_of(model, ())]
    for name in asked:
        near = difflib.get_close_matches(name.upper().removeprefix(_PREFIX), known, n=1, cutoff=_ALIKE)
        if near and near[0] not in told:
            raise BadInput(
                f"variable {name[:80]}",
                say=f"{name[:80]} is no setting of mine.",
                next_step=f"Did you mean {_PREFIX}{near[0]}? Two underscores stand between the levels.",
            )


def _paths_of(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name in model.model_fields:
        inner = _section(model, name)
        if inner is None:
            yield (*path, name)
        else:
            yield from _paths_of(inner, (*path, name))


def variable(path: tuple[str, ...]) -> str:
    """Return the environment variable of a setting."""
    return f"{_PREFIX}{'__'.join(path).upper()}"


def _meant(model: type[BaseModel], path: tuple[str, ...]) -> str:
    for name in path[:-1]:
        inner = _section(model, name)
        if inner is None:
            return ""
        model = inner
    near = difflib.get_close_matches(path[-1], list(model.model_fields), n=1, cutoff=0.5)
    return f"Did you mean `{'.'.join((*path[:-1], near[0]))}`?" if near else ""


def _section(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    field = model.model_fields.get(name)
    kind = field.annotation if field is not None else None
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _listed(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """Return what a list of sections holds; None for what is no such list."""
    field = model.model_fields.get(name)
    kinds = get_args(field.annotation) if field is not None else ()
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _secrets_in(model: type[BaseModel], tree: Tree, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, value in tree.items():
        inner = _section(model, name)
        listed = _listed(model, name)
        if inner is not None and isinstance(value, Mapping):
            found += _secrets_in(inner, value, (*path, name))
        elif listed is not None and isinstance(value, list):
            # A variable holds the whole list, so that one is named.
            told = [one for one in value if isinstance(one, Mapping)]
            found += [(*path, name)] if any(_secrets_in(listed, one, ()) for one in told) else []
        elif name in model.model_fields and model.model_fields[name].annotation in _SECRETS and value:
            found.append((*path, name))
    return found


def _holds(tree: Tree, path: tuple[str, ...]) -> bool:
    at: Any = tree
    for name in path:
        if not isinstance(at, Mapping) or name not in at:
            return False
        at = at[name]
    return True
