"""Asks the questions of a document, and checks each answer."""

import json
import re
import sys

import configuration  # noqa: F401: it adds its checks
import devices  # noqa: F401: it adds its checks
from facts import ALL
from server import Server
from tenant import Tenant

HEADING = re.compile(r"^## (\d+)\. (.+)$")
CALL = re.compile(r"^- `([a-z_]+)` `(\{.*\})`$")
CHECK = re.compile(r"^Check: `([a-z0-9_]+)`$")

# Questions that take more than two calls: one in ten at most.
MANY_CALLS = 0.1


def read(path):
    """The questions of the document: number, text, calls, name of the check."""
    questions = []
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        if heading := HEADING.match(line):
            questions.append({"number": int(heading[1]), "text": heading[2], "calls": [], "check": None})
        elif call := CALL.match(line):
            questions[-1]["calls"].append((call[1], json.loads(call[2])))
        elif check := CHECK.match(line):
            questions[-1]["check"] = check[1]
    return questions


def main():
    binary, document, *wanted = sys.argv[1:]
    questions = read(document)
    assert [question["number"] for question in questions] == list(range(1, len(questions) + 1)), "numbers have gaps"
    long = sum(1 for question in questions if len(question["calls"]) > 2)
    assert long <= MANY_CALLS * len(questions), f"{long} of {len(questions)} questions take more than two calls"
    unused = set(ALL) - {question["check"] for question in questions}
    assert not unused, f"checks that no question names: {unused}"

    tenant = Tenant(binary)
    # What may be changed is listed too, so that a preview of a change is possible; nothing here changes anything.
    allowed = {"JAMF_PRO_MCP_ALLOW": "read,device,write,destructive"}
    server = Server(binary, {**tenant.environment(), **allowed})
    failed = 0
    try:
        listed = server.tools()
        for question in questions:
            if wanted and str(question["number"]) not in wanted:
                continue
            try:
                assert question["calls"], "there is no call"
                answers = [ask(server, listed, tool, arguments) for tool, arguments in question["calls"]]
                ALL[question["check"]](tenant, *answers)
                print(f"ok      {question['number']:3} {question['text']}")
            except Exception as error:  # noqa: BLE001: whatever is wrong with one question, the others are asked
                failed += 1
                print(f"FAILED  {question['number']:3} {question['text']}\n        {type(error).__name__}: {error}")
    finally:
        server.stop()
        tenant.stop()
    print(f"{len(questions)} questions, {failed} failed")
    sys.exit(1 if failed else 0)


def ask(server, listed, tool, arguments):
    if tool in listed:
        return server.call(tool, arguments)
    return server.call("call_read", {"name": tool, "arguments": arguments})


main()
