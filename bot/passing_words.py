"""What people say in passing, at night or in a meeting, and what it asks of the house. Pure.

Each is the whole of what was said: "what is going on with the invoice?" is none of these.
"""

import re

_NOW = r"(?: (?:here|now|right now|again|today|tonight|at the moment|with (?:the |our |my )?feeds))*"
WHAT_IS_ON = re.compile(
    r"(?:wtf|what the (?:hell|fuck|heck)|what(?:'s| is)?|is anything|anything)? ?(?:is )?"
    rf"(?:going on|happening|on fire|burning){_NOW}"
    r"|wtf|what(?:'s| is) up"
    r"|(?:is |what |is there )?(?:anything|something|do)? ?(?:i|we) (?:need|have|ought) to"
    r" (?:know|worry about)"
    r"(?: (?:before|now|today|tonight|while|about|i|we|go|to|bed|home|sleep|right|leave|the|weekend|for))*"
    r"|can (?:i|we) (?:go (?:back )?to (?:sleep|bed)|sleep|go home)(?: (?:now|again|in peace))*"
)
"""Asks for whatever is most urgent."""
_AT_NIGHT = (
    r"(?: (?:up|at|last|now|again|this|so|tonight|night|early|late|in|the|middle|of|\d{1,2}(?: ?am)?))*"
)
_SAID_ON = r"(?:[ ,;.]+(?:what|now|next|do|should|i|we|why|and|for|is|it))*"
CALLED = re.compile(
    r"(?:why (?:did|do|have) (?:you|it|somebody)|who|what) (?:just )?"
    r"(?:page|call|wake|woke|woken|ping|alert|notify|text|mail|bother)(?:ed|d)?"
    rf" (?:me|us){_AT_NIGHT}"
    r"|(?:i|we)(?:'ve| have)? (?:just )?(?:got|was|were|been|got just) (?:just )?"
    rf"(?:paged|called|alerted|pinged|woken(?: up)?){_SAID_ON}"
)
"""Asks which alerts there are of whoever was called."""
_WE_ARE = r"(?:i'?m |i am |we'?re |we are )?(?:already )?"
ON_IT = re.compile(
    rf"(?:ack|acked|acknowledged?|{_WE_ARE}on it"
    rf"|{_WE_ARE}(?:looking (?:at|into)|working on|investigating) (?:it|this)"
    r"|i(?:'ve| have) (?:got|taken) (?:it|this)|i take (?:it|this)"
    r"|i(?:'ll| will) (?:take|have) (?:it|this|a look|care of it))(?: (?:now|already))*"
)
"""Says that somebody has it, where no card tells what: the alerts that nobody has are the answer."""
TO_REPAIR = re.compile(
    r"(?:how (?:long|quickly|fast) (?:does it take|do we take|are we|did it take)(?: (?:us|on average))*"
    r"(?: to)? (?:fix|resolve|repair|recover|mend|close|at fixing|at resolving)\w*"
    r"|(?:what(?:'s| is) )?(?:our|the) (?:mean |average )?(?:mttr|time to"
    r" (?:repair|recover\w*|resol\w+|fix)))"
    r"(?: (?:from|things?|stuff|an?|the|incidents?|outages?|problems?|issues?|them|it|on|average|usually))*"
)
"""Asks for the mean time to repair."""
HOW_WE_DID = re.compile(
    r"(?:how (?:(?:did|have) (?:we|things|the feeds|our feeds)) (?:do|done|go|gone|been)\b"
    r"|(?:what(?:'s| is| was) )?(?:our|the) (?:uptime|availability))"
    r"(?P<rest>.{0,30})"
)
"""Asks how many runs went wrong, of all."""
LOST_FILE = re.compile(
    r"(?:i|we) (?:have |just )?(?:dropped|uploaded|sent|posted) (?:you )?(?:a|my|the|some|our) (?:\w{1,20} )?"
    r"(?:files?|samples?)\b.{0,20}\b(?:nothing|no (?:answer|reply|reaction)|silence)\b.{0,20}"
)
"""Asks what became of what one has begun."""
