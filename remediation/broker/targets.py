"""Named targets: configuration that an operator owns. A plan can only name them, never describe them."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, TypeAdapter, ValidationError, field_validator

from domain.errors import BadInput, NotFound
from domain.remediation.plans import Frozen, Risk, Slug
from domain.remediation.runbooks import TargetKind, TargetSummary


class _Target(Frozen):
    name: Slug
    environment: Slug
    risk: Risk = Risk.MEDIUM
    serves: tuple[str, ...] = ()
    read_credential: str = ""
    write_credential: str = ""


class PostgresTarget(_Target):
    """A database. Give two roles: the read credential's must be unable to write, because dry runs use it."""

    kind: Literal[TargetKind.POSTGRES] = TargetKind.POSTGRES
    host: str
    port: int = 5432
    database: str
    is_encrypted: bool = True


class HttpTarget(_Target):
    """A service that speaks JSON over HTTP. The broker adds the credential as this header."""

    kind: Literal[TargetKind.HTTP] = TargetKind.HTTP
    base_url: str
    header: str = "Authorization"
    prefix: str = "Bearer "


class FilesTarget(_Target):
    """A folder. Nothing outside it can be named, and links are not followed."""

    kind: Literal[TargetKind.FILES] = TargetKind.FILES
    root: Path


class GitTarget(_Target):
    """One branch of one repository."""

    kind: Literal[TargetKind.GIT] = TargetKind.GIT
    repository: str
    branch: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._/-]{0,99}$")] = "main"

    @field_validator("repository")
    @classmethod
    def _holds_no_password(cls, repository: str) -> str:
        parts = urlsplit(repository)
        if parts.password or (parts.username and parts.scheme in ("http", "https")):
            raise ValueError("the address of a repository must hold no token: every command line shows it")
        return repository


class Verb(Frozen):
    """One command that the broker runs outside the sandbox.

    An argument such as `{instances}` is replaced as a whole and must match its pattern.
    """

    argv: tuple[str, ...] = Field(min_length=1)
    arguments: dict[str, str] = Field(default_factory=dict)
    is_change: bool = True
    timeout_seconds: int = 60


class ProcessTarget(_Target):
    """A program on this host with the only commands that may be given to it."""

    kind: Literal[TargetKind.PROCESS] = TargetKind.PROCESS
    verbs: dict[Slug, Verb]


class SshTarget(_Target):
    """A host with forced commands; each verb is what is asked for after `ssh host`."""

    kind: Literal[TargetKind.SSH] = TargetKind.SSH
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.@_-]{0,200}$")]
    known_hosts: Path
    verbs: dict[Slug, Verb]


class EgressTarget(_Target):
    """Exact hosts with ports, reached through a CONNECT proxy; private addresses only when listed."""

    kind: Literal[TargetKind.EGRESS] = TargetKind.EGRESS
    allowed: tuple[str, ...]
    private_allowed: tuple[str, ...] = ()


Target = Annotated[
    PostgresTarget | HttpTarget | FilesTarget | GitTarget | ProcessTarget | SshTarget | EgressTarget,
    Field(discriminator="kind"),
]
_LIST = TypeAdapter(list[Target])
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class Targets:
    """Every target of one environment by name."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._by_name = {target.name: target for target in targets}

    def get(self, name: str) -> Target:
        """Return the target.

        Raises:
            NotFound: This runner has no such target.
        """
        try:
            return self._by_name[name]
        except KeyError as error:
            raise NotFound(
                f"no target {name}",
                say="This runner has no target of that name, so the plan can't reach it.",
                next_step="An operator adds targets to the runner's configuration.",
            ) from error

    def definitions(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return by name where each target is and what may be done there, as plain values.

        Without what only planning goes by: a feed that it serves more leads nowhere else.

        Raises:
            NotFound: This runner has no such target.
        """
        found = {name: self.get(name) for name in names}
        # Without defaults: a field that a later release adds is no other address.
        return {
            name: {
                **target.model_dump(mode="json", exclude={"serves", "risk"}, exclude_defaults=True),
                "kind": target.kind.value,
            }
            for name, target in found.items()
        }

    def in_clear_text(self) -> tuple[tuple[str, str], ...]:
        """Return name and host of each service that would be sent its credential without encryption."""
        return tuple(
            (one.name, address.hostname or "")
            for one in self._by_name.values()
            if isinstance(one, HttpTarget) and (one.read_credential or one.write_credential)
            if (address := urlsplit(one.base_url)).scheme == "http"
        )

    def summaries(self) -> tuple[TargetSummary, ...]:
        """Return what planners may know, without addresses and credentials."""
        return tuple(
            TargetSummary(name=t.name, kind=t.kind, environment=t.environment, risk=t.risk, serves=t.serves)
            for t in sorted(self._by_name.values(), key=lambda target: target.name)
        )


def read_targets(text: str) -> Targets:
    """Parse a YAML list of targets.

    Raises:
        BadInput: It is not such a list; the sentence names the first place that does not fit.
    """
    import yaml  # heavy to import, and only configuration needs it

    from domain.text.strict_yaml import read_yaml

    try:
        listed = _LIST.validate_python(read_yaml(text) or [])
    except (yaml.YAMLError, ValidationError) as error:
        # Without what stood there: it may be a token in the wrong place.
        told = (
            error.errors(include_url=False, include_input=False) if isinstance(error, ValidationError) else ()
        )
        why = told[0]["msg"] if told else error
        raise BadInput(
            f"bad targets: {why}",
            say="The runner's list of targets can't be read.",
            next_step="See docs/runner.md.",
        ) from error
    names = [target.name for target in listed]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        # People approve a name: it must not depend on an order of lines what it means.
        raise BadInput(
            f"targets named twice: {', '.join(twice)}",
            say=f"The runner's list of targets has {twice[0]} twice.",
            next_step="Give each target a name of its own.",
        )
    return Targets(listed)


def filled_argv(verb: Verb, given: dict[str, str], spell: Callable[[str], str] = str) -> list[str] | None:
    """Return the command with its blanks filled; None when an argument is missing or does not match.

    `spell` writes a value so that whoever reads the command takes it for one word.
    """
    filled = []
    for word in verb.argv:
        found = _PLACEHOLDER.fullmatch(word)
        if found is None:
            filled.append(word)
            continue
        value = given.get(found[1])
        pattern = verb.arguments.get(found[1], r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
        if value is None or not re.fullmatch(pattern, value):
            return None
        filled.append(spell(value))
    return filled
