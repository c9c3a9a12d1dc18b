"""What is asked of a feed that a command answers: its configuration, its columns, ways out of its trouble."""

import re

from bot.question_words import NO_ORDER

_MENDS = r"restart|re-?run|re-?try|re-?load|re-?play|repair|mend|backfill"
_NOT_TO = (
    r"(?:don['\u2019]?t|do not|never|should(?:n['\u2019]?t| not)|must(?:n['\u2019]?t| not)"
    r"|no need to|cancel|no)"
    rf"(?: (?:ever|you|we|just|even|please|yet|again|now|to|the|an?))* (?:{_MENDS})\b"
)
_REFUSED = re.compile(rf"(?i)\b{_NOT_TO}")
"""Says of an act that it is not to be: "no, don't restart it until Monday" begins no plan."""
_MENDS_IT = re.compile(rf"(?i)\b(?:{_MENDS}) (?:the )?(?:feed )?$")
OF_FEED = tuple(
    (re.compile(rf"(?i)\b(?:{words})\b"), command)
    for words, command in (
        (
            r"(?:(?:can|may|could|should|shall|must) (?:i|we|you)(?: please)?"
            r"|(?<!did )(?:i|we)(?:'d| would)? (?:want|like|need|have) to) (?:change|edit|adjust|modify)"
            r"|^(?:change|edit|adjust|modify)\b(?! (?:history|log|requests?|records?|dates?|times?)\b)",
            "config {feed} edit",
        ),
        (_MENDS, "fix {feed}"),
        (
            r"compare|reconcil\w*|match(?:es|ed)? (?:the |its |their )?(?:source|target|sender|upstream)s?",
            "reconcile {feed}",
        ),
        (rf"^(?:approve|reject|decline)\b(?!{NO_ORDER})", "waiting"),
        (
            r"(?:who|when|whom) .*\b(?:approved|edited|merged|configured|changed|onboarded"
            r"|rejected|signed off)|versions?",
            "config {feed} history",
        ),
        (r"(?:un)?(?:mute[ds]?|silenced?|snoozed?)", "muted {feed}"),
        (
            r"(?:schema|columns?|fields?|layout)\b.{0,30}\b(?:chang\w+|differ\w*|added|removed|renamed)"
            r"|(?:new|added|removed|renamed) (?:columns?|fields?)|schema drift",
            "config {feed} diff",
        ),
        (r"columns?|fields?|schema|spalten|(?:data ?)?types? (?:is|has|of)", "config {feed} columns"),
        (
            r"(?:primary|business|natural|merge|unique) keys?|delimiters?|separators?|encoding|watermarks?"
            r"|where (?:does|do|is|are) (?!i\b|we\b|you\b).{0,40}"
            r"\b(?:lands?|loads? (?:in)?to|loaded|written|writes?|stored|ends? up)"
            r"|(?:which|what) (?:target|database|table|folder|bucket)s?\b.{0,40}"
            r"\b(?:lands?|loads? (?:in)?to|loaded|written|writes?|stored|ends? up|goes? (?:in)?to)",
            "config {feed}",
        ),
        (r"config|configuration|configured|yaml|konfiguration", "config {feed}"),
    )
)
"""What is asked of a feed that a command answers."""


def command_of(said: str) -> str:
    """Return the command that answers what is asked of a feed, without its name; empty without one."""
    found = (command for words, command in OF_FEED if words.search(said))
    return next((one for one in found if not (one.startswith("fix ") and _REFUSED.search(said))), "")


def is_done_to(command: str, text: str, feed: str) -> bool:
    """Return whether a command is what a text asks for a feed that was put where it says "it".

    A plan begins only where the act stands before it: "rerun it", not "how long does it take to rerun?".
    """
    return not command.startswith("fix ") or bool(_MENDS_IT.search(text.partition(feed)[0]))
