"""Follows the README with the built program from an empty home, and prints a page of what was typed and what came.

Usage: follow.py BINARY. Everything on the page is printed by the program. What differs from run to run (ports, ids, moments, paths) is
replaced by a word, and what is long is cut, which the page says.
"""

import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

WIDTH = 110
SECONDS = 180

HEAD = """# A transcript

The [README](../README.md) as a new user follows it: from a clone and an empty home to the simulated tenant in a terminal and in Claude Code, then to a tenant with an
address of its own by `setup`. `tests/transcript/run` makes this page from the running program, and the checks fail where it differs. Ports, ids,
moments and paths that differ from run to run are replaced by words such as `PORT`; what is long is cut at `…`."""

CHANGING = [
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID"),
    (r"\b[0-9a-f]{32}\b", "PLAN"),
    (r"(127\.0\.0\.1|localhost):\d+", r"\1:PORT"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?( ?UTC|Z)?", "MOMENT"),
    (r"\b\d{4}-\d\d-\d\d\b", "DAY"),
    (r"\b\d\d:\d\d UTC", "TIME"),
    (r"\b\d+(\.\d+)? ?(ms|s|seconds)\b", "SECONDS"),
    (r"\S+ \(uid \d+\)", "you (uid 501)"),
    # How many fell into the last seven days follows from the day of the week.
    (r"(command failed +)\d+", r"\1NUMBER"),
]


class Walk:
    """A home, what was printed in it, and what must not be on the page."""

    def __init__(self, binary):
        self.folder = Path(tempfile.mkdtemp())
        self.home = self.folder / "home"
        self.home.mkdir()
        self.binary = self.folder / "bin" / "jamf-pro-mcp"
        self.binary.parent.mkdir()
        shutil.copy(binary, self.binary)
        self.lines = [HEAD]
        self.tenant = None
        self.words = {str(self.home): "~", str(self.binary): "/usr/local/bin/jamf-pro-mcp"}

    def environment(self):
        return {
            "HOME": str(self.home), "PATH": f"{self.binary.parent}:/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "xterm", "NO_COLOR": "1",
            "NO_PROXY": "127.0.0.1,localhost", "USER": "you",
        }

    def heading(self, title, text):
        self.lines.append(f"\n## {title}\n\n{text}")

    def run(self, arguments, status=0, typed=None, most=60, at_terminal=False):
        """Run the program; answers what it printed, with the command and its answer on the page."""
        command = [str(self.binary), *arguments]
        out = None
        if at_terminal:
            out, inner = pty.openpty()
            fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
        else:
            inner = subprocess.PIPE
        process = subprocess.Popen(
            command, cwd=self.home, env=self.environment(), stdin=subprocess.PIPE, stdout=inner,
            stderr=subprocess.STDOUT if not at_terminal else subprocess.PIPE, text=not at_terminal,
        )
        if at_terminal:
            os.close(inner)
            process.stdin.close()
            said = read_terminal(out) + process.stderr.read().decode()
            process.wait(SECONDS)
        else:
            said, _ = process.communicate(typed, SECONDS)
        if process.returncode != status:
            raise SystemExit(f"{arguments}: exit status {process.returncode}, and not {status}:\n{said}")
        self.show(arguments, said, status, most)
        return said

    def show(self, arguments, said, status, most):
        shown = " ".join(quoted(argument) for argument in arguments)
        lines = self.replaced(said).rstrip("\n").split("\n")
        lines = [line if len(line) <= 3 * WIDTH else f"{line[: 3 * WIDTH]}…" for line in lines]
        if len(lines) > most:
            lines = [*lines[:most], "…"]
        end = f"\n(exit status {status})" if status else ""
        self.lines.append(self.replaced(f"\n```console\n$ jamf-pro-mcp {shown}\n") + "\n".join(lines).rstrip() + f"{end}\n```")

    def replaced(self, text):
        for known, word in self.words.items():
            text = text.replace(known, word)
        for pattern, word in CHANGING:
            text = re.sub(pattern, word, text)
        return "\n".join(line.rstrip() for line in text.split("\n"))

    def start_tenant(self):
        """The simulated tenant on a port; answers what it printed."""
        self.tenant = subprocess.Popen(
            [str(self.binary), "demo", "--port", "0"], env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        )
        said = {}
        while "DEMO_CONTROL" not in said:
            name, _, value = self.tenant.stdout.readline().strip().partition("=")
            said[name] = value
        for name in ("JAMF_PRO_CLIENT_SECRET", "DEMO_PASSWORD"):
            self.words[said[name]] = f"({name.lower().replace('_', ' ')})"
        printed = "\n".join(f"{name}={value}" for name, value in said.items())
        self.show(["demo", "--port", "0"], printed, 0, 10)
        return said

    def close(self):
        if self.tenant:
            self.tenant.terminate()
            self.tenant.wait()
        shutil.rmtree(self.folder)


def read_terminal(out):
    said = b""
    while True:
        try:
            part = os.read(out, 65536)
        except OSError:
            break
        if not part:
            break
        said += part
    os.close(out)
    return said.decode().replace("\r\n", "\n")


def quoted(argument):
    return argument if re.fullmatch(r"[\w./:~=,-]+", argument) else f"'{argument}'"


def follow(walk):
    walk.heading("The first answers", "In a clone, `cargo run -- demo tour` compiles the program and then does this, here not in a terminal:")
    walk.run(["demo", "tour"], most=40)

    walk.heading("The simulated tenant in Claude Code", "First what would be written, then for good:")
    walk.run(["try", "--client", "claude-code", "--dry-run"])
    walk.run(["try", "--client", "claude-code"])

    walk.heading("A tenant", "A second terminal plays a Jamf Pro with an address and an administrator:")
    said = walk.start_tenant()
    walk.lines.append("\nThe password is typed where `setup` asks for it:")
    arguments = ["setup", "--url", said["JAMF_PRO_URL"], "--recipe", "helpdesk", "--admin", said["DEMO_USER"], "--client", "claude-code"]
    walk.run(arguments, typed=f"{said['DEMO_PASSWORD']}\n", most=8)
    walk.lines.append("\nIt ends with `doctor`, which says what is right and what is not:")
    walk.run(["doctor"])

    walk.heading("A question, a refusal, a plan", "In a terminal an answer is laid out for a person:")
    walk.run(["call", "encryption_gaps"], at_terminal=True, most=12)
    walk.lines.append("\nWhat the recipe is not for is refused, and a lock becomes a plan:")
    walk.run(["call", "building_create", json.dumps({"body": {"name": "Annex"}})], status=1)
    lock = {"devices": ["ZZ3FF0F672"], "body": {"message": "This Mac is lost."}, "reason": "Stolen from a car"}
    answer = walk.run(["call", "device_lock", json.dumps(lock), "--json"], status=3)
    plan = json.loads(answer[answer.index("{"):])["plan"]
    walk.run(["approvals", "show", plan], most=40)

    walk.heading("A report, and away again", "The state of the fleet as a file, and the entry out of Claude Code:")
    walk.run(["report", "ZZ3FF0F672", "--output", "fleet.html"])
    walk.run(["setup", "undo", "--client", "all"])


if __name__ == "__main__":
    walked = Walk(sys.argv[1])
    try:
        follow(walked)
        print("\n".join(walked.lines))
    finally:
        walked.close()
