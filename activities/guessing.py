"""Ask a language model what columns mean while a person answers the questions that no sample can."""

import threading

from domain.configuration.changes import ChangeKind, ChangeState
from domain.configuration.profiles import SampleProfile
from domain.ids import PersonId, RequestId
from domain.ports.blobs import BlobStore
from domain.ports.configurator import Configurator
from domain.ports.transactions import Opening

_LOOKS_AGAIN = 0.5
"""Seconds; so long a person who answered waits at most for a model that has not."""


class Guessing:
    """Keeps with the change what the model said, if it said it in time."""

    def __init__(
        self, configurator: Configurator, blobs: BlobStore, *, reading: Opening, writing: Opening
    ) -> None:
        self._configurator = configurator
        self._blobs = blobs
        self._reading = reading
        self._writing = writing

    def while_asking(self, change: RequestId, asker: PersonId, profile: SampleProfile) -> None:
        """Wait for the model until `asker` has answered; the configuration is built without it then."""
        said: list[str] = []
        thread = threading.Thread(
            target=lambda: said.append(self._configurator.guess(profile, asker)),
            name="guessing",
            daemon=True,
        )
        thread.start()
        while thread.is_alive():
            thread.join(_LOOKS_AGAIN)
            if thread.is_alive() and not self._is_asking(change):
                return
        if said and said[0]:
            self._keep(change, said[0])

    def _is_asking(self, change: RequestId) -> bool:
        with self._reading() as uow:
            current = uow.changes.get(change)
        return current.state is ChangeState.ASKING and current.kind is ChangeKind.ONBOARD

    def _keep(self, change: RequestId, said: str) -> None:
        blob = self._blobs.put(said.encode())
        with self._writing() as uow:
            uow.changes.save(uow.changes.get(change).model_copy(update={"guesses": blob}))
