"""Make word sets from text, so that long lists stay readable in the code."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text that are parted by blanks or line ends."""
    return frozenset(text.split())
