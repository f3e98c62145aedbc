"""Mutated JSON-RPC messages on standard input and over HTTP: the server must not crash, hang or grow, and answers ping afterwards.

The simulated tenant is a process of its own, so that the memory is that of the server. Needs Python alone. The seed is printed; the same seed makes the same messages. Usage: fuzz.py BINARY [COUNT [SEED]]
"""

import copy
import http.client
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time

TOKEN = "0123456789abcdef0123456789abcdef01234567"
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "fuzz", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "fuzz", "version": "1"},
}
METHODS = {
    "initialize": HELLO,
    "ping": {},
    "server/discover": {},
    "tools/list": {"cursor": "250"},
    "tools/call": {"name": "computer_list", "arguments": {"page_size": 1, "fields": ["id"]}},
    "prompts/list": {},
    "prompts/get": {"name": "stolen_device", "arguments": {"device": "x"}},
    "resources/list": {},
    "resources/templates/list": {},
    "resources/read": {"uri": "jamf://computers/1"},
    "completion/complete": {
        "ref": {"type": "ref/prompt", "name": "stolen_device"},
        "argument": {"name": "device", "value": "a"},
    },
    "logging/setLevel": {"level": "debug"},
    "notifications/initialized": {},
    "notifications/cancelled": {"requestId": 1},
    "notifications/progress": {"progressToken": "p", "progress": 1},
    "no/such": {"x": 1},
}
ODD = [
    None, True, False, 0, -1, 1e300, 2**63, 2**64, -(2**63), 0.1, "", "x" * 5000, "\x00", "\u202e", "\ud83d", "😀", "../../etc",
    [], {}, [[]], {"": None}, [0] * 300, {"a": {"b": {"c": []}}}, "2099-01-01", "2026-07-28",
]


def message(random, number):
    method = random.choice(list(METHODS))
    whole = {"jsonrpc": "2.0", "method": method, "params": json.loads(json.dumps(METHODS[method]))}
    if not method.startswith("notifications/"):
        whole["id"] = random.choice([number, str(number), f"f{number}"])
    if random.random() < 0.3:
        # A copy: what a message is changed into must not stay for the next ones.
        whole["params"]["_meta"] = dict(copy.deepcopy(META), progressToken=random.choice([1, "t", None]))
    return whole


def places(value, found, path=()):
    if isinstance(value, dict):
        for key in value:
            found.append((value, key))
            places(value[key], found)
    elif isinstance(value, list):
        for key in range(len(value)):
            found.append((value, key))
            places(value[key], found)
    return found


def mutated(random, number):
    """The bytes of one line."""
    whole = message(random, number)
    for _ in range(random.choice([0, 1, 1, 2, 4])):
        container, key = random.choice(places(whole, []) or [(whole, "method")])
        change = random.randrange(4)
        if change == 0 and isinstance(container, dict):
            container.pop(key, None)
        elif change == 1 and isinstance(container, dict):
            container[str(random.choice(ODD))[:50]] = container.get(key)
        elif change == 2:
            container[key] = copy.deepcopy(random.choice(ODD))
        else:
            inner = container.get(key) if isinstance(container, dict) else container[key]
            container[key] = [inner] if random.random() < 0.5 else {"x": inner}
    data = bytearray(json.dumps(whole).encode("utf-8", "surrogatepass"))
    change = random.randrange(12)
    if change == 0:
        del data[random.randrange(len(data) + 1):]
    elif change == 1 and data:
        for _ in range(random.choice([1, 3, 20])):
            data[random.randrange(len(data))] = random.randrange(256)
    elif change == 2:
        at = random.randrange(len(data) + 1)
        data[at:at] = random.choice([b"\xff\xfe", b"\\ud800", b"[" * 2000, b'{"a":' * 500, b"\x00", b"1e999999", b"\xef\xbb\xbf"])
    elif change == 3:
        data = bytearray(b"[" + data + b"," + data + b"]")
    return bytes(data.replace(b"\n", b" ").replace(b"\r", b" "))


