"""AsciiDoc inside a line: links, commands, strong words and attributes as Markdown writes them."""

import re
from collections.abc import Mapping

_LONGEST_VALUE = 1_000
"""Attributes may hold attributes, each twice: what grows beyond this is no text."""
_ALWAYS = {
    "nbsp": " ", "sp": " ", "empty": "", "blank": "", "zwsp": "", "wj": "", "amp": "&", "lt": "<", "gt": ">",
    "startsb": "[", "endsb": "]", "vbar": "|", "caret": "^", "asterisk": "*", "tilde": "~", "backslash": "\\",
    "backtick": "`", "plus": "+", "apos": "'", "quot": '"', "lsquo": "\u2018", "rsquo": "\u2019",
    "ldquo": "\u201c", "rdquo": "\u201d", "deg": "\u00b0", "two-colons": "::", "two-semicolons": ";;",
}  # fmt: skip
_ATTRIBUTE = re.compile(r"(?<![\\$])\{([A-Za-z0-9_][\w-]{0,60})\}")
_HIDDEN = "\ue000{}\ue001"
_SHOW = re.compile("\ue000(\\d+)\ue001")
_VERBATIM = re.compile(
    r"``(?P<two>[^`\n]+)``|`\+?(?P<one>[^`\n]+?)\+?`|\+\+\+(?P<three>[^+\n]+)\+\+\+"
    r"|pass:[a-z,]{0,20}\[(?P<passed>[^\]\n]{0,2000})\]"
)
_LINKED = re.compile(
    r"(?:link:)?(?:\+\+)?\b(?P<url>https?://[^\s\[\]<>]{1,2000}?)(?:\+\+)?\[(?P<said>[^\]\n]{0,500})\]"
)
_LINK = re.compile(r"\b(?:link|xref|mailto):(?P<to>[^\s\[\]]{1,500})\[(?P<said>[^\]\n]{0,500})\]")
_REFERENCE = re.compile(r"<<(?P<to>[^<>,\n]{1,200})(?:,(?P<said>[^<>\n]{0,300}))?>>")
_SAID = re.compile(r"\b(?:kbd|btn|stem|latexmath|asciimath):\[(?P<said>[^\]\n]{0,300})\]")
_MENU = re.compile(r"\bmenu:(?P<first>[^\[\]\n]{1,60})\[(?P<said>[^\]\n]{0,200})\]")
_FOOTNOTE = re.compile(r"\bfootnote(?:ref)?:[\w-]{0,60}\[(?P<said>[^\]\n]{0,1000})\]")
_GONE = re.compile(
    r"\b(?:image|icon|anchor|indexterm2?):[^\s\[\]]{0,300}\[[^\]\n]{0,500}\]|\[\[[^\[\]\n]{1,200}\]\]"
    r"|\(\(\([^()\n]{1,200}\)\)\)"
)
_INDEXED = re.compile(r"\(\(([^()\n]{1,200})\)\)")
_MARKED = re.compile(r"\[[.#][\w.#%-]{1,80}\](#{1,2}|\*|_|`)(?=\S)([^#*_`\n]{1,300})\1")
_STRONG = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*]{1,600})(?<=\S)\*(?![\w*])")
_CURLED = (('"`', '"'), ('`"', '"'), ("'`", "'"), ("`'", "'"))


def with_attributes(text: str, known: Mapping[str, str]) -> str:
    """Return a text with the attributes that are known filled in; others stay, as placeholders do."""

    def value(found: re.Match[str]) -> str:
        name = found[1].lower()
        return known.get(name, _ALWAYS.get(name, found[0]))

    return _ATTRIBUTE.sub(value, text).replace("\\{", "{")


def attribute_value(text: str, known: Mapping[str, str]) -> str:
    """Return what an attribute stands for, bounded."""
    return with_attributes(text.strip(), known)[:_LONGEST_VALUE]


def line_as_markdown(text: str) -> str:
    """Return a paragraph's words; commands are left as they stand."""
    kept: list[str] = []

    def hide(said: str) -> str:
        kept.append(said)
        return _HIDDEN.format(len(kept) - 1)

    def verbatim(found: re.Match[str]) -> str:
        if found["passed"] is not None or found["three"] is not None:
            return hide(found["passed"] or found["three"] or "")
        return hide(f"`{found['two'] or found['one']}`")

    for curled, straight in _CURLED:
        text = text.replace(curled, straight) if text.count(curled) else text
    text = _VERBATIM.sub(verbatim, text)
    text = _LINKED.sub(lambda found: _link(found["url"], found["said"]), text)
    text = _LINK.sub(lambda found: _said(found["said"]) or found["to"], text)
    text = _REFERENCE.sub(lambda found: (found["said"] or _readable(found["to"])).strip(), text)
    text = _MENU.sub(lambda found: f"{found['first']} > {found['said']}".rstrip(" >"), text)
    text = _SAID.sub(lambda found: found["said"], text)
    text = _FOOTNOTE.sub(lambda found: f" ({found['said']})" if found["said"] else "", text)
    text = _INDEXED.sub(r"\1", _GONE.sub("", text))
    text = _STRONG.sub(r"**\1**", _MARKED.sub(r"\2", text))
    text = re.sub(r"(?m)(?<= )\+$", "", text)
    return _SHOW.sub(lambda found: kept[int(found[1])] if int(found[1]) < len(kept) else "", text).rstrip()


def _said(text: str) -> str:
    """Return the words of a link, without what else stands in its brackets."""
    return text.partition(",window=")[0].partition(",role=")[0].strip().strip('"').rstrip("^").strip()


def _link(url: str, said: str) -> str:
    words = _said(said)
    return f"[{words}]({url})" if words and words != url else url


def _readable(target: str) -> str:
    return re.sub(r"[-_]+", " ", target.rpartition("#")[2].removesuffix(".adoc")).strip()
