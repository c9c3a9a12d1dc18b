"""Open the databases whose rows are compared: with a password that no setting holds, never in clear text."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from domain.errors import BadInput
from runtime.clear_text import SEALED_MODES
from runtime.private_hosts import is_ours_alone
from runtime.settings.house import Settings
from runtime.wiring.credentials import NamedCredentials

if TYPE_CHECKING:
    import psycopg

_CONNECT_SECONDS = 10
_STATEMENT_MS = 600_000


class DatabaseDoors:
    """Opens PostgreSQL for reading; passwords come by name, from the environment or from a file of ours."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = NamedCredentials(settings)

    @contextmanager
    def open(self, url: str, credential: str) -> Iterator["psycopg.Connection[Any]"]:
        """Yield a connection that may run ten minutes a statement and only reads.

        Raises:
            BadInput: The address or the credential can't be used; it says which and why.
        """
        import psycopg

        options = f"-c statement_timeout={_STATEMENT_MS}"
        given = self._names.identity(credential)
        self._refuse_clear_text(url)
        with psycopg.connect(
            _plain(url), connect_timeout=_CONNECT_SECONDS, options=options, **given
        ) as connection:
            yield connection

    def lacks(self, url: str, credential: str) -> str:
        """Return why a database can't be opened, as far as shows without asking it; empty for no reason."""
        try:
            self._names.identity(credential)
            self._refuse_clear_text(url)
        except BadInput as error:
            return error.sentence()
        return ""

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
            if not is_ours_alone(host, self._settings.private_hosts):
                raise BadInput(
                    f"clear text to {host}",
                    say=f"The database on {host[:80]} is on another machine, and its address asks for no"
                    " encryption.",
                    next_step="Add ?sslmode=verify-full to the address; or add the host to private_hosts, if"
                    " only your own processes are on the network between.",
                )


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")
