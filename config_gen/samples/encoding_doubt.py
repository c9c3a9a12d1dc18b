"""Name the lines of a file that are in another encoding than the others, and ask which one is meant."""

from config_gen.samples.encodings import EncodingGuess
from config_gen.samples.parsed import Parsed
from domain.configuration.profiles import Question, Reading, bounded
from domain.counting import counted, in_series

_LINES_NAMED = 6
_SHOWN_OF_A_LINE = 60


def ask_encoding(parsed: Parsed, head: bytes, guess: EncodingGuess) -> None:
    """Add a warning and a question where lines are in two encodings, with a line of each as both read it."""
    if not guess.odd_lines:
        return
    lines, others = head.split(b"\n"), set(guess.odd_lines)
    usual = next((line for n, line in enumerate(lines, 1) if not line.isascii() and n not in others), b"")
    shown = (lines[guess.odd_lines[0] - 1], usual)
    numbers = in_series([f"{number:,}" for number in guess.odd_lines], most=_LINES_NAMED)
    are = f"{counted(len(others), 'line')} {'is' if len(others) == 1 else 'are'}"
    parsed.warnings.insert(
        0,
        f"Two encodings are mixed: {are} {guess.odd_codec}, the others {guess.codec} ({numbers})."
        " Whichever is agreed, letters of the other lines come out wrong: have it written in one.",
    )
    parsed.questions.append(
        Question(
            code="encoding",
            text="Some lines are in another encoding than the others. In which is the file to be read?",
            value=bounded(f"line {numbers}", 80),
            readings=tuple(
                Reading(option=codec, means=" ┃ ".join(_as_read(line, codec) for line in shown))
                for codec in (guess.codec, guess.odd_codec)
            ),
        )
    )


def _as_read(line: bytes, codec: str) -> str:
    return bounded(line.decode(codec, "replace").strip(), _SHOWN_OF_A_LINE)
