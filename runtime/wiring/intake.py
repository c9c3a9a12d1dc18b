"""What the intake is made of: keys, the durable log or ClickHouse, who keeps runs, who takes alerts."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from starlette.routing import BaseRoute

from domain.errors import BadInput
from domain.ports.alert_intake import AlertIntake
from domain.ports.reading_intake import ReadingReports
from domain.ports.run_intake import RunReports
from domain.ports.telemetry_intake import Delivery, Dialect, TelemetryIntake
from runtime.keys import KeyFolder
from runtime.settings.house import Settings
from runtime.wiring.comparing.confined_files import reports_in_child
from runtime.wiring.delivery_gate import ErrandGate
from runtime.wiring.doors import channel_map
from runtime.wiring.incident_alerts import open_alert_intake
from runtime.wiring.issued_keys import IssuedKeys
from runtime.wiring.stores import Stores
from runtime.wiring.used_requests import SqlUsedRequests
from storage.reading_intake import SqlReadingIntake
from storage.run_intake import SqlRunIntake
from telemetry.reading_reports import ReadingReceiver
from telemetry.run_reports import RunReceiver
from telemetry.unpacking import unpack
from web.intake.delivery_routes import MOST_DELIVERY_BYTES, delivery_routes, publication_routes
from web.intake.keys import IntakeKeys
from web.intake.requests import Gate, Sent
from web.intake.run_routes import TakeAlerts, alert_routes, reading_routes, run_routes
from web.intake.signed_once import UsedRequests

LOCAL_SOURCE = "local"


def intake_keys(settings: Settings, stores: Stores) -> IntakeKeys:
    """Return the sources' keys: those of the settings, else one known to this machine only; and API keys."""
    told = {name: key.get_secret_value() for name, key in settings.telemetry.keys.items()}
    issued = IssuedKeys(stores.transactions.reading, stores.clock)
    return IntakeKeys(told or {LOCAL_SOURCE: local_key(stores.keys)}, issued=issued)


def used_requests(stores: Stores) -> UsedRequests:
    """Return who knows which signed requests were taken, in this process and in the others."""
    return SqlUsedRequests(stores.transactions.writing, stores.clock)


def local_key(keys: KeyFolder) -> str:
    """Return the key that stands in the data folder, for a first try on one machine."""
    return keys.secret("intake").hex()


def open_intake(settings: Settings) -> TelemetryIntake:
    """Return where pushed telemetry goes."""
    from telemetry.intake import DurableIntake

    return DurableIntake(settings.data_dir.resolve() / "telemetry")


def run_reports(stores: Stores, wake: Callable[[], None] = lambda: None) -> RunReports:
    """Return who reads reports of runs; `wake` tells this process' courier, where it has one."""
    kept = SqlRunIntake(stores.transactions, stores.clock, wake)
    return RunReceiver(kept, stores.clock.now, reports_in_child)


def reading_reports(stores: Stores, wake: Callable[[], None] = lambda: None) -> ReadingReports:
    """Return who reads what resources say between runs."""
    return ReadingReceiver(SqlReadingIntake(stores.transactions, stores.clock, wake), stores.clock.now)


def front_routes(settings: Settings, stores: Stores, wake: Callable[[], None]) -> list[BaseRoute]:
    """Return the routes that are light enough to stand beside the doors: reports of runs, and alerts."""
    gate = Gate(intake_keys(settings, stores), used=used_requests(stores))
    alerts = [incident_taker(open_alert_intake(settings, stores, wake))]
    deliveries = ErrandGate(stores, channel_map(settings), settings.watch.channel, wake)
    return [
        *run_routes(run_reports(stores, wake), gate),
        *reading_routes(reading_reports(stores, wake), gate),
        *alert_routes(alerts, gate),
        *delivery_routes(deliveries, Gate(gate.keys, gate.flood, MOST_DELIVERY_BYTES)),
        *publication_routes(deliveries, gate),
    ]


def alert_takers(intake: TelemetryIntake, incidents: AlertIntake | None = None) -> Sequence[TakeAlerts]:
    """Return who takes Alertmanager's webhooks: the store as evidence, and incidents where they are wired."""

    async def keep(sent: Sent) -> int:
        encoding = sent.headers.get("content-encoding", "")
        return await intake.take(Delivery(Dialect.ALERTMANAGER, sent.source, sent.body, encoding))

    return [keep, incident_taker(incidents)] if incidents is not None else [keep]


def incident_taker(incidents: AlertIntake) -> TakeAlerts:
    """Return who makes incidents of Alertmanager's webhooks."""

    async def take(sent: Sent) -> int:
        # Imported by the first alert: it brings protobuf, which the doors do without.
        from telemetry.receivers.attribute_cache import Unreadable
        from telemetry.receivers.happenings import reported_alerts

        body = unpack(sent.body, sent.headers.get("content-encoding", ""))
        try:
            alerts = reported_alerts(body, sent.source, datetime.now(UTC))
        except Unreadable as error:
            raise BadInput(
                f"alertmanager: {error}", say=f"I can't read that as Alertmanager's webhook: {error}."
            ) from error
        return await asyncio.to_thread(incidents.take, alerts)

    return take
