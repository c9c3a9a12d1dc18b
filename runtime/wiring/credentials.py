"""Credentials by name: settings name them, and no setting holds one."""

import os
from pathlib import Path
from typing import Any

from domain.errors import BadInput, OutsideTrouble
from remediation.broker.credentials import CredentialFiles
from runtime.settings.house import Settings

_SECRET = "secret://"  # noqa: S105  the form of a reference
_VARIABLE = "env://"
_OURS = "DOGWATCH_"
"""What begins so holds settings and keys of the house, and is no password of another system."""
_FOLDER = "credentials"


class NamedCredentials:
    """Fetches `secret://NAME` and `env://NAME`, from the environment or from a file of ours."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        folder = settings.watch.credentials_folder or settings.data_dir / _FOLDER
        self._files = CredentialFiles(Path(folder).resolve())

    def identity(self, credential: str) -> dict[str, Any]:  # Any: words that a driver takes
        """Return user and password that a reference names, as far as it holds them; empty for no reference.

        Raises:
            BadInput: There is none that can be used; it says why.
        """
        if not credential:
            return {}
        if credential.startswith(_VARIABLE):
            return {"password": self._of_environment(credential.removeprefix(_VARIABLE))}
        if not credential.startswith(_SECRET):
            raise BadInput(
                "credential of another kind",
                say=f"The credential {credential[:80]} is none that I can fetch.",
                next_step="Name one as secret://NAME: NAME in DOGWATCH_WATCH__CREDENTIALS, or a file of that"
                " name in watch.credentials_folder; or as env://NAME, with NAME in"
                " watch.credential_variables.",
            )
        name = credential.removeprefix(_SECRET)
        held = self._settings.watch.credentials.get(name)
        if held is not None:
            return {"password": held.get_secret_value()}
        try:
            found = self._files.fetch(name)
        except OutsideTrouble as error:
            why = error.say.split(": ", 1)[-1].split(". ", 1)[0]
            raise BadInput(
                f"credential {name}",
                say=f"I couldn't get the credential {name[:80]}: {why}.",
                next_step='Put {"user": "…", "secret": "…"} into a file of that name in'
                " watch.credentials_folder, readable by nobody else, or set DOGWATCH_WATCH__CREDENTIALS.",
            ) from error
        return {"user": found.user, "password": found.secret}

    def _of_environment(self, name: str) -> str:
        """Return a variable that an operator listed: no configuration chooses what is read of a process."""
        if name not in self._settings.watch.credential_variables or name.upper().startswith(_OURS):
            raise BadInput(
                f"variable {name[:80]} is not listed",
                say=f"I don't read the environment variable {name[:80]}: no operator listed it.",
                next_step="Add it to watch.credential_variables, or use secret://NAME.",
            )
        found = os.environ.get(name, "")
        if not found:
            raise BadInput(
                f"variable {name[:80]} is empty",
                say=f"The environment variable {name[:80]} is not set.",
                next_step="Set it where Dogwatch is started.",
            )
        return found
