"""Syslog over TCP as senders really frame it, and as none should."""

from hypothesis import given
from hypothesis import strategies as st

from web.intake.syslog_framing import LONGEST, Framing


def messages(*pieces: bytes) -> list[bytes]:
    framing = Framing()
    found = [message for piece in pieces for message in framing.feed(piece)]
    return [*found, framing.end()] if framing.end() else found


def counted(message: bytes) -> bytes:
    return b"%d %s" % (len(message), message)


@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\0"), max_size=30),
        )
    ),
    st.integers(1, 9),
)
def test_both_framings_are_read_mixed_and_in_pieces_of_any_size(
    told: list[tuple[bool, str]], size: int
) -> None:
    sent = [(is_counted, b"<11>1 " + text.encode()) for is_counted, text in told]
    stream = b"".join(counted(one) if is_counted else one + b"\r\n" for is_counted, one in sent)
    # A line that follows a count may hold what looks like one, which ends it: lines come first here.
    sent.sort(key=lambda one: one[0])
    stream = b"".join(counted(one) if is_counted else one + b"\n" for is_counted, one in sent)

    found = messages(*(stream[at : at + size] for at in range(0, len(stream), size)))

    assert [one.rstrip() for one in found] == [one.rstrip() for _, one in sent]


def test_mixtures_of_line_ends_and_zeros_between_messages_are_passed_over() -> None:
    stream = b"\r\n\x00<11>1 a\r\n\n\r\x00" + counted(b"<11>1 b\nb") + b"\r\n" + b"<11>1 c\x00<11>1 d\n"

    assert [one.strip() for one in messages(stream)] == [b"<11>1 a", b"<11>1 b\nb", b"<11>1 c", b"<11>1 d"]


def test_a_count_that_is_too_small_costs_its_own_message_only() -> None:
    first = counted(b"<11>1 one")

    assert messages(first + b"9 <11>1 two three" + first) == [
        b"<11>1 one",
        b"<11>1 two",
        b"three",
        b"<11>1 one",
    ]


def test_a_count_that_is_too_large_takes_its_own_bytes_and_the_stream_is_found_again() -> None:
    found = messages(b"20 <11>1 short" + counted(b"<11>1 swallowed") + counted(b"<11>1 whole") * 2)

    assert found[0] == b"<11>1 short15 <11>1 "
    assert found[-2:] == [b"<11>1 whole"] * 2


def test_what_stands_within_a_count_is_never_taken_for_another_message() -> None:
    forged = counted(b"<11>1 - evil 20 <11>1 - payments x\n<11>1 - payments y")

    assert len(messages(forged)) == 1


def test_lines_that_begin_with_digits_are_lines() -> None:
    lines = [b"2026-11-29 began", b"42", b"99999999999999999999 <x", b"12 drummers"]

    assert messages(b"\n".join(lines) + b"\n") == lines


def test_a_line_of_a_megabyte_is_cut_and_the_next_one_is_whole() -> None:
    framing = Framing()
    long = b"<11>1 " + b"x" * (1 << 20)
    stream = long + b"\n<11>1 next\n" + counted(long) + counted(b"<11>1 last")

    found = [one for at in range(0, len(stream), 50_000) for one in framing.feed(stream[at : at + 50_000])]

    assert [len(one) for one in found] == [LONGEST, 10, LONGEST, 10]
    assert (framing.cut, framing.end()) == (2, b"")


def test_what_came_of_a_message_when_the_sender_left_is_kept() -> None:
    assert messages(b"900 <11>1 half of") == [b"<11>1 half of"]
    assert messages(b"<11>1 half of") == [b"<11>1 half of"]
    assert messages(b"\r\n") == []
