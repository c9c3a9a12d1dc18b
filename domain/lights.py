"""How a feed is, as a light, and the words that people read in place of its colour."""

from enum import StrEnum


class Light(StrEnum):
    """Red: trouble is there. Yellow: it is likely, or the feed is running late. Green: neither. Grey: nobody
    can know, since it has not run yet, or only its history was imported."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    GREY = "grey"

    @property
    def words(self) -> str:
        """Return what people read in place of a colour."""
        return _WORDS[self]


_WORDS = {
    Light.RED: "in trouble",
    Light.YELLOW: "at risk",
    Light.GREEN: "fine",
    Light.GREY: "no news",
}
