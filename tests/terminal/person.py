"""A person at a terminal: a program runs in a pseudo terminal of some width, and what it asks is answered when it asks."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unicodedata

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Person:
    """One program in one terminal."""

    def __init__(self, command, width=80, environment=None):
        self.said = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(environment or {})
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
            os.execvp(command[0], command)

    def read(self, until, seconds=60):
        """Read on until a text (a regular expression) was said since the last answer; the match. None where the program ended."""
        begun = len(self.said)
        deadline = time.monotonic() + seconds
        while True:
            found = until and re.search(until, self.plain(begun))
            if found:
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"{until!r} was not said within {seconds} s; the end of what was said:\n{self.said[-3000:]}")
            ready, _, _ = select.select([self.terminal], [], [], 0.2)
            if not ready:
                continue
            try:
                part = os.read(self.terminal, 65536)
            except OSError:
                part = b""
            if not part:
                return None
            self.said += part.decode(errors="replace")

    def type(self, text):
        os.write(self.terminal, text.encode() + b"\n")

    def interrupt(self):
        os.write(self.terminal, b"\x03")

    def end(self, seconds=60):
        """Read to the end of the program; its exit status."""
        self.read(None, seconds)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def plain(self, begun=0):
        """What was said, without colors, and with the lines that replaced one another as the last one left them."""
        text = ESCAPES.sub("", self.said[begun:]).replace("\r\n", "\n")
        return "\n".join(line.rsplit("\r", 1)[-1] for line in text.split("\n"))


def width_of(line):
    """The columns that a line takes."""
    return sum(0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)
