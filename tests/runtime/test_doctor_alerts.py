"""What `doctor` says of alerts that would reach nobody."""

from pathlib import Path

from domain.configuration.changes import FeedEntry
from domain.identity.chat import Place, Platform
from domain.identity.people import Role
from domain.running.feed_facts import FeedFacts, HeardAt
from domain.telling.postings import View
from runtime.doctor.alerts import examine_alerts
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores
from tests.domain.builders import NOW, a_person, a_posting


def test_a_channel_a_role_and_a_feed_that_lead_nowhere_are_named(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, watch={"team_channels": {"desk": "dsk"}})
    facts = FeedFacts(heard_at=(HeardAt(kind="chat", address="fx-dsk"),), escalate_to="the night shift")
    stores = open_stores(settings)
    with stores.transactions.writing() as uow:
        uow.people.save(a_person("erin", Role.ON_CALL))
        uow.feeds.save(FeedEntry(name="fx_trades", owner="ops", facts=facts, updated_at=NOW))
    stores.database.close()

    found = examine_alerts(settings)

    assert not found.is_fine
    assert found.says == (
        "watch.team_channels of desk names dsk, which no chat has; watch.call_roles names lead, a role that"
        " nobody has; fx_trades: there is no channel fx-dsk here; fx_trades: the night shift is no person,"
        " team or role"
    )


def test_a_channel_that_refuses_cards_is_named(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    stores = open_stores(settings)
    now = stores.clock.now()
    place = Place(platform=Platform.SLACK, workspace="T1", channel="C0DESK")
    with stores.transactions.writing() as uow:
        for role in (Role.ON_CALL, Role.LEAD):
            uow.people.save(a_person(role.value, role))
        uow.postings.add(a_posting(View.MESSAGE, "", place, now, key="a1"))
        uow.postings.mark_trouble("a1", "not_in_channel", None)
    stores.database.close()

    assert examine_alerts(settings).says.startswith(
        "slack refused 1 message for C0DESK in the last two days;"
    )


def test_before_the_first_start_the_settings_alone_are_looked_at(tmp_path: Path) -> None:
    found = examine_alerts(Settings(data_dir=tmp_path / "none"))

    assert found.is_fine
    assert found.says == "to data-feeds, 2 steps of calls by the chats alone"
    assert not (tmp_path / "none").exists()
