"""Shorten a passage to what a card holds, without cutting a command, a table row or a warning in two.

What is left out is marked: somebody follows these lines during trouble, and a step that silently is not there
is worse than none.
"""

import re
from collections.abc import Sequence

from knowledge.fences import fence_after, fence_of
from knowledge.words import terms

LEFT_OUT = "…"
_STEP = re.compile(r"(?i)^\s*(?:\*\*|__)?(?:step\s+)?\d{1,2}[.):](?:\*\*|__)?\s")
_ITEM = re.compile(r"^\s*(?:[-*+\u2022]|\d{1,2}[.)])\s")
_WARNS = re.compile(
    r"(?i)\b(?:do not|don['\u2019]t|never|must not|warning|caution|danger|attention)\b|\b(?:DO )?NOT\b"
)
FORBIDS = re.compile(
    r"(?i)\b(?:do not|don['\u2019]t|must not|(?:is|are) not allowed)\b|\bnever [a-z]+\b(?<!ed)"
    r"|\*\*(?:warning|caution|danger)"
)
_TABLE_RULE = re.compile(r"^(?=[^-]*-)[\s:|+-]+$")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)\s+(?=[^\sa-z])")
_LEAST_STEPS = 2
_MOST_WARNINGS = 2
_LONGEST_WARNING = 220
_LEAST_PART = 160
"""Less of a block than this tells nobody anything."""


def shortened(text: str, question: str, most: int) -> str:
    """Return the part of a text that meets a question, in whole lines, at most so many characters.

    It begins with the block that holds most of the question's words, numbered steps with the first one, and
    warnings of what is left out stand before it.
    """
    blocks = _blocks(text)
    wanted = set(terms(question))
    weight = [_weight(block, wanted) for block in blocks]
    first = 0 if _are_steps(blocks) else max(range(len(blocks)), key=lambda n: (weight[n], -n))
    room = most - 2 * len(LEFT_OUT) - 4
    chosen: dict[int, str] = {first: _block_within(blocks[first], wanted, room)}
    last = first + 1
    while last < len(blocks) and _size(chosen) + len(blocks[last]) + 2 <= room:
        chosen[last] = blocks[last]
        last += 1
    if last < len(blocks) and (left := room - _size(chosen) - 2) >= _LEAST_PART:
        chosen[last] = _block_within(blocks[last], set(), left)
    warned = [n for n, block in enumerate(blocks) if n not in chosen and _warns(block)][:_MOST_WARNINGS]
    if first and _leads(blocks[first - 1]):
        warned = [first - 1, *(n for n in warned if n != first - 1)][:_MOST_WARNINGS]
    for n in warned:
        said = _sentences_within(blocks[n], wanted, _LONGEST_WARNING)
        while _size(chosen) + len(said) + 2 > room and (more := set(chosen).difference(warned, [first])):
            del chosen[max(more)]
        if (left := room - _size(chosen) + len(chosen[first]) - len(said) - 2) > len(said):
            chosen[first] = _block_within(blocks[first], wanted, min(left, len(chosen[first])))
        if _size(chosen) + len(said) + 2 <= room:
            chosen[n] = said
    return _joined(chosen, len(blocks))


def has_steps(text: str) -> bool:
    """Tell whether a text tells what to do: numbered steps, or commands."""
    return _are_steps([text]) or any(map(fence_of, text.split("\n")))


def warnings_of(text: str, longest: int) -> list[str]:
    """Return the sentences of a text that forbid or warn, commands left out, each at most so long."""
    said = [
        sentence.strip()
        for block in _blocks(text)
        if not fence_of(block)
        for line in block.split("\n")
        for sentence in _SENTENCE_ENDS.split(line.lstrip("> "))
    ]
    return [sentence for sentence in said if len(sentence) <= longest and FORBIDS.search(sentence)]


def _size(chosen: dict[int, str]) -> int:
    return sum(len(block) + 2 for block in chosen.values())


def _joined(chosen: dict[int, str], blocks: int) -> str:
    """Return what was chosen in its order, with a mark wherever something between is missing."""
    parts: list[str] = []
    before = -1
    for n in sorted(chosen):
        parts += [LEFT_OUT] if n != before + 1 else []
        parts.append(chosen[n])
        before = n
    parts += [LEFT_OUT] if before != blocks - 1 and not parts[-1].endswith(LEFT_OUT) else []
    return "\n\n".join(parts)


def _weight(block: str, wanted: set[str]) -> int:
    return len(wanted & set(terms(block)))


def _warns(block: str) -> bool:
    return not fence_of(block) and _WARNS.search(block) is not None


