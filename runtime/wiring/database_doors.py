"""Open the databases whose rows are compared: with a password that no setting holds, never in clear text."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.errors import BadInput, OutsideTrouble
from remediation.broker.credentials import CredentialFiles
from runtime.clear_text import SEALED_MODES, is_of_this_machine
from runtime.settings import Settings

if TYPE_CHECKING:
    import psycopg

_CONNECT_SECONDS = 10
_STATEMENT_MS = 600_000
_SECRET = "secret://"  # noqa: S105  the form of a reference
_VARIABLE = "env://"
_OURS = "DOGWATCH_"
"""What begins so holds settings and keys of the house, and is no password of a database."""
_FOLDER = "credentials"


class DatabaseDoors:
    """Opens PostgreSQL for reading; passwords come by name, from the environment or from a file of ours."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        folder = settings.watch.credentials_folder or settings.data_dir / _FOLDER
        self._files = CredentialFiles(Path(folder).resolve())

    @contextmanager
    def open(self, url: str, credential: str) -> Iterator["psycopg.Connection[Any]"]:
        """Yield a connection that may run ten minutes a statement and only reads.

        Raises:
            BadInput: The address or the credential can't be used; it says which and why.
        """
        import psycopg

        options = f"-c statement_timeout={_STATEMENT_MS}"
        given = self._identity(credential)
        self._refuse_clear_text(url)
        with psycopg.connect(
            _plain(url), connect_timeout=_CONNECT_SECONDS, options=options, **given
        ) as connection:
            yield connection

    def lacks(self, url: str, credential: str) -> str:
        """Return why a database can't be opened, as far as shows without asking it; empty for no reason."""
        try:
            self._identity(credential)
            self._refuse_clear_text(url)
        except BadInput as error:
            return error.sentence()
        return ""

    def _identity(self, credential: str) -> dict[str, Any]:
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

    def _refuse_clear_text(self, url: str) -> None:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict

        try:
            told = {name: str(value) for name, value in conninfo_to_dict(_plain(url)).items()}
        except psycopg.ProgrammingError as error:
            raise BadInput(
                "database address",
                say="The address of a database can't be read.",
                next_step="Write it as postgresql://user@host/database.",
            ) from error
        if told.get("sslmode", "") in SEALED_MODES:
            return
        for host in told.get("host", "").split(","):
            if not is_of_this_machine(host) and host not in self._settings.private_hosts:
                raise BadInput(
                    f"clear text to {host}",
                    say=f"The database on {host[:80]} is on another machine, and its address asks for no"
                    " encryption.",
                    next_step="Add ?sslmode=verify-full to the address; or add the host to private_hosts, if"
                    " only your own processes are on the network between.",
                )


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")
