"""Blocks of YAML below the name of a secret: all of their lines go, not only the word that they begin with.

Where a block ends is told by how far its lines are set in, which no pattern of one line can see.
"""

import re
from collections.abc import Callable

# A difference begins each line with its sign; the mark may name how far the block is set in, and how it ends.
_HEAD = re.compile(
    r"(?P<before>[+-]?[ \t]{0,200}(?:- {1,4})?)[\"']?[\w.-]{0,60}"
    r"(?i:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?"
    r"|_pass|_pw)"
    r"[\"']?[ \t]{0,4}:[ \t]{1,4}[|>][-+1-9]{0,2}[ \t]{0,20}(?:#.{0,200})?\r?"
)
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
    at = 0
    while at < len(lines):
        head = _HEAD.fullmatch(lines[at])
        at += 1
        if head is None:
            continue
        signs = 1 if lines[at - 1].startswith(("+", "-")) else 0
        end = _end_of_block(lines, at, len(head["before"]), signs)
        if _is_secret([line[signs:].split() for line in lines[at:end]], is_chosen):
            lines[at:end] = [_masked(line, mask, signs) for line in lines[at:end]]
        at = end
    return "\n".join(lines)


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


def _is_secret(lines: list[list[str]], is_chosen: Callable[[str], bool]) -> bool:
    """Tell whether a block is a value: it begins like one, or is told in single words of which one is."""
    told = [words for words in lines if words]
    if not told:
        return False
    if told[0][0].startswith(_FILLED_IN):
        return False
    are_single = all(len(words) == 1 for words in told)
    return is_chosen(told[0][0]) or (are_single and any(is_chosen(words[0]) for words in told))


def _indent(line: str, signs: int) -> int:
    if line[:signs].strip(" \t+-"):
        return 0  # no line of a difference
    return len(line) - len(line[signs:].lstrip(" \t"))


def _masked(line: str, mask: str, signs: int) -> str:
    return line[: _indent(line, signs)] + mask if line[signs:].strip() else line