def _leads(text: str) -> bool:
    """Tell whether a line or block says what those below are, such as “Never do any of these:”."""
    return text.rstrip().rstrip("*_").endswith(":")


def _are_steps(blocks: Sequence[str]) -> bool:
    return sum(1 for block in blocks for line in block.split("\n") if _STEP.match(line)) >= _LEAST_STEPS


def _blocks(text: str) -> list[str]:
    """Return what empty lines part; a code block is one whatever stands in it."""
    blocks: list[list[str]] = [[]]
    fence = ""
    for line in text.split("\n"):
        before, fence = fence, fence_after(line, fence)
        if fence and not before and blocks[-1]:
            blocks.append([])
        if line.strip() or before:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
        if before and not fence:
            blocks.append([])
    return ["\n".join(lines) for lines in blocks if lines] or [text]


def _block_within(block: str, wanted: set[str], most: int) -> str:
    """Return a block, or the part of it that meets what is wanted best, in whole lines."""
    if len(block) <= most:
        return block
    lines = block.split("\n")
    if fence_of(lines[0]):
        ends = lines[-1] if len(lines) > 1 and fence_of(lines[-1]) else lines[0].strip()[:3]
        # From its first line on: what stands above a command, such as another folder, tells what it does.
        kept = _lines_within(lines[1:-1], set(), most - len(lines[0]) - len(ends) - 8)
        return "\n".join([lines[0], *kept, ends])
    if len(lines) > 2 and lines[0].lstrip().startswith("|") and _TABLE_RULE.match(lines[1]):
        return "\n".join(
            [*lines[:2], *_rows_within(lines[2:], wanted, most - len(lines[0]) - len(lines[1]) - 6)]
        )
    in_order = _are_steps([block])
    is_prose = not in_order and not any(map(_ITEM.match, lines)) and _SENTENCE_ENDS.search(block)
    if len(lines) > 1 and max(map(len, lines)) <= most - 8 and not is_prose:
        return "\n".join(_lines_within(lines, set() if in_order else wanted, most - 4))
    return _sentences_within(block, wanted, most, from_first=in_order)


def _lines_within(lines: Sequence[str], wanted: set[str], most: int) -> list[str]:
    """Return running lines from the first that meets most, with marks where others are left out.

    The line that says what it is one of stays above it: an item below “Never:” alone says the contrary.
    """
    weight = [_weight(line, wanted) for line in lines]
    first = max(range(len(lines)), key=lambda n: (weight[n], -n), default=0)
    if any(map(_ITEM.match, lines[:first])):
        first = next(n for n in range(first, -1, -1) if _ITEM.match(lines[n]) or _leads(lines[n]))
    leads = next((n for n in range(first - 1, -1, -1) if _leads(lines[n])), first)
    kept = [LEFT_OUT] if leads else []
    kept += [lines[leads]] if leads < first else []
    kept += [LEFT_OUT] if first - leads > 1 else []
    size = sum(len(line) + 1 for line in kept) + len(LEFT_OUT) + 1
    for line in lines[first:]:
        size += len(line) + 1
        if size > most:
            return [*kept, LEFT_OUT]
        kept.append(line)
    return kept


def _rows_within(rows: Sequence[str], wanted: set[str], most: int) -> list[str]:
    """Return the rows of a table that meet most, in their order."""
    weight = [_weight(row, wanted) for row in rows]
    best = max(weight)
    kept: list[int] = []
    size = 0
    for n in sorted((n for n in range(len(rows)) if weight[n] == best), key=lambda n: n):
        size += len(rows[n]) + 1
        if size > most:
            break
        kept.append(n)
    shown = [rows[n] for n in kept]
    return shown if len(shown) == len(rows) else [*shown, "", LEFT_OUT]


def _sentences_within(text: str, wanted: set[str], most: int, *, from_first: bool = False) -> str:
    """Return running sentences from the first that meets most; one that is too long ends between words."""
    if len(text) <= most:
        return text
    said = _SENTENCE_ENDS.split(text)
    weight = [_weight(sentence, wanted) + bool(_WARNS.search(sentence)) for sentence in said]
    first = 0 if from_first else max(range(len(said)), key=lambda n: (weight[n], -n))
    kept = ""
    for sentence in said[first:]:
        if len(kept) + len(sentence) + 3 > most:
            break
        kept = f"{kept} {sentence}" if kept else sentence
    if not kept:
        room = most - 4
        kept = said[first][:room].rpartition(" ")[0] or said[first][:room]
    before = f"{LEFT_OUT} " if first else ""
    return f"{before}{kept} {LEFT_OUT}"[:most]
