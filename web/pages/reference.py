"""The reference of the REST interface as a page, read off its OpenAPI document: paths, parameters, shapes."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.counting import in_series
from domain.identity.access import Act, require
from domain.identity.web_access import sign_in_for
from web.services import WebServices

Part = Mapping[str, Any]  # Any: a piece of a JSON document
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "object": "object",
}
_FORMATS = {"date-time": "moment", "date": "day"}
_FIELD = re.compile(r"^\s{0,12}([a-z_][a-z0-9_]*): (.*)$")


@dataclass(frozen=True)
class Kind:
    """What a value is: words, and the shapes that they name."""

    words: str
    shapes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """One parameter, or one field of a shape."""

    name: str
    kind: Kind
    told: str = ""
    limits: str = ""
    where: str = ""
    is_needed: bool = False


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked."""

    anchor: str
    method: str
    path: str
    summary: str
    parameters: tuple[Field, ...]
    answer: Kind
    example: str


@dataclass(frozen=True)
class Shape:
    """An object or a list of words that answers are made of."""

    name: str
    told: str
    fields: tuple[Field, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
    """All of it, in the order of the document."""

    title: str
    version: str
    summary: str
    operations: tuple[Operation, ...]
    refusals: tuple[tuple[str, str], ...]
    """Status and reason of what any operation may refuse with."""
    shapes: tuple[Shape, ...]


def reference_page(
    services: WebServices, describe: Callable[[], Part], page: Callable[..., Response]
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of the page: for people who are signed in, others are asked to."""

    async def endpoint(request: Request) -> Response:
        visitor = await services.visitors.by_session(request)
        if visitor is None:
            return RedirectResponse(sign_in_for(request.url.path, request.url.query), status_code=303)
        require(visitor.person, Act.SEE_FEEDS)
        told = read(describe(), f"{request.url.scheme}://{request.url.netloc}")
        return page("reference.html", visitor, reference=told)

    return endpoint


def read(document: Part, address: str = "") -> Reference:
    """Return an OpenAPI document as what a page shows; `address` is where examples are sent to."""
    info, shapes = document["info"], document.get("components", {}).get("schemas", {})
    base = address + next((str(one["url"]) for one in document.get("servers", [])), "")
    operations = [
        _operation(method, path, one, base)
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    ]
    return Reference(
        title=info["title"],
        version=info["version"],
        summary=info.get("summary", ""),
        operations=tuple(operations),
        refusals=_refusals(document["paths"]),
        shapes=tuple(_shape(name, one) for name, one in sorted(shapes.items())),
    )


def _refusals(paths: Part) -> tuple[tuple[str, str], ...]:
    answers = [one.get("responses", {}) for methods in paths.values() for one in methods.values()]
    found = {code: told.get("description", "") for one in answers for code, told in one.items()}
    return tuple((code, why) for code, why in sorted(found.items()) if code >= "400")


def _operation(method: str, path: str, told: Part, base: str) -> Operation:
    parameters = tuple(_parameter(one) for one in told.get("parameters", []))
    return Operation(
        anchor=f"{method}-{re.sub(r'[^a-z0-9]+', '-', path.lower()).strip('-')}",
        method=method.upper(),
        path=path,
        summary=told.get("summary", ""),
        parameters=parameters,
        answer=_kind(_schema_of(told.get("responses", {}).get("200", {}))),
        example=_example(base + path, parameters),
    )


def _example(url: str, parameters: Sequence[Field]) -> str:
    for one in parameters:
        url = url.replace(f"{{{one.name}}}", f"<{one.name}>")
    return f'curl -H "Authorization: Bearer $KEY" "{url}"'


def _schema_of(answer: Part) -> Part:
    schema: Part = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def _parameter(told: Part) -> Field:
    schema = told.get("schema", {})
    return Field(
        name=told["name"],
        kind=_kind(schema),
        told=told.get("description", ""),
        limits=_limits(schema),
        where="part of the path" if told["in"] == "path" else told["in"],
        is_needed=bool(told.get("required")),
    )


def _shape(name: str, told: Part) -> Shape:
    said, of_fields = _split(told.get("description", ""))
    fields = tuple(
        Field(
            name=field,
            kind=_kind(one),
            told=one.get("description", "") or of_fields.get(field, ""),
        )
        for field, one in told.get("properties", {}).items()
    )
    return Shape(name, said, fields, tuple(str(one) for one in told.get("enum", ())))


def _split(description: str) -> tuple[str, dict[str, str]]:
    """Return what is said of a shape, and of its fields where the text lists them as *Attributes*."""
    said, _, listed = description.partition("Attributes:")
    fields: dict[str, str] = {}
    last = ""
    for line in listed.splitlines():
        if found := _FIELD.match(line):
            last = found.group(1)
            fields[last] = found.group(2).strip()
        elif last and line.strip():
            fields[last] += f" {line.strip()}"
    return " ".join(said.split()).replace("`", ""), {name: s.replace("`", "") for name, s in fields.items()}


def _kind(schema: Part) -> Kind:
    """Return in words what a value may be."""
    if ref := schema.get("$ref"):
        name = str(ref).rpartition("/")[2]
        return Kind(name, (name,))
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            kinds = [_kind(one) for one in schema[choice]]
            words = list(dict.fromkeys(kind.words for kind in kinds))
            return Kind(in_series(words, "or"), tuple(name for kind in kinds for name in kind.shapes))
    if schema.get("type") == "array":
        inner = _kind(schema.get("items", {}))
        return Kind(f"list of {inner.words}", inner.shapes)
    if isinstance(schema.get("additionalProperties"), dict):
        inner = _kind(schema["additionalProperties"])
        return Kind(f"object of {inner.words} by name", inner.shapes)
    if "const" in schema:
        return Kind(str(schema["const"]))
    return Kind(_FORMATS.get(schema.get("format", ""), _WORDS.get(schema.get("type", ""), "anything")))


def _limits(schema: Part) -> str:
    """Return the bounds of a value and what counts when it is left out."""
    said = []
    if "minimum" in schema and "maximum" in schema:
        said.append(f"{schema['minimum']} to {schema['maximum']}")
    if "maxLength" in schema:
        said.append(f"at most {schema['maxLength']} characters")
    default = schema.get("default")
    if default not in (None, "", [], {}):
        said.append(f"{str(default).lower() if isinstance(default, bool) else default} when left out")
    return ", ".join(said)
