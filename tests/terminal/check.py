"""What a person meets at a terminal: the tour from its beginning to its end, a plan that is approved where it was asked for, ctrl-c, narrow windows,
colors, setting a tenant up. Usage: check.py BINARY [NAME…]."""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

from person import Person, width_of

BINARY = sys.argv[1]
HOME = tempfile.mkdtemp()
WORLD = {"HOME": HOME, "JAMF_PRO_MCP_STATE": os.path.join(HOME, "state"), "TERM": "xterm-256color", "NO_COLOR": ""}
# A person has no `CI`, with which every terminal counts as one with colors.
for variable in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "JAMF_PRO_MCP_LOG_FILTER", "CI", "CLICOLOR", "CLICOLOR_FORCE"]:
    os.environ.pop(variable, None)


def check(is_right, what, said):
    if not is_right:
        raise AssertionError(f"{what}\n--- said ---\n{said[-6000:]}")


def start(*arguments, width=80, **environment):
    return Person([BINARY, *arguments], width, {**WORLD, **environment})


def is_within(text, width):
    """Lines wrap between words: a line is longer only where one word is."""
    for line in text.split("\n"):
        words = line.split()
        longest = max(map(width_of, words), default=0)
        indent = len(line) - len(line.lstrip())
        if width_of(line.rstrip()) > max(width, longest + indent + 14):
            return line
    return None


def tour():
    """The tour, with the erase rejected and the lock approved."""
    person = start("demo", "tour")
    for _ in range(4):
        person.read("Enter goes on")
        person.type("")
    rejected = person.read(r"A person rejected it[\s\S]*The agent tries again:[\s\S]*Nothing was sent[\s\S]*Enter goes on")
    check(rejected, "the second try of a rejected erase is refused", person.plain())
    person.type("")
    asked = person.read(r"type the serial number\s+(\w+)\.[\s\S]*Type it here")
    person.type("not this one")
    person.read(r"Type it here", 30)
    person.type(asked.group(1))
    shown = person.read(r"PIN[^\n]*: (\d{6})[\s\S]*type `have`")
    person.type("have")
    person.read("Enter goes on")
    person.type("")
    status, text = person.end(), person.plain()
    check(status == 0, f"the tour ends with {status}", text)
    for heading in range(1, 8):
        check(re.search(rf"^{heading}\. ", text, re.M), f"part {heading} has its heading", text)
    for phase in ["planned", "rejected", "approved", "intent", "outcome"]:
        check(re.search(rf"\b{phase}\b", text.split("7. All of it")[1]), f"the log of the tour has {phase!r}", text)
    log = text.split("7. All of it")[1]
    check(shown.group(1) not in log, "the PIN is not in the log", text)
    check("proves that none of its" in log, "the log is whole", text)
    line = is_within(text, 80)
    check(line is None, f"a line is wider than the terminal: {line!r}", text)


