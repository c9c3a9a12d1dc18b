"""Compare two versions of a published table schema: what in the new one can reject data of the old one."""

from typing import Any

Schema = dict[str, Any]  # Any: a Table Schema (specs.frictionlessdata.io) as its publisher wrote it
# Every value of the left type is also a value of the right type.
_WIDER = {("integer", "number"), ("year", "integer"), ("date", "datetime"), ("yearmonth", "string")}


def breaks(old: Schema, new: Schema) -> list[str]:
    """Return sentences on why data written for the old schema may be rejected by the new one."""
    before = {field["name"]: field for field in old.get("fields", []) if "name" in field}
    after = {field["name"]: field for field in new.get("fields", []) if "name" in field}
    found = []
    for name, field in after.items():
        if name not in before:
            if _constraints(field).get("required"):
                found.append(f"{name} is new and required")
        else:
            found += [f"{name}: {reason}" for reason in _field_breaks(before[name], field)]
    if _keys(new) and _keys(new) != _keys(old):
        found.append(f"the primary key is now {', '.join(_keys(new))}")
    return found


def _field_breaks(old: Schema, new: Schema) -> list[str]:
    found = []
    was, now = old.get("type", "string"), new.get("type", "string")
    if was != now and now not in ("string", "any") and (was, now) not in _WIDER:
        found.append(f"{was} became {now}")
    elif old.get("format", "default") != new.get("format", "default") and now != "string":
        found.append(f"the format became {new.get('format', 'default')}")
    before, after = _constraints(old), _constraints(new)
    for rule in ("required", "unique"):
        if after.get(rule) and not before.get(rule):
            found.append(f"now {rule}")
    gone = set(map(str, before.get("enum") or ())) - set(map(str, after.get("enum") or ()))
    if after.get("enum") and (gone or not before.get("enum")):
        found.append("fewer values are allowed")
    if after.get("pattern") and after.get("pattern") != before.get("pattern"):
        found.append("another pattern is demanded")
    found += _tighter(before, after)
    return found


def _tighter(before: Schema, after: Schema) -> list[str]:
    found = []
    for low in ("minimum", "minLength"):
        if after.get(low) is not None and (before.get(low) is None or str(after[low]) != str(before[low])):
            found.append(f"{low} is now {after[low]}")
    for high in ("maximum", "maxLength"):
        if after.get(high) is not None and (
            before.get(high) is None or str(after[high]) != str(before[high])
        ):
            found.append(f"{high} is now {after[high]}")
    return found


def _constraints(field: Schema) -> Schema:
    rules = field.get("constraints") or {}
    return rules if isinstance(rules, dict) else {}


def _keys(schema: Schema) -> list[str]:
    key = schema.get("primaryKey") or []
    return [key] if isinstance(key, str) else list(key)
