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

JOB = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| ([\d, ]+|no) \|$")
TOOL = re.compile(r"`([a-z_]+)`")

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


def check_jobs(path, questions, known):
    """The table of jobs names tools that there are, and examples that call one of them."""
    jobs = [job for line in open(path, encoding="utf-8") if (job := JOB.match(line.rstrip("\n")))]
    assert [int(job[1]) for job in jobs] == list(range(1, 51)), f"{len(jobs)} jobs"
    for job in jobs:
        tools = set(TOOL.findall(job[3])) & known
        for number in [] if job[4] == "no" else job[4].split(", "):
            calls = {tool for tool, _ in questions[int(number) - 1]["calls"]}
            related = calls & (tools | {"fleet_query", "preview_change", "device_find", "access_review", "mobile_device_list"})
            assert related, f"job {job[1]} names question {number}, which calls {calls}"
        assert tools or "not " in job[3], f"job {job[1]} names no tool"


def main():
    binary, document, table, tools, *wanted = sys.argv[1:]
    questions = read(document)
    known = set(re.findall(r"^\| `([a-z_]+)`", open(tools, encoding="utf-8").read(), re.M))
    check_jobs(table, questions, known)
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