def resident(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


def start_tenant(binary):
    """The process, and the variables that name it."""
    home = tempfile.mkdtemp(prefix="fuzz-tenant-")
    command = [binary, "demo", "--port", "0"]
    process = subprocess.Popen(command, env=dict(os.environ, HOME=home), stdout=subprocess.PIPE, text=True)
    variables = {}
    for line in process.stdout:
        name, _, value = line.strip().partition("=")
        variables[name] = value
        if name == "DEMO_CONTROL":
            break
    return process, {name: value for name, value in variables.items() if name.startswith("JAMF_PRO_")}


def start(binary, tenant, arguments, **more):
    state = tempfile.mkdtemp(prefix="fuzz-")
    environment = dict(os.environ, **tenant, JAMF_PRO_MCP_STATE=state, HOME=state, JAMF_PRO_MCP_HTTP_TOKEN=TOKEN)
    return subprocess.Popen([binary, "serve", *arguments], env=environment, **more)


def check_memory(name, before, after):
    print(f"{name}: {before} kB before, {after} kB after")
    assert after <= before * 1.5, f"{name}: memory grew from {before} to {after} kB"


def over_stdio(binary, tenant, random, count):
    process = start(binary, tenant, [], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    answers = {}
    arrived = threading.Condition()

    def read():
        for line in process.stdout:
            answer = json.loads(line)
            with arrived:
                if isinstance(answer.get("id"), str):
                    answers[answer["id"]] = answer
                    if not answer["id"].startswith("own"):
                        answers.pop(answer["id"])
                arrived.notify_all()

    threading.Thread(target=read, daemon=True).start()

    def ask(name, method, params):
        request = {"jsonrpc": "2.0", "id": name, "method": method, "params": params}
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        with arrived:
            ok = arrived.wait_for(lambda: name in answers or process.poll() is not None, timeout=60)
            assert ok and name in answers, f"stdio: no answer to {method}; the process has {process.poll()}"
            return answers.pop(name)

    ask("own-hello", "initialize", HELLO)
    process.stdin.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
    for number in range(200):
        ask(f"own-warm-{number}", "tools/call", METHODS["tools/call"])
        ask(f"own-list-{number}", "tools/list", {})
    before = resident(process)
    for number in range(count):
        process.stdin.write(mutated(random, number) + b"\n")
        if number % 100 == 99:
            ask(f"own-{number}", "ping", {})
    assert "result" in ask("own-last", "ping", {})
    answer = ask("own-call", "tools/call", METHODS["tools/call"])
    assert '"total":420' in answer["result"]["content"][0]["text"], answer
    check_memory("stdio", before, resident(process))
    process.stdin.close()
    assert process.wait(60) == 0


def over_http(binary, tenant, random, count):
    process = start(binary, tenant, ["--http", "127.0.0.1:0"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if found := re.search(r"listening on http://([^/]+)/", line):
            break
    threading.Thread(target=process.stderr.read, daemon=True).start()
    address = found.group(1)
    standing = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    connection = http.client.HTTPConnection(address, timeout=60)

    def post(data, headers):
        nonlocal connection
        for attempt in range(2):
            try:
                connection.request("POST", "/mcp", data, {**standing, **headers})
                answer = connection.getresponse()
                # A subscription goes on; one event of it is enough.
                text = answer.read1(1 << 20) if b"subscriptions/listen" in data else answer.read()
                return answer, text.decode()
            except (http.client.RemoteDisconnected, ConnectionResetError):
                # The connection was idle for too long, or ends with an answer that was not read.
                connection.close()
                assert process.poll() is None and attempt == 0, "http: the server is gone"

    def session():
        hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}
        answer, _ = post(json.dumps(hello).encode(), {})
        own = {"Mcp-Session-Id": answer.getheader("mcp-session-id")}
        post(b'{"jsonrpc":"2.0","method":"notifications/initialized"}', own)
        return own

    def call(own):
        request = {"jsonrpc": "2.0", "id": "own", "method": "tools/call", "params": METHODS["tools/call"]}
        answer, text = post(json.dumps(request).encode(), own)
        assert answer.status == 200 and "420" in text, (answer.status, text)

    own = session()
    for _ in range(200):
        call(own)
        call(session())
    before = resident(process)
    for number in range(count):
        data = mutated(random, number)
        headers = random.choice([{}, own, own, {"MCP-Protocol-Version": "2026-07-28"}, {"Mcp-Session-Id": "x"}, {"Accept": "*/*"}])
        answer, text = post(data, headers)
        assert answer.status < 500, (answer.status, text, data)
    call(own)
    call(session())
    # What was answered stays for a while, for clients that lost a connection.
    check_memory("http", before, resident(process))
    process.terminate()
    assert process.wait(60) == 0


def main(binary, count="20000", seed=None):
    seed = int(seed) if seed else int(time.time())
    print(f"seed {seed}, {count} messages on each transport")
    process, tenant = start_tenant(binary)
    try:
        over_stdio(binary, tenant, random.Random(seed), int(count))
        over_http(binary, tenant, random.Random(seed + 1), int(count))
    finally:
        process.terminate()
    print("no crash, no hang, no growth")


main(*sys.argv[1:])
