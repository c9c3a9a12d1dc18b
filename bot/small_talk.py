"""What people say that asks nothing: thanks, a greeting, an excuse, whether somebody is there."""

import re

_END = r"[\s,.!?:;)(\U0001F300-\U0001FAFF\u2600-\u27BF]*"
_LONGEST = 120
"""Signs: who writes more says more."""
_GOT_IT = (
    r"(?:ok(?:ay)?|k|great|cool|nice|perfect|super|awesome|got it|understood|all ?right|sure|good|fine"
    r"|alles klar|no(?:t a)? problem|no worries|np)"
)
_THANKS = (
    r"(?:(?:(?:many |a lot of )?thanks?(?: you)?|thx|ty|cheers)(?: (?:so|very) much| a lot| again)?"
    r"|danke(?: dir| euch| schön| sehr| vielmals)?|vielen dank|merci(?: beaucoup)?|gracias|grazie)"
)
_WHOM = rf"(?:dogwatch|bot|all|everyone|mate|man|buddy|folks|{_GOT_IT})"
_AFTER = rf"(?:{_END}{_WHOM})*(?:{_END}(?:that|for) [^?]{{2,60}})?"
_THUMB = r"(?:[\U0001F44D\U0001F44C\U0001F64F\U0001F64C\U0001F389\u2705\u2764\uFE0F\U0001F3FB-\U0001F3FF]"
_THUMB += r"|:(?:\+1|thumbsup|ok_hand|pray|raised_hands|tada|white_check_mark|heart)(?:::skin-tone-\d)?:)"
"""An emoji alone that thanks or agrees, also by the name that Slack gives it."""
_WELCOME = rf"(?:{_GOT_IT}{_END})*{_THANKS}{_AFTER}|(?![^?]*\?)(?:{_GOT_IT}{_END})+|(?:{_THUMB}\s?)+"
_ASKS = (
    r"\b(?:but|can|could|would|will|please|why|what|which|when|where|how)\b|(?<!that )\b(?:is|are)\b"
    r"|\b(?:fail|broke)\w*"
)
_ACTS = (
    rf"{_ASKS}|\w_\w|\b(?:approv|reject|declin|merg|delet|mut(?:e|ing)|fix|restart|re-?run|revert|run)\w*"
    r"|\b(?:errors?|down)\b"
)
_NOTHING = r"(?!)"
_ASKS_MORE = r"\w_\w"
_EXCUSE = (
    r"(?:oh |ah |ups |oops )?(?:sorry|my bad|apologies|entschuldigung|pardon)"
    r"(?:[ ,]+(?:wrong|my|that|about|for|i|all|everyone|guys|team|typo|mistake)\b[^?]{0,60})?"
    r"|never ?mind(?:[ ,][^?]{0,40})?|forget it|ignore (?:that|this|me)|wrong (?:channel|window|chat)"
    r"|oops|ups|egal|vergiss es"
)
_GREETING = (
    r"(?:hey|hi|hello|hallo|yo|moin|servus)?[ ,]*(?:good (?:morning|afternoon|evening|day)|morning|moin"
    r"|guten (?:morgen|tag|abend)|hi|hello|hey|hallo|yo|servus|greetings|bonjour|bonsoir|salut|coucou"
    r"|how are you(?: doing)?(?: today)?)"
    r"(?: (?:all|everyone|team|dogwatch|bot|there))?"
)
_HOW_TO_BEGIN = (
    r"(?:how|where) (?:do|can|should|shall) (?:i|we) (?:start|begin|get started)"
    r"(?: (?:with|using) (?:this|you|it|that|dogwatch))?"
    r"|(?:get|getting|how to get) started|how to (?:start|begin)|first steps|quick ?start|tutorial"
    r"|(?:i am|i'm) new(?: here)?|wo fange ich an|wie fange ich an|par où commencer"
)
_GOODBYE = (
    r"(?:good ?)?bye(?:[ -]?bye)?|see (?:you|ya)(?: later| soon| tomorrow)?|good ?night"
    r"|tschüss|auf wiedersehen|gute nacht|au revoir|bonne nuit|ciao"
)
_ONLY_OUR_NAME = "ping"
_IS = r"(?:['\u2019]s| is| was|['\u2019]re| are)"
_BLAME = (
    rf"(?:(?:no|that|this|it|you){_IS}? )?(?:just |still |so |totally |completely )?"
    r"(?:wrong|not (?:true|right|correct|helpful)|incorrect|useless|nonsense|bullshit|crap|stupid|rubbish"
    r"|garbage|annoying)"
    r"|(?:stupid|dumb|useless|bad) (?:bot|thing|machine)|(?:fuck|screw) (?:off|you|this)|shut up"
)
_PRAISE = (
    r"(?:good|nice|great|clever|best) (?:bot|job|work|one)|well done"
    r"|you(?:['\u2019]re| are| rock)(?: the best| great| awesome)?"
)
_YES_OR_NO = r"(?:yes|yep|yeah|yup|ja|oui|s[i\u00ed]|no|nope|nein|non)(?: please| bitte)?"
_IS_ANYBODY_THERE = (
    r"test(?:ing)?(?: 1 2 3)?|ping"
    r"|(?:hello )?(?:are )?(?:you|u) (?:still )?(?:there|here|alive|up|awake|working)"
    r"|(?:are you|you are) (?:a )?(?:bot|human|robot|real|machine|ai)(?: or .{1,20})?"
    r"|anybody (?:there|home)|(?:bist|bis) du (?:da|ein bot)"
)
_KINDS = tuple(
    (re.compile(rf"(?i){_END}(?:{words}){_END}"), re.compile(rf"(?i){more}"), title, text)
    for words, more, title, text in (
        (_WELCOME, _ASKS, "You are welcome", "`help` says what else I can do."),
        (_EXCUSE, _ACTS, "No harm done", "Nothing was changed. `help` says what I can do."),
        (
            _GREETING,
            _NOTHING,
            "Hello",
            "Ask me about a feed, or drop a sample file of a new one. `feeds` says how all of them are,"
            " `waiting` what waits for you, `help` what else I can do.",
        ),
        (
            _HOW_TO_BEGIN,
            _NOTHING,
            "Where to begin",
            "Drop a sample file of a feed here: I propose its configuration. Or drop a history of runs with"
            " the word *import* beside it: I learn what is usual and say trouble ahead. Then ask in plain"
            " words, such as `which feeds are late?`; `help` says what else I can do.",
        ),
        (
            _BLAME,
            _ASKS_MORE,
            "Then I was no help",
            "On an answer of the library press *Wrong* or *Not helpful*, on an alert *It was no trouble*:"
            " that counts, and changes what I say. Of a feed I tell what its reports say: `feed NAME` shows"
            " them.",
        ),
        (_PRAISE, _NOTHING, "You are welcome", "`help` says what else I can do."),
        (
            _YES_OR_NO,
            _NOTHING,
            "I asked nothing",
            "A yes or a no to a request is given by the buttons on its card; `waiting` shows what"
            " waits for you.",
        ),
        (_GOODBYE, _NOTHING, "Until then", "I go on watching."),
        (
            _IS_ANYBODY_THERE,
            _NOTHING,
            "I am here",
            "I am Dogwatch, a program. Ask me about a feed, such as `is fx_trades late?`, or say `help`.",
        ),
    )
)


def answer_to(text: str) -> tuple[str, str] | None:
    """Return title and text of what to say, None for words that ask or order something."""
    said = " ".join(text.split()) or _ONLY_OUR_NAME
    if len(said) > _LONGEST:
        return None
    fits = (one for one in _KINDS if one[0].fullmatch(said) and not one[1].search(said))
    return next(((title, told) for _, _, title, told in fits), None)
