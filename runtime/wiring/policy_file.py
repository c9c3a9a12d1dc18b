"""The approval policy as its file says now: every process reads it in this one way."""

import logging
import os
import time
from pathlib import Path

import yaml

from domain.errors import DogwatchError
from domain.policy import Policy, parse_policy
from runtime.settings import Settings
from runtime.settings_errors import unreadable_yaml
from runtime.wiring.stores import SHIPPED

_SETTLED_SECONDS = 1.0
"""A file that was written a moment ago may be half there."""

log = logging.getLogger("dogwatch.policy")


def path_of_policy(settings: Settings) -> Path:
    """Return where the policy is: the house's own file, or the one we ship."""
    return Path(settings.policy_file) if settings.policy_file else SHIPPED / "policy.yaml"


def read_policy(settings: Settings) -> Policy:
    """Return the approval policy; raises `BadInput` when the file is not valid."""
    path = path_of_policy(settings)
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise unreadable_yaml("policy file", path, error) from error
    return parse_policy(document)


class PolicyFile:
    """The policy in force: read anew when its file changes, so that processes do not differ.

    A change that is not valid, or a file that is gone, leaves the former policy in force and is logged.

    Raises:
        BadInput: The file is not valid at the start.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = path_of_policy(settings)
        self._known = (self._mark(), read_policy(settings))

    def __call__(self) -> Policy:
        """Return the policy in force."""
        mark, policy = self._known
        now = self._mark()
        if now == mark or 0 <= time.time() - now[0] / 1e9 < _SETTLED_SECONDS:
            return policy
        try:
            policy = read_policy(self._settings)
            log.info("the approval policy is version %s now", policy.version)
        except (DogwatchError, UnicodeError) as error:
            log.error("the approval policy stays as it was, its file can't be taken: %s", error)
        self._known = (now, policy)
        return policy

    def _mark(self) -> tuple[int, int, int]:
        try:
            found = os.stat(self._path)
        except OSError:
            return (0, 0, 0)
        return (found.st_mtime_ns, found.st_size, found.st_ino)
