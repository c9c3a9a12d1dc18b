"""What the words of this house mean: a row for each, with the page of the documentation that says more."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A word with its meaning.

    Attributes:
        names: What people call it, in small letters and the singular; the first is its title.
        page: Of the documentation, without `docs/`.
    """

    names: tuple[str, ...]
    page: str
    text: str


def _term(names: str, page: str, text: str) -> Term:
    return Term(tuple(names.split("|")), page, text)


STATE, SHADOW, MTTR, INCIDENT, FEED = "state of a feed", "shadow", "MTTR", "incident", "feed"
"""Terms that come with a figure of this house."""
TERMS = (
    _term(
        "feed|data feed",
        "README.md#the-words",
        "Data that arrives again and again (a file each morning, a table each hour), described by one"
        " configuration.",
    ),
    _term(
        "state of a feed|state|colour|color|light|at risk|in trouble|fine|no news|grey|gray|red|yellow|green",
        "alerts.md",
        "*In trouble* (red): its last run failed, or a run is late. *At risk* (yellow): trouble within the"
        " hour is likely, a feed that it waits for is in trouble, or a delivery is held back. *Fine* (green):"
        " neither. *No news* (grey): it never ran, or nothing live was heard of it.",
    ),
    _term(
        "alert|alarm",
        "alerts.md",
        "A card that says which feed will fail or is late, with its reasons. It changes in place and lives"
        " until that is over; one trouble of several feeds is one card.",
    ),
    _term(
        "shadow|shadow mode|in shadow",
        "prediction.md#shadow-alerts-that-must-prove-themselves-first",
        "A feed whose alerts are counted and judged, and told to nobody, until they have proved themselves.",
    ),
    _term(
        "mute|muted|muting|snooze|expected",
        "alerts.md",
        "*This is expected* says nothing about a feed for twelve hours, *Mute this cause* nothing of that"
        " cause for two weeks, *Snooze* calls nobody for an hour while the card stays. `mute NAME for 3"
        " hours` keeps a feed quiet before it has an alert; `muted` lists and undoes all of it.",
    ),
    _term(
        "incident",
        "incidents.md",
        "Something is wrong with a service or feed, and people work on it in a thread with a lead, a"
        " timeline and a diagnosis. An alert foretells; an incident is there.",
    ),
    _term(
        "severity|sev|sev1|sev2|sev3|sev4",
        "incidents.md",
        "How bad an incident is: sev1 is the worst, sev4 a question. A new one begins as sev3; `severity"
        " sev2` in its thread changes it.",
    ),
    _term(
        "root cause|rca|root cause analysis|diagnosis",
        "root-cause.md",
        "What began a trouble, as against what it led to. `why is NAME slow?` ranks the likely causes,"
        " with the evidence for each and how sure it may be.",
    ),
    _term(
        "blast radius",
        "remediation.md",
        "The feeds and services that depend on what a plan changes.",
    ),
    _term(
        "lineage|upstream|downstream|consumer|reader",
        "feed-configuration.md#lineage",
        "Where a feed's data comes from (*upstream*) and who reads it (*downstream*, its readers). It is"
        " declared in the configuration, or seen in what runs read and write. *What depends on NAME?* shows"
        " it.",
    ),
    _term(
        "watermark|high watermark|low watermark",
        "feed-configuration.md#watermark",
        "How far a feed has been read: a column that grows from file to file, such as the time of a"
        " change. What lies beyond it is new; source and target are compared up to the same one.",
    ),
    _term(
        "SLO, SLA|slo|service level objective|error budget|sla|service level agreement",
        "alerts.md#when-a-run-counts-as-late",
        "An SLO is the promise that one holds oneself to, an SLA the one made to others. Here a feed's"
        " promise is its *deadline*: a run that has not ended by then is late. *Which feeds have no"
        " deadline?* and *what percentage was late this month?* tell how it is kept.",
    ),
    _term(
        "deadline|late|failed|due|overdue",
        "alerts.md#when-a-run-counts-as-late",
        "When a feed's run has to have ended. It is the one agreed in its configuration, else learned from"
        " when its runs usually end; from then on the run is *late*. A run that *failed* has ended, and"
        " badly.",
    ),
    _term(
        "MTTR|mean time to repair|mean time to recovery|mean time to resolve|mttd|mtta",
        "incidents.md",
        "Mean time to repair: from the beginning of an incident to its end. MTTD is the time until it is"
        " noticed, MTTA until somebody has it.",
    ),
    _term(
        "precision|recall|lead time|hit rate|false alarm|false positive|scorecard",
        "prediction.md",
        "*Precision*: of the cards that were told, the share that came true. *Recall*: of the troubles,"
        " the share that a card had named before they began. *Lead time*: how long before. `scorecard`"
        " shows all three.",
    ),
    _term(
        "probability|forecast|prediction|estimate",
        "prediction.md#what-is-estimated",
        "How likely a feed's trouble is within the next 30 to 60 minutes, a run that fails or is late: of"
        " a hundred such moments, so many had it.",
    ),
    _term(
        "level|threshold|alert level",
        "prediction.md#when-a-feed-may-speak",
        "The estimate from which on a feed alerts. It is chosen for each feed, so that a team's alerts"
        " stay within its budget of cards.",
    ),
    _term(
        "drift|data drift|schema drift",
        "users.md#tomorrows-file-looks-different",
        "A file that is not as agreed: columns added, removed, renamed, of another type, values that are"
        " new or out of range. The card says whom it reaches, and whether it is compatible.",
    ),
    _term(
        "delivery",
        "quality.md",
        "The rows or the file of one run of a feed.",
    ),
    _term(
        "quality score|data quality|score|quality",
        "quality.md",
        "How well one delivery is as agreed and as usual, from 0 to 100. Below the bar it is held back."
        " `quality NAME` shows a feed's.",
    ),
    _term(
        "held back|quarantine|held delivery",
        "quality.md",
        "A delivery whose score is below the bar waits for people: they release it or refuse it. *What is"
        " held back?* lists them.",
    ),
    _term(
        "reconciliation|reconcile",
        "reconciliation.md",
        "A comparison of what a feed's source has with what arrived at its target: `reconcile NAME`.",
    ),
    _term(
        "configuration|config|feed configuration",
        "users.md",
        "The file that describes a feed: format, columns, key, schedule, owner, rules. It is agreed by a"
        " review and kept in Git. `config NAME` shows it.",
    ),
    _term(
        "approver|approval",
        "approvers.md",
        "A yes to exactly one version of a change or plan, by somebody whom the policy names and who did"
        " not ask for it. `waiting` shows what waits, *who can approve?* who may.",
    ),
    _term(
        "quorum",
        "policy.md",
        "How many people have to say yes before something counts as approved.",
    ),
    _term(
        "superseded",
        "approvers.md",
        "Something newer took its place: a change was edited after it was asked for, or the policy"
        " changed, so a yes to the older version counts no more.",
    ),
    _term(
        "policy|approval policy",
        "policy.md",
        "The file that says who must approve what, by severity, environment, risk and target.",
    ),
    _term(
        "break glass|breakglass|break-glass",
        "approvers.md",
        "On call and leads may start a plan without waiting for the approvers, with a written reason. A"
        " second person is called, and a review is owed.",
    ),
    _term(
        "freeze|change freeze",
        "remediation.md",
        "While it lasts no plan runs. `freeze` begins it; two people `lift` it.",
    ),
    _term(
        "runbook",
        "runbooks.md",
        "A way out of a trouble, made of checked actions, from the catalogue: `runbooks` lists them.",
    ),
    _term(
        "plan",
        "remediation.md",
        "A runbook with its parameters: everything that will run, byte for byte. It is tried in a dry run"
        " and runs once, after its approval.",
    ),
    _term(
        "dry run|dry-run|dryrun",
        "remediation.md",
        "A plan carried out with credentials that can only read; what it would change is part of what"
        " people approve.",
    ),
    _term(
        "runner|sandbox",
        "runner.md",
        "The *runner* is the only process that changes systems, and only by a signed order. A step runs in"
        " a *sandbox*, with limits and without what it does not need.",
    ),
    _term(
        "audit trail|audit|audit log",
        "audit.md",
        "A signed chain of every act and every refusal. Nobody can change it unseen.",
    ),
    _term(
        "on call|on-call|on duty",
        "people.md",
        "Who is called when nobody has an alert: *who is on call?* names them.",
    ),
    _term(
        "sender|telemetry|intake",
        "telemetry.md",
        "A *sender* is a system that reports runs or telemetry; `senders` says how good that is.",
    ),
    _term(
        "reading",
        "run-reports.md#readings-of-sources-databases-and-pools",
        "What a source, database or worker pool says between runs, such as its latency.",
    ),
    _term(
        "retire|retired",
        "users.md#take-a-feed-away",
        "To take a feed away: once that is approved, it is watched no more. What was known of it stays in"
        " the trail.",
    ),
    _term(
        "template",
        "users.md",
        "A form for a usual kind of feed (trades, invoices …): it adds descriptions, rules and a way of"
        " loading.",
    ),
)
