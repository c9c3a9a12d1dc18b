"""What incidents add to the phrasebook: the verbs and buttons of questions, incidents and the map."""

from bot.commands import plain, why_asked
from bot.commands.incident import incident_acts as acts
from bot.commands.incident import incident_words as words
from bot.commands.incident import incidents as looks
from bot.commands.incident import topology
from bot.intents import Area, Verb
from domain.investigation.incidents import Severity

AREA = Area(
    verbs=(
        Verb(
            ("why",),
            "why is NAME slow?",
            "the likely causes with their evidence, in seconds",
            why_asked.why,
            prepare=why_asked.prepare,
            fits=why_asked.is_about_what_is_watched,
            unasked=words.in_its_thread,
            is_harmless=True,
        ),
        Verb(
            ("incidents",),
            "incidents",
            "the open incidents",
            looks.board,
            is_harmless=True,
            is_bare=True,
        ),
        Verb(
            ("incident",),
            "incident WHAT IS WRONG | ID [timeline|summary|review|merge ID]",
            "open an incident, or look at one",
            looks.incident,
        ),
        Verb(
            ("what about", "evidence", "show evidence"),
            "what about NAME",
            "in an incident's thread: the evidence about a cause",
            plain.what_about,
            prepare=plain.prepare_what_about,
            unasked=words.in_its_thread,
        ),
        Verb(
            ("timeline",),
            "timeline",
            "in an incident's thread: what happened so far",
            looks.timeline,
            unasked=words.alone_in_its_thread,
            fits=words.may_be_of_incident,
        ),
        Verb(
            ("summary",),
            "summary",
            "in an incident's thread: three sentences for somebody who just came in",
            words.summary,
            unasked=words.alone_in_its_thread,
            fits=words.may_be_of_incident,
        ),
        Verb(
            ("review",),
            "review",
            "in an incident's thread: the draft of the review document",
            words.review,
            unasked=words.alone_in_its_thread,
            fits=words.may_be_of_incident,
        ),
        Verb(
            ("severity", "sev", *(severity.value for severity in Severity)),
            "severity sev1|sev2|sev3|sev4",
            "in an incident's thread: how bad it is",
            words.severity,
            unasked=words.alone_in_its_thread,
        ),
        Verb(
            ("lead", "i take the lead", "take the lead"),
            "lead [NAME]",
            "in an incident's thread: take the lead, or give it to somebody",
            words.lead,
            unasked=words.alone_in_its_thread,
        ),
        Verb(
            ("hand over", "handover"),
            "hand over [lead|communications|scribe] to NAME",
            "in an incident's thread: give a part to somebody",
            words.hand_over,
            unasked=words.names_somebody,
        ),
        Verb(
            ("not this",),
            "not this [NAME]",
            "in an incident's thread: that was not it",
            acts.not_this,
            unasked=words.names_a_cause,
        ),
        Verb(
            ("it was",),
            "it was NAME",
            "in an incident's thread: that was it",
            acts.it_was,
            unasked=words.names_a_cause,
        ),
        Verb(
            ("add to timeline", "add to timeline:"),
            "add to timeline TEXT",
            "in an incident's thread: write it down",
            acts.note,
            unasked=words.in_its_thread,
        ),
        Verb(
            ("status update", "status update:"),
            "status update TEXT",
            "in an incident's thread: tell everybody where it stands",
            acts.status_update,
            unasked=words.in_its_thread,
        ),
        Verb(
            ("resolve", "resolve:"),
            "resolve WHAT IT WAS",
            "in an incident's thread: it is over",
            acts.resolve,
            unasked=words.in_its_thread,
        ),
        Verb(
            ("topology", "map of"),
            "topology NAME",
            "what a feed or service needs and what needs it",
            topology.topology,
            prepare=topology.draw,
            is_harmless=True,
        ),
    ),
    in_thread=words.heard,
    buttons={
        "incident.open": looks.open_incident,
        "incident.evidence": looks.evidence,
        "incident.timeline": looks.timeline,
        "incident.review": words.review,
        "incident.not_this": acts.not_this,
        "incident.was": acts.it_was,
        "incident.again": acts.again,
        "incident.lead": acts.take_lead,
        "incident.roles": acts.roles,
        "incident.update": acts.update,
        "incident.note": acts.note,
        "incident.resolve": acts.resolve,
        "incident.reopen": acts.reopen,
    },
)