def figures():
    """What the tour says is what the same call says alone."""
    alone = subprocess.run([BINARY, "demo", "tour"], env={**os.environ, **WORLD}, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    person = start("demo", "tour", width=400)
    person.read("Enter goes on")
    verdict = person.plain().split("--demo\n\n")[1].split("\n")[0]
    check(verdict in alone.stdout, "the first verdict is the same without a terminal", alone.stdout)
    check("\x1b[" not in alone.stdout, "nothing is colored in a pipe", alone.stdout)
    person.interrupt()
    check(person.end() in (130, -2), "ctrl-c ends the tour", person.plain())


def approval_on_the_spot():
    """A plan in a terminal is approved there and then, and its secret shown."""
    lock = '{"devices":["ZZ3FF0F672"],"body":{"message":"Lost"},"reason":"Stolen"}'
    arguments = ["call", "device_lock", lock, "--demo", "--allow", "read,destructive"]
    person = start(*arguments)
    person.read("Type it here")
    person.type("")
    check(person.end() == 3, "a plan that is left as it is waits", person.plain())
    person = start(*arguments)
    person.read("Type it here")
    person.type("ZZ3FF0F672")
    person.read(r"PIN[^\n]*: \d{6}[\s\S]*type `have`")
    person.type("have")
    check(person.end() == 0, "an approved call is done", person.plain())
    check("created or accepted" in person.plain(), "it says what became of it", person.plain())


def interruption():
    """Ctrl-c ends a call at once, with 130."""
    person = start("call", "computer_list", "--demo", "--faults", "slow=30s")
    time.sleep(3)
    begun = time.monotonic()
    person.interrupt()
    status = person.end(20)
    check(status == 130, f"the status of an interrupted call is {status}", person.plain())
    check(time.monotonic() - begun < 2, "it ends at once", person.plain())


def narrow_windows():
    """Nothing is broken inside a word at 40 columns, and tables say what they leave out."""
    person = start("tools", width=40)
    check(person.end() == 0, "the list of tools", person.plain())
    line = is_within(person.plain(), 40)
    check(line is None, f"a line of `tools` is wider than 40: {line!r}", person.plain())
    check("computer_extension_attribute" in start_text("tools", "--toolsets", "all", width=40), "names are whole", "")
    text = start_text("call", "stale_devices", "--demo", width=60)
    check("No room for" in text and "wider terminal" in text, "columns that are left out are named", text)
    text = start_text("call", "computer_get", "--help", width=60)
    check("Risk" in text and "id" in text, "a tool is described", text)


def start_text(*arguments, width=80, **environment):
    person = start(*arguments, width=width, **environment)
    check(person.end() == 0, f"{arguments}", person.plain())
    return person.plain()


def colors():
    """Colors are shown in a terminal, and not where the person does not want them."""
    for environment, is_colored in [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]:
        person = start("tools", **environment)
        person.end()
        check(("\x1b[" in person.said) == is_colored, f"{environment}: colored is {not is_colored}", person.said)


def next_pages():
    """The command that a list names for its next page is the next page."""
    text = start_text("call", "computer_list", '{"page_size":2,"fields":["id"]}', "--demo", width=200)
    command = re.search(r"More: (jamf-pro-mcp call computer_list '[^']*')", text)
    check(command, "the next page has its command", text)
    arguments = re.search(r"'(.*)'", command.group(1)).group(1)
    following = start_text("call", "computer_list", arguments, "--demo", width=200)
    ids = lambda page: re.findall(r"^(\d+)$", page, re.M)
    check(len(ids(following)) == 2 and ids(following) != ids(text), "the next page has other rows", following)


def setting_up():
    """From an address to a first answer in one go: what a person types, at a tenant on a port."""
    tenant = subprocess.Popen([BINARY, "demo", "--port", "0"], stdout=subprocess.PIPE, text=True, env={**os.environ, **WORLD})
    try:
        demo = {}
        while "DEMO_CONTROL" not in demo:
            name, _, value = tenant.stdout.readline().strip().partition("=")
            demo[name] = value
        with tempfile.TemporaryDirectory() as home:
            set_up(home, demo)
    finally:
        tenant.kill()
        tenant.wait()


def set_up(home, demo):
    own = {"HOME": home, "JAMF_PRO_MCP_STATE": os.path.join(home, "state")}
    os.mkdir(os.path.join(home, ".cursor"))
    with open(os.path.join(home, ".claude.json"), "w") as file:
        file.write('{"a": 1}\n')
    request = os.path.join(home, "request.md")
    # The person who asks, and waits.
    begun = time.monotonic()
    person = start("setup", "--request", request, **own)
    person.read("Jamf Pro address")
    person.type("127.0.0.1:1")
    person.read("! [\\s\\S]*Jamf Pro address")
    person.type(demo["JAMF_PRO_URL"])
    person.read(r"answers[\s\S]*Number")
    person.type("2")
    person.read("Client ID")
    person.type("")
    check(person.end() == 3, "a request waits", person.plain())
    with open(request) as file:
        bodies = [json.loads(part.split("```")[0]) for part in file.read().split("```json")[1:]]
    # The person who may make them, by the bodies of the request.
    made = [administer(demo, path, body) for path, body in zip(["api-roles", "api-integrations"], bodies)]
    given = administer(demo, f"api-integrations/{made[1]['id']}/client-credentials", None)
    # The first one again, with what came back; a wrong secret first.
    person = start("setup", "--request", request, "--url", demo["JAMF_PRO_URL"], "--recipe", "helpdesk", **own)
    person.read("Client ID")
    person.type(given["clientId"])
    person.read("Client secret")
    person.type("hunter2-wrong")
    person.read(r"! [\s\S]*Client ID \(Enter")
    person.type("")
    person.read("Client secret")
    person.type(given["clientSecret"])
    person.read(r"1  Claude Code\s+2  Cursor\s+[\s\S]*Which ones")
    person.type("1")
    person.read("Enroll the passkey[\\s\\S]*n for later")
    person.type("n")
    status, text = person.end(), person.plain()
    check(status == 0, f"setup ends with {status}", text)
    check("jamf-pro-mcp approvals enroll" in text, "how the passkey is enrolled later", text)
    check(time.monotonic() - begun < 120, "it takes less than two minutes", text)
    check("Which Macs have not checked in" in text, "questions to ask", text)
    for secret in ["hunter2-wrong", given["clientSecret"]]:
        check(secret not in person.said, "no secret is shown", text)
    with open(os.path.join(home, ".claude.json")) as file:
        check(json.load(file)["mcpServers"]["jamf"]["args"] == ["serve"], "the client has the entry", text)
    check(not os.path.exists(os.path.join(home, ".cursor", "mcp.json")), "the other one has not", text)
    line = is_within(text.split("jamf-pro-mcp doctor")[0], 80)
    check(line is None, f"a line is wider than the terminal: {line!r}", text)
    check("420" in start_text("call", "computer_list", '{"page_size":1}', **own), "the first answer", text)
    # One-time sign-in instead, and a secret that is typed.
    person = start("setup", "--url", demo["JAMF_PRO_URL"], "--recipe", "observer", "--admin", demo["DEMO_USER"], "--client", "cursor", **own)
    person.read("Password of")
    person.type(demo["DEMO_PASSWORD"])
    status, text = person.end(), person.plain()
    check(status == 0 and "signed out" in text, f"the sign-in of an administrator ends with {status}", text)
    check(demo["DEMO_PASSWORD"] not in person.said, "no password is shown", text)
    undone = start_text("setup", "undo", **own)
    check("Claude Code" in undone and "Cursor" in undone and "stays" in undone, "both are taken out", undone)
    with open(os.path.join(home, ".claude.json")) as file:
        check("jamf" not in file.read(), "the entry is gone", undone)


def administer(demo, path, body):
    """What an administrator does with the request."""
    def post(path, body, authorization):
        data = json.dumps(body).encode() if body is not None else b""
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{demo['JAMF_PRO_URL']}/api/v1/{path}", data, headers, method="POST")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return json.loads(answer.read() or b"null")
    pair = base64.b64encode(f"{demo['DEMO_USER']}:{demo['DEMO_PASSWORD']}".encode()).decode()
    token = post("auth/token", None, f"Basic {pair}")["token"]
    return post(path, body, f"Bearer {token}")


for test in [tour, figures, approval_on_the_spot, interruption, narrow_windows, colors, next_pages, setting_up]:
    if sys.argv[2:] and test.__name__ not in sys.argv[2:]:
        continue
    begun = time.monotonic()
    test()
    print(f"{test.__name__}: ok ({time.monotonic() - begun:.1f} s)", flush=True)
