"""What may be shown of a model's answer while it is being written.

The answer is one JSON object. Its finished sentences count as they will in the end; the one under way is
shown word by word once the evidence that it cites stands there (it is asked for first) and exists, and
nothing in it could be an address or a command.
"""

import json
import re

_SUMMARY = re.compile(r'"summary"\s*:\s*\[')
_EVIDENCE = re.compile(r'"evidence"\s*:\s*(\[[^\[\]]*\])')
_TEXT = re.compile(r'"text"\s*:\s*"((?:[^"\\]|\\.)*)("?)')
_HARMLESS = re.compile(r"[\w\s.,;:'“”()%+=*-]*")
_ADDRESS = re.compile(r"(?i)\w:/|www\.|\w\.\w{2,}\b(?=/)")
_BETWEEN = " \t\r\n,"


def finished_and_under_way(said: str) -> tuple[list[object], list[str], str]:
    """Return the summary's finished entries, and of the one under way its evidence and whole words."""
    opening = _SUMMARY.search(said)
    if opening is None:
        return [], [], ""
    decoder, at = json.JSONDecoder(), opening.end()
    finished: list[object] = []
    while True:
        while at < len(said) and said[at] in _BETWEEN:
            at += 1
        if at >= len(said) or said[at] != "{":
            return finished, [], ""
        try:
            entry, at = decoder.raw_decode(said, at)
        except (ValueError, RecursionError):
            return finished, *_under_way(said[at:])
        finished.append(entry)


def _under_way(rest: str) -> tuple[list[str], str]:
    cited, text = _EVIDENCE.search(rest), _TEXT.search(rest)
    if cited is None or text is None:
        return [], ""
    words = text[1] if text[2] else text[1].rpartition(" ")[0]
    try:
        evidence, shown = json.loads(cited[1]), json.loads(f'"{words}"')
    except ValueError:
        return [], ""
    return [str(one) for one in evidence], str(shown)


def may_be_shown(words: str) -> bool:
    """Say whether words of an unfinished sentence may stand there: no sign in them could become a link."""
    return bool(_HARMLESS.fullmatch(words)) and not _ADDRESS.search(words)
