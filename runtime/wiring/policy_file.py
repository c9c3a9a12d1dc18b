"""The approval policy as its file says now: every process reads it in this one way."""

import contextlib
import logging
import os
import secrets
import time
from pathlib import Path

import yaml
from pydantic import ValidationError

from domain.approval.policy import Policy, parse_policy
from domain.errors import DogwatchError
from domain.text.strict_yaml import read_yaml
from runtime.settings.errors import unreadable_yaml
from runtime.settings.house import Settings
from runtime.wiring.stores import SHIPPED

_SETTLED_SECONDS = 1.0
"""A file that was written a moment ago may be half there."""
_KEPT = "policy.json"
"""In the data folder: the policy that was in force last."""

log = logging.getLogger("dogwatch.policy")


def path_of_policy(settings: Settings) -> Path:
    """Return where the policy is: the house's own file, or the one we ship."""
    return Path(settings.policy_file) if settings.policy_file else SHIPPED / "policy.yaml"


def read_policy(settings: Settings) -> Policy:
    """Return the approval policy; raises `BadInput` when the file is not valid."""
    path = path_of_policy(settings)
    try:
        document = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise unreadable_yaml("policy file", path, error) from error
    return parse_policy(document)


class PolicyFile:
    """The policy in force: read anew when its file changes, so that processes do not differ.

    A change that is not valid, or a file that is gone, leaves the former policy in force, also at a start
    that comes later: an old slip of the pen must not keep a house from getting up again.

    Args:
        settings: Where the file and the data folder are.

    Raises:
        BadInput: The file is not valid at the start, and nothing was in force before.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = path_of_policy(settings)
        self._home = settings.data_dir.resolve()
        self.before = self._kept()
        """What was noted to be in force, by an earlier process too; None at the first start."""
        self.trouble = ""
        """Why the file can't be taken as it is now, in words; empty when it is in force."""
        mark = self.mark()
        try:
            policy = read_policy(settings)
        except DogwatchError as error:
            if self.before is None:
                raise
            policy = self.before
            self._complain(error)
        self._known = (mark, policy)

    def __call__(self) -> Policy:
        """Return the policy in force."""
        mark, policy = self._known
        now = self.mark()
        if now == mark or 0 <= time.time() - now[0] / 1e9 < _SETTLED_SECONDS:
            return policy
        try:
            policy = read_policy(self._settings)
        except DogwatchError as error:
            self._complain(error)
        else:
            self.trouble = ""
            log.info("the approval policy is version %s now", policy.version)
        self._known = (now, policy)
        return policy

    def mark(self) -> tuple[int, int, int]:
        """Return what differs when the file was written anew; zeros when it is gone."""
        try:
            found = os.stat(self._path)
        except OSError:
            return (0, 0, 0)
        return (found.st_mtime_ns, found.st_size, found.st_ino)

    def _complain(self, error: DogwatchError) -> None:
        self.trouble = error.sentence()
        log.error("the approval policy stays as it was, its file can't be taken: %s", error)

    def _kept(self) -> Policy | None:
        try:
            return Policy.model_validate_json((self._home / _KEPT).read_bytes())
        except (OSError, ValidationError):
            return None

    def keep(self, policy: Policy) -> None:
        """Note what is in force for later starts, once people were told: a crash must not hide a change."""
        if self.before == policy:
            return
        beside = self._home / f".{_KEPT}.{secrets.token_hex(4)}"
        try:
            beside.write_text(policy.model_dump_json(), encoding="utf-8")
            beside.replace(self._home / _KEPT)
            self.before = policy
        except OSError as error:  # a full disk: the policy holds all the same, only a later start knows less
            log.warning("the policy in force could not be noted: %s", error)
            with contextlib.suppress(OSError):
                beside.unlink()
