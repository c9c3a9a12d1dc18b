"""The words by which questions about feeds are told apart, in English and some German."""

import re
from collections.abc import Collection

from bot.question_kinds import Topic, Wanted
from bot.spans_ahead import DUE

POLITE = re.compile(
    r"(?i)^(?:(?:hey|hi|hello|please|pls|bitte|ok|okay|so|well|dogwatch|can you|could you|would you|"
    r"will you|"
    r"i (?:want|need|would like|'d like)(?: you)? to (?:see|know)?|let me (?:see|know)|"
    r"tell me|show me|show|give me|list|display|find|get me|i want|(?:do )?you know|"
    r"zeig(?:e)?(?: mir)?|to)\b[\s,:!]*)+"
)
ARTICLE = re.compile(r"(?i)^(?:all |every )?(?:the |my |our |of )*")
HOW_TO = re.compile(
    r"(?i)\bhow (?:do|does|can|could|should|would|to)\b(?! you)(?! .{0,40}\b(?:look|doing|going)\b)|"
    r"\bwhat (?:should|can|must|do|shall) (?:i|we|one|people)\b|\bwhat to do\b|\bwhat (?:is|are|"
    r"does) an? |"
    r"\bwhat does .{1,40} mean\b|\bmeaning of\b|\b(?:steps|procedure|runbook) (?:to|for)\b|"
    r"\bwie (?:kann|mache)\b|"
    r"\b(?:when|if|after) (?:a|an|the|my|some) "
)
FOLLOWS = re.compile(
    r"(?i)^(?:(?:and|but|what about|how about|then|also|same|und|or)\b"
    r"|(?:(?:no|nope|nein|non|sorry|oops|actually|wait)\b[\s,.:]{1,3}){0,2}"
    r"(?:i (?:meant|mean)|(?:ich|i) mein(?:t)?e|je voulais dire|rather)\b|no(?:pe)?,)[\s,:]*"
)
"""Goes on after what was asked, or puts it right: "no, I meant ref_data"."""
POINTS_BACK = re.compile(r"(?i)\b(?:it|its|this|that|them|they|this feed|that feed|the feed|those)\b")
OF_ONE = re.compile(r"(?i)\b(?:it|its|this feed|that feed|the feed)\b")
_OF_NOTHING = re.compile(
    r"(?i)\b(?:is|was|would|if|be|think|makes?|whether) it (?:is |was |be |a |an |now |still )*"
    r"(?:safe|ok|okay|fine|good|bad|time|possible|true|wise|all ?right|right|sense|normal|worth|going to be) "
    r"(?:time |now |idea )*(?:to|for|that|if|when)\b"
    r"|\b(?:does|did|would|will) it (?:make sense|matter|help)\b|\b(?:could|can|may|might) it be that\b"
)
"""In "is it safe to rerun it?" the first "it" points at nothing."""
THANKS = re.compile(
    r"(?i)^(?:(?:thx|thanks|thank you|great|cool|nice|perfect|ok|okay"
    r"|is it (?:just|only) me or)\b[\s,.!:]*)+(?=\S)"
)
WHY = re.compile(
    r"(?i)\b(?:why|how come|warum|wieso|weshalb|reason for|root cause|cause of"
    r"|what(?:['\u2019]s| is) (?:taking|slowing|blocking|holding))\b"
)


def with_it_named(text: str, feed: str) -> str:
    """Return a text with a feed's name where it points back at one, as in "mute it"."""
    empty = _OF_NOTHING.search(text)
    found = (one for one in OF_ONE.finditer(text) if empty is None or not _is_within(one, empty))
    it = next(found, None)
    return text if it is None else f"{text[: it.start()]}{feed}{text[it.end() :]}"


def _is_within(one: re.Match[str], other: re.Match[str]) -> bool:
    return other.start() <= one.start() and one.end() <= other.end()


MORE = re.compile(
    r"(?i)(?:please )?(?:show (?:me|it|that)|(?:tell me |show me )?more(?: details?)?|details?"
    r"|since when|for how long|really|are you sure)(?: please)?"
)
"""Goes on after a question without asking anything of its own."""
_SLIPS = {
    "whats": "what's", "wats": "what's", "hows": "how is", "whos": "who is", "wheres": "where is",
    "whens": "when is", "whys": "why is", "wich": "which", "whch": "which", "u": "you", "ur": "your",
    "r": "are", "rn": "right now", "pls": "please", "plz": "please", "nite": "night", "doin": "doing",
    "goin": "going", "yday": "yesterday", "tmrw": "tomorrow", "anythin": "anything",
    "evrything": "everything", "hwo": "how", "waht": "what", "wehn": "when", "teh": "the",
    "adn": "and", "thsi": "this",
}  # fmt: skip


