"""Mask known secrets in a stream of output, also where one is cut between two pieces."""

from collections.abc import Iterable

from domain.text.redaction import MASK, forms_of


class SecretRedactor:
    """Masks across piece borders, by holding back as much as the longest form of any secret."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in forms_of(secret)}
        self._forms = sorted(forms, key=len, reverse=True)
        self._hold = max((len(form) for form in self._forms), default=1) - 1
        self._held = ""

    def feed(self, text: str) -> str:
        """Return what is safe to show so far."""
        if not self._forms:
            return text
        whole = self.mask(self._held + text)
        border = max(len(whole) - self._hold, 0)
        self._held = whole[border:]
        return whole[:border]

    def flush(self) -> str:
        """Return the rest."""
        rest, self._held = self._held, ""
        return self.mask(rest)

    def mask(self, text: str) -> str:
        """Return the text with every form of every secret masked."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text
