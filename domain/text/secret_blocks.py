"""Blocks of YAML below the name of a secret: all of their lines go, not only the word that they begin with.

Where a block ends is told by how far its lines are set in, which no pattern of one line can see.
"""

import re
from collections.abc import Callable, Iterable

# A difference begins each line with its sign; the mark may name how far the block is set in, and how it ends.
_HEAD = re.compile(
    r"(?P<before>[+-]?[ \t]{0,200}(?:- {1,4})?)[\"']?[\w.-]{0,60}"
    r"(?i:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?"
    r"|_pass|_pw)"
    r"[\"']?[ \t]{0,4}:[ \t]{1,4}[|>][-+1-9]{0,2}[ \t]{0,20}(?:#.{0,200})?\r?"
)
_HUNK = re.compile(r"^@@ -\d", re.M)
_EMPTY_LINES = 5
_FILLED_IN = ("$", "`", "<", "{", "•")
"""What a shell or a template fills in, and what is masked already."""
MARKS = (": |", ": >", ":\t|", ":\t>", ":  |", ":  >")


def mask_blocks(text: str, mask: str, is_chosen: Callable[[str], bool]) -> str:
    """Return the text without the blocks that stand below the name of a secret.

    A block of prose stays: what a key is for may be told in one below a name like `token`.

    Args:
        text: Any text.
        mask: Stands for each line of a block.
        is_chosen: Tells a value from a word of prose.
    """
    lines = text.split("\n")
    is_difference = bool(_HUNK.search(text))
    at = 0
    while at < len(lines):
        head = _HEAD.fullmatch(lines[at])
        at += 1
        if head is None:
            continue
        signs = _signs(lines, at, is_difference)
        end = _end_of_block(lines, at, len(head["before"]), signs)
        # What was and what is stand for themselves; what is no value may hold the head of one.
        parts = [[one for one in lines[at:end] if not one.startswith(other)] for other in ("+", "-")]
        if any(_is_secret((line[signs:].split() for line in part), is_chosen) for part in parts):
            lines[at:end] = [_masked(line, mask, signs) for line in lines[at:end]]
            at = end
    return "\n".join(lines)


def _signs(lines: list[str], start: int, is_difference: bool) -> int:
    """Return how many letters before the text of each line tell what a difference does with it."""
    if lines[start - 1].startswith(("+", "-")):
        return 1
    # A name that stays while its block is replaced.
    follows = next((line for line in lines[start : start + _EMPTY_LINES] if line.strip()), "")
    is_replaced = is_difference or follows.startswith(("+", "-"))
    return 1 if is_replaced and lines[start - 1].startswith(" ") else 0


def _end_of_block(lines: list[str], start: int, column: int, signs: int) -> int:
    """Return the line behind the last that is set in deeper than the name; empty ones belong to a block."""
    end = at = start
    while at < len(lines):
        is_empty = not lines[at][signs:].strip()
        if not is_empty and _indent(lines[at], signs) <= column:
            break
        at += 1
        end = end if is_empty else at
    return end


def _is_secret(lines: Iterable[list[str]], is_chosen: Callable[[str], bool]) -> bool:
    """Tell whether a block is a value: it begins like one, or is told in single words of which one is."""
    is_first, is_told = True, False
    for words in filter(None, lines):
        if is_first and words[0].startswith(_FILLED_IN):
            return False
        if is_first and is_chosen(words[0]):
            return True
        if len(words) > 1:
            return False
        is_first, is_told = False, is_told or is_chosen(words[0])
    return is_told


def _indent(line: str, signs: int) -> int:
    if line[:signs].strip(" \t+-"):
        return 0  # no line of a difference
    return len(line) - len(line[signs:].lstrip(" \t"))


def _masked(line: str, mask: str, signs: int) -> str:
    return line[: _indent(line, signs)] + mask if line[signs:].strip() else line
