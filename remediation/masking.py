"""Mask known secrets in a stream of output, also where one is cut between two pieces."""

from collections.abc import Iterable

from domain.text.redaction import MASK, forms_of, mask_shapes

_LONGEST_SWALLOWED = 16_384


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


class LineMasker:
    """Masks what looks like a secret in lines that come one by one, each beside what came before it.

    A password may stand in the line below its name, and a key over many lines.
    """

    def __init__(self) -> None:
        self._before = ""

    def mask(self, line: str) -> str:
        """Return the next line as people may read it."""
        whole = f"{self._before}\n{line}"
        told = mask_shapes(whole)
        if told.count("\n") > mask_shapes(self._before).count("\n"):
            self._before = line
            return told.rpartition("\n")[2]
        # One secret took the border between the lines: until it ends, all of it stays hidden.
        self._before = whole if len(whole) <= _LONGEST_SWALLOWED else line
        return MASK