def without_slips(text: str, names: Collection[str] = ()) -> str:
    """Return a text with the words that people write in a hurry as they are meant; names stay."""

    def meant(word: re.Match[str]) -> str:
        said = word.group()
        return said if said in names else _SLIPS.get(said.lower(), said)

    return re.sub(r"(?<![\w'.-])[A-Za-z]+(?![\w'-])", meant, text)


_NO_YES = r"(?! (?:an? |the |my |our |its )?(?:approv|yes|decision|review|sign|me\b|some(?:one|body)\b))"
"""Who waits for an approval waits for people, not for a feed."""
_WORDS: tuple[tuple[Topic, str], ...] = (
    (Topic.LINEAGE, r"what (?:if|happens (?:if|when))|"
                    r"depend\w*|downstreams?|upstreams?|lineage|reads? (?:from|it)|read by|"
                    r"feeds? on|consum\w+|impact\w*|affect\w*|consequences?|"
                    rf"(?:waits?|(?:what|who|which|any(?:one|body|thing)){_NO_YES}\b[^,;]{{0,40}}\bwaiting)"
                    rf" (?:for|on){_NO_YES}|"
                    r"(?:what|which) feeds?(?: into| it)?\s*$|\bcosts?\b.{0,40}\b(?:if|when)\b|"
                    r"(?:if|when|while|without)\b.{0,80}\b(?:what|who|which|anything)\b.{0,80}"
                    r"\b(?:breaks?|suffers?|happens?|fails?|stops?|cares?|notices?|is (?:hit|hurt))|"
                    r"(?:what|who|which|anything)\b.{0,80}\b(?:breaks?|suffers?|happens?|fails?|stops?"
                    r"|is (?:hit|hurt))\b"
                    r".{0,80}\b(?:if|when|while|without)|"
                    r"who (?:uses|reads|needs)|what (?:uses|reads|needs)|does .* need|is .* needed|"
                    r"blast radius"),
    (Topic.OWNER, r"own(?:s|ed|er|ers|ership)?|whose|responsible|in charge|which team|belongs? to|"
                  r"who (?:do|should|can|must) (?:i|we) (?:call|ask|contact|ping|page|wake|tell|talk|speak"
                  r"|write|turn|reach|escalate)|contact|"
                  r"gehört|zuständig|"
                  r"verantwortlich|runs it|looks after|works? on|working on"),
    (Topic.QUALITY, r"quality|qualität|data quality"),
    (Topic.CHANGED, r"chang(?:e|ed|es)|what'?s new|what is new|different|geändert"),
    (Topic.DUE, r"holidays?|what time(?! (?:did|was|has|had)\b)|slas?|schedules?|calendar|cron|deadlines?"
                r"|usually (?:finish\w*|come|comes"
                r"|arrive\w*|done|end|ends|ready"
                r"|land\w*)|when (?:does|is) .*\b(?:usually|normally|typically)"
                r"|when (?:does|do|will|is|are)\b.*\b(?:run|runs|running|next)|next (?:run|load|delivery)"),
    (Topic.RUNS, r"(?:failure|error|success) rates?|(?:error|failure) (?:messages?|texts?|codes?|reasons?)|"
                 r"logs|log (?:lines|file)|"
                 r"(?:fail\w*|happen\w*|br(?:eak|oke)\w*|late|seen)\b.{0,40}\bbefore|"
                 r"(?:percentage|percent|share) of|"
                 r"(?:when|wann|what time) (?:did|was|has|ist|war)|runs?|history|how (?:many|much|long|often|"
                 r"big)|rows?|"
                 r"records|duration|takes?|reliab\w*|last (?:run|time|load|loaded|delivery|deliveries)|läufe|"
                 r"zeilen|zuletzt"),
    (Topic.DUE, rf"when|wann|{DUE}|eta|expected|deadline|what time|schedule|how soon"),
    (Topic.STATE, r"late|later than|delay\w*|overdue|ok|okay|fine|healthy|health|status|state|stand|doing|"
                  r"going|arrive\w*|"
                  r"here|there|come|came|coming|finish\w*|done|ready|complete\w*|land\w*|load\w*|"
                  r"fail\w*|broken?|died|dead|thresholds?|"
                  r"break\w*|succe(?:ed\w*|ss\w*)|down|stuck|missing|running|green|yellow|red|risk|likely|chance|"
                  r"probab\w+|forecast|links?|url|page|"
                  r"predict\w*|verspätet|spät|los|kaputt|how is|how are|wrong|matter|problems?|"
                  r"trouble|about|"
                  r"look\w*|info\w*|details?|is with|happen(?:ed|ing)|make it"
                  r"|(?:in|on) time|alive|verspätung|fresh\w*|up to date"),
)  # fmt: skip
TOPICS = tuple((topic, re.compile(rf"(?i)(?<![\w-])(?:{words})(?![\w-])")) for topic, words in _WORDS)
WANTED = tuple(
    (wanted, re.compile(rf"(?i)\b(?:{words})\b"))
    for wanted, words in (
        (
            Wanted.GREY,
            r"(?:no|without) news|gr[ae]y|silent(?! (?:fail|err|drop|loss|los|sourc|data|chang|corrupt)\w*)",
        ),
        (Wanted.LIKELY, r"will .*|likely|risk|chance|probab\w+|forecast|going to|about to"),
        (
            Wanted.LATE,
            r"late|later than (?:usual|normal|average|expected|planned|always|it should)"
            r"|delay\w*|overdue|verspätet|spät|behind|slow|missing|missed",
        ),
        (Wanted.RED, r"red|(?:are|is)\s+(?:\w+ )?in trouble"),
        (
            Wanted.FAILED,
            r"fail(?!over|fast|safe)\w*|broken?|break\w*|broke|error\w*|crash\w*|kaputt|down|wrong|trouble"
            r"|problems?",
        ),
        (Wanted.WORST, r"(?:worst|lowest|bad)\b.*\b(?:quality|scores?)|quality\b.*\b(?:worst|lowest|bad)"),
        (
            Wanted.URGENT,
            r"on fire|burning|worst|bad|(?:most )?urgent|most critical|hurts?|wehtun|am schlimmsten",
        ),
        (Wanted.YELLOW, r"yellow"),
        (
            Wanted.DONE,
            r"succe(?:ed\w*|ss\w*)|finish\w*|done|ready|complete\w*|arriv\w+|land\w*|here|there|come|came|load\w*",
        ),
        (Wanted.GOOD, r"ok|okay|fine|healthy|green|alright|good|in order|worry|concern\w*|attention"),
    )
)
MANY = re.compile(
    r"(?i)\b(?:feeds?|loads?(?![- ]?(?:balanc|test|split|average))|jobs?|deliver\w+"
    r"|anything|something|everything|all|what|what's|which|how many)\b"
)
NO_ORDER = (
    r" (?:rows?|records?|files?|lines?|rates?|reasons?|codes?|counts?|queues?|thresholds?|messages?|tables?"
    r"|button|handling|of|in)\b"
)
"""After "reject" and its like: what is spoken of is data, or how much of it."""
COMMANDS = tuple(
    (re.compile(rf"(?i){words}"), command)
    for words, command in (
        (r"^what(?:['\u2019]s| feeds? (?:is |are )?| (?:is |are )?)\s*(?:going to|likely to|about to|will) "
         r"(?:fail|break|be late)|"
         r"^(?:which|what) feeds? (?:will|might|could|may) |^(?:which|what) (?!.*\bmeans?\b).*\bat risk\b|"
         r"^what might (?:fail|break)",
         "what will break {rest}"),
        (r"^(?:are there |is there |were there |was there |has there been |do we have |did we have "
         r"|have we had |an |which |what |how many |any |current |open |active )+"
         r"(?:any |open |active |current |ongoing )*incidents?\b|^incidents (?=.{4,40}$)", "incidents"),
        (r"\bwait(?:s|ing)? for (?:me|my)\b|\b(?:my|pending|open) approvals\b"
         r"|\b(?:i|we) (?:still )?(?:have|need|got) to (?:approve|decide|review)\b|"
         r"\b(?:can|should) i approve\b(?! (?:my|our) own\b)|^(?:approve|reject|decline)\b"
         rf"(?!{NO_ORDER})|"
         r"^(?:what(?:['\u2019]s| is) |are there |do we have |any |all |the )*(?:requests?$"
         r"|(?:pending|open|outstanding)(?: (?:requests?|reviews?|decisions?|changes))?$)",
         "waiting"),
        (r"^(?:un)?(?:mute|silence|snooze)\b(?! (?:is|are|was)\b)", "muted"),
        (r"^(?:where is|open|go to|(?:link|url|address|way) (?:to|of|for)) (?:the )?dashboard\b|^dashboard\b|"
         r"^where (?:do|can) (?:i|we) (?:see|find|look at) (?:everything|(?:all )?(?:the |my |our )?feeds)\b",
         "dashboard"),
        (r"^what (?:may|can) i do(?: here)?$", "whoami"),
        (r"^what is dogwatch\b|^help me\b|\bhilfe\b|^i need help\b", "help"),
        (r"^what (?:can|do) you (?:do|know|offer)|^who are you|^what are you|^how do(?:es)? (?:this|"
         r"it|you) work(?: here)?$|"
         r"^what is this(?! (?:week|month|quarter|year|morning|feed|alert|incident)\b)"
         r"|^was kannst du|^what kannst du", "help"),
        (r"\balerts?\b.*\b(?:false|wrong|right(?! now)|correct|true)\b|"
         r"\bhow often (?:are|were) you (?:wrong|right)",
         "scorecard"),
        (r"^(?:how (?:many|often)|any|were there|number of|what (?:share|percentage)|our|your|too many)\b"
         r".{0,30}\bfalse (?:alarms?|positives?)\b.{0,30}$"
         r"|^(?:what(?:['\u2019]s| is| was) )?(?:your|the model['\u2019]s) (?:precision|recall|accuracy"
         r"|hit rate|track record)\b.{0,30}$", "scorecard"),
        (r"^(?:is|are|which|what|any|all|how (?:is|are)) (?:of )?(?:the |our |any |all )*senders?\b.{0,30}$"
         r"|^is (?:the |our |any |all )*telemetry (?:still |all )*(?:coming|arriving|ok|fine)\b.{0,20}$",
         "senders"),
        (r"\bhow (?:good|accurate|reliable|often right|confident) (?:are|is|were) (?:you|your|"
         r"the) ?(?:forecasts?|predictions?)?",
         "scorecard"),
        (r"^why$", "why"),
        (r"^(?:which|what|any) runbooks? (?:is|are) ?(?:there)?(?: for)?|^(?:which|what|"
         r"any) runbooks? ?(?:do you have)?"
         r"(?: for)?", "runbooks {rest}"),
        (r"^(?:which|what|how many) feeds? (?:are there|do you (?:know|have|watch)|do we have)", "feeds"),
        (r"^(?:what|which) .*\b(?:muted|silenced)\b", "muted"),
        (r"^what (?:should|must|can|do) (?:i|we) (?:look at|check|worry about|"
         r"(?:do|fix|start with) (?:first|now|next))\b", "feeds"),
    )
)  # fmt: skip


