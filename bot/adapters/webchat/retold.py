"""What the desk said to an act, said again when the page sends the act again because the answer got lost."""

from bot.cards.model import Reply

_MOST = 256


class Retold:
    """Keeps of the newest acts what only their answer says: a dialog, and what is wrong with inputs.

    Whispers and cards come to the page by themselves, however often its connection breaks.
    """

    def __init__(self) -> None:
        self._kept: dict[str, Reply] = {}

    def reply(self, key: str, said: Reply) -> Reply:
        """Return what is answered to an act, by its key, when the desk says this now.

        To an act that is done the desk has nothing to say: then it is what it said the first time.
        """
        if said.dialog is not None or said.input_errors:
            self._kept[key] = said
            if len(self._kept) > _MOST:
                del self._kept[next(iter(self._kept))]
        return said if said != Reply() else self._kept.get(key, said)
