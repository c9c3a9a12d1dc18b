"""A program that gives back what it reads, or hangs when it is told to."""

import sys
import time

told = sys.stdin.buffer.read()
while told == b"hang":
    time.sleep(60)
sys.stdout.buffer.write(told)
