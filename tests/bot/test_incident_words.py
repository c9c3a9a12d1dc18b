"""What is said in an incident's thread, and what people say to each other elsewhere."""

from pathlib import Path

import pytest

from domain.identity.people import Role
from domain.investigation.incidents import IncidentRole, IncidentState, Severity
from tests.bot.desk_house import DeskHouse, whispered
from tests.bot.test_incident_desk import diagnosed, in_thread, newest
from tests.domain.builders import a_person


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    started = DeskHouse(tmp_path)
    started.knows(a_person("erin", Role.ENGINEER, Role.ON_CALL), "web")
    return started


def test_severity_lead_and_hand_over_are_said_in_words(house: DeskHouse) -> None:
    house.say("erin", "incident orders are late")

    in_thread(house, "severity sev1")
    in_thread(house, "lead")
    in_thread(house, "hand over scribe to ada")
    in_thread(house, "hand over communications to <@web-jo|jo>")

    found = newest(house)
    assert found.severity is Severity.SEV1
    assert found.roles == {
        IncidentRole.LEAD: "erin",
        IncidentRole.SCRIBE: "ada",
        IncidentRole.COMMUNICATIONS: "jo",
    }
    assert found.state is IncidentState.INVESTIGATING


def test_whoever_is_named_in_full_is_meant_among_those_of_one_first_name(house: DeskHouse) -> None:
    for name in ("Ben Oak", "Ben Ash"):
        known = a_person(name.replace(" ", "").lower(), Role.ENGINEER).model_copy(update={"name": name})
        house.knows(known, "web")
    house.say("erin", "incident orders are late")

    in_thread(house, "hand over to Ben")
    in_thread(house, "hand over to <@web-benash>")

    assert newest(house).roles == {IncidentRole.LEAD: "benash"}


def test_a_sentence_that_only_begins_like_a_label_is_none(house: DeskHouse) -> None:
    house.say("erin", "incident things are slow")
    diagnosed(house)

    in_thread(house, "it was late again yesterday", addressed=False)

    assert newest(house).labels == ()


def test_a_question_in_the_thread_is_answered_from_the_evidence(house: DeskHouse) -> None:
    house.say("erin", "incident things are slow")
    diagnosed(house)

    in_thread(house, "how sure are you?")
    in_thread(house, "what about stock?")

    said = " ".join(house.said_to_all())
    assert "How sure" in said
    assert "speak for stock" in said


def test_without_a_thread_the_only_open_incident_here_is_meant(house: DeskHouse) -> None:
    house.say("erin", "incident orders are late")

    assert house.say("erin", "severity sev2").whispers == ()
    assert newest(house).severity is Severity.SEV2
    house.clock.at = house.clock.at.replace(minute=1)
    house.say("erin", "incident parcels are late")
    assert "which incident" in whispered(house.say("erin", "severity sev1"))


def test_a_severity_alone_counts_and_the_summary_says_who_took_what(house: DeskHouse) -> None:
    house.say("erin", "incident orders are late")

    in_thread(house, "sev2")
    in_thread(house, "lead")
    in_thread(house, "summary")

    assert newest(house).severity is Severity.SEV2
    cards = [card for card in house.cards_to_all() if card.title.startswith("Summary")]
    assert "Erin takes the lead" in cards[-1].sections[0].text
