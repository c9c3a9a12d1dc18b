"""Of too many lines a fair choice is read: quiet services whole, what is worse than info before the rest."""

from telemetry.log_sampling import WHOLE, choose_lines, with_rare


def test_few_lines_are_all_read() -> None:
    sample = choose_lines({"pay": (7, 2), "cart": (3, 0)}, 10)

    assert sample.bad_parts in (0, WHOLE)
    assert sample.rest_parts in (0, WHOLE)


def test_a_flood_from_one_service_hides_nobody() -> None:
    sample = choose_lines({"loud": (10_000_000, 0), "pay": (12, 3), "cart": (400, 0)}, 1_000)

    assert sample.quiet == ("cart", "pay")
    assert sample.rest_parts >= WHOLE * (1_000 - 412) / 10_000_000


def test_warnings_of_loud_services_leave_room_for_what_they_are_compared_with() -> None:
    sample = choose_lines({"pay": (1_000_000, 900_000), "cart": (1_000_000, 0)}, 10_000)

    assert sample.quiet == ()
    assert 7_500 / 900_000 < sample.bad_parts / WHOLE < 8_500 / 900_000
    assert 2_500 / 1_100_000 < sample.rest_parts / WHOLE < 3_000 / 1_100_000
    assert sample.words == "kept: 0.83% of warnings and errors, 0.23% of the rest"


def test_nothing_is_chosen_of_nothing() -> None:
    sample = choose_lines({}, 10)

    assert (sample.quiet, sample.bad_parts, sample.rest_parts) == ((), 0, 0)


def test_what_is_seldom_said_is_kept_whole_among_too_many_warnings() -> None:
    sample = choose_lines({"pay": (500_000, 400_000), "mail": (500_000, 400_000)}, 10_000)
    shapes = {("pay", "Cache miss"): 399_700, ("pay", "Ledger entry"): 300, ("mail", "Retry"): 400_000}

    chosen = with_rare(sample, shapes)

    assert chosen.rare == (("pay", "Ledger entry"),)
    assert chosen.kept_bad == sample.kept_bad - 300
    assert chosen.words == (
        "kept: 1 rare kind of warnings and errors, 0.9% of the other warnings and errors, 1.2% of the rest"
    )
