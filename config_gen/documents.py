"""Read and write a configuration as YAML: one document, one byte string.

Stricter than YAML: no aliases, no tags, no duplicate keys, no second document, and only `true`, `false`,
`null` and whole numbers are more than text. YAML's own rules would read `no` as false and `16:15` as 975.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import JsonValue, ValidationError

from domain.configuration.feed_config import FeedConfig
from domain.configuration.findings import Finding, FindingSeverity
from domain.errors import BadInput
from domain.ids import FeedName

SIZE_LIMIT_BYTES = 4 * 1024 * 1024
_DEPTH_LIMIT = 20
# Defaults that will never change, so that leaving them out keeps a document's meaning for ever.
_SILENT: dict[str, JsonValue] = {
    **dict.fromkeys(("title", "description", "reason", "contact", "steward", "location", "file_pattern"), ""),
    **dict.fromkeys(("sample_name", "record_path"), ""),
    **dict.fromkeys(("unique", "deprecated", "meaning_is_guess", "legal_hold", "skip_initial_space"), False),
    **dict.fromkeys(("personal_data", "treatment"), "none"),
    **dict.fromkeys(
        ("preamble_rows", "below_header_rows", "trailer_rows", "failing_per_mille", "tolerance_per_mille"), 0
    ),
}
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,15})")


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # Any: the signature of PyYAML
        return True


def dump(config: FeedConfig) -> bytes:
    """Return the configuration's bytes: UTF-8, fields in the order of the model, nothing that is empty."""
    return dump_document(document_of(config))


def dump_document(document: JsonValue) -> bytes:
    """Return any document of plain values as YAML bytes in the same manner."""
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text.encode()


def parse(content: bytes) -> FeedConfig:
    """Return the configuration that the bytes hold.

    Raises:
        BadInput: No YAML of our kind, or not the shape of a feed configuration; the sentence names the place.
    """
    document = parse_document(content)
    try:
        return FeedConfig.model_validate(document)
    except ValidationError as error:
        first = shape_findings(error)[0]
        raise BadInput(
            f"no feed configuration: {error.error_count()} faults, first at {first.place}",
            say=f"The configuration does not have the right shape: {first.sentence}",
            next_step="Change that place; docs/feed-configuration.md explains every field.",
        ) from error


def parse_all(contents: Mapping[FeedName, bytes]) -> tuple[list[FeedConfig], list[FeedName]]:
    """Return the configurations that can be read, and the names of the others.

    One that somebody broke by hand must not stop what is done with all other feeds.
    """
    found: list[FeedConfig] = []
    broken: list[FeedName] = []
    for name, content in contents.items():
        try:
            found.append(parse(content))
        except BadInput:
            broken.append(name)
    return found, broken


def document_of(config: FeedConfig) -> dict[str, JsonValue]:
    """Return the configuration as plain values, without what is empty."""
    pruned = _pruned(config.model_dump(mode="json"))
    assert isinstance(pruned, dict)  # noqa: S101  a model always dumps to an object
    return pruned


def shape_findings(error: ValidationError) -> list[Finding]:
    """Return one finding per fault of shape, with its place as a JSON pointer."""
    return [
        Finding(
            code="SCH001",
            severity=FindingSeverity.ERROR,
            place=pointer(*fault["loc"]),
            sentence=f"`{'.'.join(str(step) for step in fault['loc']) or 'document'}`: "
            f"{fault['msg'][0].lower()}{fault['msg'][1:200]}.",
        )
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def pointer(*steps: str | int) -> str:
    """Return a JSON pointer (RFC 6901) to the place."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def parse_document(content: bytes) -> dict[str, JsonValue]:
    """Return the bytes as plain values.

    Raises:
        BadInput: Too large, not UTF-8, no YAML, or YAML of a kind that we do not take.
    """
    if len(content) > SIZE_LIMIT_BYTES:
        raise _refused(f"{len(content)} bytes", f"it is larger than {SIZE_LIMIT_BYTES // 1024**2} MiB")
    try:
        text = content.decode("utf-8", errors="strict")
        _check_events(text)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        raise _refused("not UTF-8", f"byte {error.start} is not UTF-8") from error
    except yaml.YAMLError as error:
        raise _refused(type(error).__name__, _yaml_place(error)) from error
    value = _value(node, 0) if node is not None else None
    if not isinstance(value, dict):
        raise _refused("no mapping", "it does not begin with named fields")
    return value


def _check_events(text: str) -> None:
    """Refuse aliases and depth before anything is composed: the composer recurses in C."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refused("anchor or alias", "anchors and aliases are not allowed")
        if getattr(event, "tag", None):
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise _refused("tag", f"line {line} carries a YAML tag")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH_LIMIT:
            raise _refused("too deep", f"it is nested more than {_DEPTH_LIMIT} levels deep")


def _value(node: yaml.Node, depth: int) -> JsonValue:
    if depth > _DEPTH_LIMIT:
        raise _refused("too deep", f"it is nested more than {_DEPTH_LIMIT} levels deep")
    if isinstance(node, yaml.MappingNode):
        if not _is_plain(node, "map"):
            raise _tagged(node)
        return dict(_members(node, depth))
    if isinstance(node, yaml.SequenceNode):
        if not _is_plain(node, "seq"):
            raise _tagged(node)
        return [_value(inner, depth + 1) for inner in node.value]
    if not isinstance(node, yaml.ScalarNode):
        raise _tagged(node)
    return _scalar(node)


def _members(node: yaml.MappingNode, depth: int) -> Iterator[tuple[str, JsonValue]]:
    seen: set[str] = set()
    for key, inner in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _refused("key is no text", f"line {key.start_mark.line + 1} has a name that is no text")
        if key.value in seen:
            line = key.start_mark.line + 1
            raise _refused("duplicate key", f"`{key.value[:60]}` stands twice, again in line {line}")
        seen.add(key.value)
        yield key.value, _value(inner, depth + 1)


def _scalar(node: yaml.ScalarNode) -> JsonValue:
    text: str = node.value
    if node.style:  # quoted or in a block; plain text has no style
        return text
    # PyYAML resolves an untagged plain scalar to one of these; what remains is an explicit tag.
    known = ("str", "bool", "int", "float", "null", "timestamp", "merge", "value")
    if node.tag not in {f"tag:yaml.org,2002:{name}" for name in known}:
        raise _tagged(node)
    if text in {"true", "false"}:
        return text == "true"
    if text in {"null", "~", ""}:
        return None
    return int(text) if _INTEGER.fullmatch(text) else text


def _is_plain(node: yaml.Node, kind: str) -> bool:
    return bool(node.tag == f"tag:yaml.org,2002:{kind}")


def _pruned(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        # The settings of a step or rule are the author's own names: nothing in there has a default.
        inner = {key: member if key == "values" else _pruned(member) for key, member in value.items()}
        return {key: member for key, member in inner.items() if not _goes_without_saying(key, member)}
    if isinstance(value, list):
        return [_pruned(member) for member in value]
    return value


def _goes_without_saying(key: str, member: JsonValue) -> bool:
    return member in (None, [], {}) or (key in _SILENT and member == _SILENT[key])


def _tagged(node: yaml.Node) -> BadInput:
    return _refused("tag", f"line {node.start_mark.line + 1} carries a YAML tag")


def _yaml_place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}, column {mark.column + 1} is no YAML" if mark else "it is no YAML"


def _refused(detail: str, why: str) -> BadInput:
    return BadInput(
        f"configuration refused: {detail}",
        say=f"I can't read this configuration: {why}.",
        next_step="Correct it, or take the configuration that I showed and change that.",
    )