def command_said(said: str) -> str:
    """Return the command that a text about no feed is another way to say, empty without one."""
    for words, command in COMMANDS:
        if found := words.search(said):
            rest = said[found.end() :].strip() if "{rest}" in command else ""
            return command.format(rest=rest).strip()
    return ""


ON_CALL = re.compile(
    r"(?i)\bwho\b.*\b(?:on[- ]?call|on duty)\b|\bbereitschaft\b|^on[- ]?call\b|"
    r"^who (?:do|should|can|must) (?:i|we) (?:call|ask|contact|ping|page|tell|talk to|speak to"
    r"|reach|escalate to)(?: (?:about|for|if|when) .*)?$"
)
MAY_APPROVE = re.compile(r"(?i)\bwho\b.*\b(?:approve\w*|say yes|sign off|decides?)\b|\bapprovers?\b")
SMALL = frozenset(
    re.findall(
        r"\w+",
        "what whats which who how is are was were did does do has have had be been the a an our"
        " your my this that it"
        " its so not in on at of to for from with and or all any some feed feeds about me now"
        " please you since s us"
        " can could tell show give up again right then here there still yet currently just today",
    )
)
NEWS = frozenset(
    {
        "changed",
        "change",
        "changes",
        "new",
        "news",
        "happened",
        "happen",
        "anything",
        "summary",
        "recap",
        "digest",
        "overview",
        "handover",
        "shift",
        "went",
        "day",
        "night",
        "quick",
        "short",
        "brief",
        "go",
        "did",
    }
)
VOCABULARY = frozenset(
    re.findall(
        r"[\w'-]+",
        "status owner owners owned deadline deadlines schedule schedules quality yesterday tonight"
        " tomorrow overnight today failed failing failure failures finish finished running approved"
        " approval waiting incident incidents alert alerts usually missing arrived delivered history"
        " downstream upstream depends forecast muted versions columns configuration critical weekly"
        " monthly daily hourly morning which where what's broken",
    )
)
"""Words of questions about feeds that a slip of the pen is put right to."""
