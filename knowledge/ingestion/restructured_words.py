"""reStructuredText inside a line: roles, links, commands and substitutions as Markdown writes them."""

import re
from collections.abc import Mapping

_HIDDEN = "\ue000{}\ue001"
_SHOW = re.compile("\ue000(\\d+)\ue001")
_LITERAL = re.compile(r"``(?P<said>[^\n]{1,1000}?)``(?!`)")
_ROLE = re.compile(r":(?P<role>[a-zA-Z][\w+.:-]{0,60}):`(?P<said>[^`]{1,1000})`")
_ROLE_BEHIND = re.compile(r"(?<![`\w])`(?P<said>[^`\n]{1,300})`:(?P<role>[a-zA-Z][\w+.-]{0,40}):")
_LINK = re.compile(r"(?<![`\w])`(?P<said>[^`<>]{0,500}?)\s*<(?P<to>[^<>`]{1,1000})>`__?(?!\w)")
_NAMED = re.compile(r"(?<![`\w])`(?P<said>[^`]{1,300})`__?(?!\w)")
_PLAIN = re.compile(r"(?<![`\w])`(?P<said>[^`\n]{1,300})`(?![`\w])")
_WORD = re.compile(r"(?<![\w`])(?P<said>[A-Za-z0-9][\w.-]{0,60}[A-Za-z0-9])__?(?![\w`])")
_SUBSTITUTED = re.compile(r"\|(?P<said>[^|\s](?:[^|\n]{0,100}[^|\s])?)\|(?:__?)?")
_FOOTNOTE = re.compile(r"(\[(?:\d{1,3}|#[\w-]{0,40}|\*)\])_(?!\w)")
_TITLED = re.compile(r"(?P<said>[^<>]{1,900}?)\s*<[^<>]{1,600}>")
_SHOWN_AS_CODE = """
    code literal file command program envvar option samp kbd regexp func class meth mod attr data exc const
    py:func py:class py:meth py:mod bash sh shell console yaml json sql
    """
_CODE_ROLES = frozenset(_SHOWN_AS_CODE.split())
_ANCHORS = frozenset({"ref", "numref", "doc", "any", "term", "std:ref", "std:doc", "external:ref"})


def line_as_markdown(text: str, known: Mapping[str, str]) -> str:
    """Return a paragraph's words; `known` holds substitutions (`|x|`) and the targets of named links."""
    kept: list[str] = []

    def hide(said: str) -> str:
        kept.append(said)
        return _HIDDEN.format(len(kept) - 1)

    def role(found: re.Match[str]) -> str:
        return hide(_of_role(found["role"].lower(), " ".join(found["said"].split())))

    text = _LITERAL.sub(lambda found: hide(_as_code(found["said"])), text)
    text = _ROLE_BEHIND.sub(role, _ROLE.sub(role, text))
    text = _LINK.sub(lambda found: hide(_link(" ".join(found["said"].split()), found["to"])), text)
    text = _NAMED.sub(lambda found: hide(_link(found["said"], known.get(_key(found["said"]), ""))), text)
    text = _PLAIN.sub(lambda found: hide(found["said"]), text)
    text = _SUBSTITUTED.sub(lambda found: known.get(f"|{found['said'].lower()}|", found[0]), text)
    text = _WORD.sub(
        lambda found: _link(found["said"], to) if (to := known.get(_key(found["said"]))) else found[0], text
    )
    text = re.sub(r"\\(\S)", r"\1", re.sub(r"\\\s", "", _FOOTNOTE.sub(r"\1", text)))
    return _SHOW.sub(lambda found: kept[int(found[1])] if int(found[1]) < len(kept) else "", text).strip()


def _key(said: str) -> str:
    return " ".join(said.lower().split())


def _as_code(said: str) -> str:
    return f"`{said}`" if "`" not in said else f"`` {said} ``"


def _link(said: str, to: str) -> str:
    address = to.strip()
    if not address.startswith(("https://", "http://")):
        return said or address.strip("_")
    return f"[{said}]({address})" if said and said != address else address


def _of_role(role: str, said: str) -> str:
    """Return what a role shows: commands as code, of a reference its words."""
    titled = _TITLED.fullmatch(said)
    words = titled["said"] if titled else said
    if role in _CODE_ROLES:
        return _as_code(words.lstrip("~!"))
    if titled is None and role in _ANCHORS:
        return re.sub(r"[-_/]+", " ", words.lstrip("~!/")).strip()
    return words.lstrip("~!").replace("&", "").strip() if role == "guilabel" else words
