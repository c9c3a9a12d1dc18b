"""What incidents add to the phrasebook: the verbs and buttons of questions, incidents and the map."""

from bot.commands import incident_acts as acts
from bot.commands import incidents as looks
from bot.commands import topology
from bot.intents import Area, Verb

AREA = Area(
    verbs=(
        Verb(("why",), "why is NAME slow?", "the likely causes with their evidence, in seconds", looks.why),
        Verb(("incidents",), "incidents", "the open incidents", looks.board),
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
            looks.evidence,
        ),
        Verb(("timeline",), "timeline", "in an incident's thread: what happened so far", looks.timeline),
        Verb(("not this",), "not this [NAME]", "in an incident's thread: that was not it", acts.not_this),
        Verb(("it was",), "it was NAME", "in an incident's thread: that was it", acts.it_was),
        Verb(
            ("add to timeline", "add to timeline:"),
            "add to timeline TEXT",
            "in an incident's thread: write it down",
            acts.note,
        ),
        Verb(
            ("status update", "status update:"),
            "status update TEXT",
            "in an incident's thread: tell everybody where it stands",
            acts.status_update,
        ),
        Verb(
            ("resolve", "resolve:"),
            "resolve WHAT IT WAS",
            "in an incident's thread: it is over",
            acts.resolve,
        ),
        Verb(
            ("topology", "map of"),
            "topology NAME",
            "what a feed or service needs and what needs it",
            topology.topology,
            prepare=topology.draw,
        ),
    ),
    buttons={
        "incident.open": looks.open_incident,
        "incident.evidence": looks.evidence,
        "incident.timeline": looks.timeline,
        "incident.review": looks.review,
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
