"""The terminal's answers on their way into another program."""

import os
import subprocess
import sys


def test_an_answer_that_nobody_reads_to_its_end_is_no_fault() -> None:
    talk = "from runtime.ask import while_it_is_read as w; say = w(); say('a'); say('b'); say('c')"
    reading, writing = os.pipe()
    os.close(reading)

    told = subprocess.run(
        [sys.executable, "-c", talk], stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60
    )

    os.close(writing)
    assert (told.returncode, told.stderr) == (0, "")
