"""Starts an unpacked bundle as a host does, and has the MCP Inspector talk to it.

Usage: host.py BUNDLE_FOLDER INSPECTOR… Settings are asked for as the manifest says and answered from the environment: `CONFIG_url=…`.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

folder = pathlib.Path(sys.argv[1]).resolve()
inspector = sys.argv[2:]
manifest = json.loads((folder / "manifest.json").read_text())

answers = {}
for name, field in manifest["user_config"].items():
    answer = os.environ.get(f"CONFIG_{name}", field.get("default"))
    assert answer is not None or not field["required"], f"the bundle asks for {name}"
    answers[name] = answer
assert manifest["user_config"]["client_secret"]["sensitive"], "a host would keep the secret in plain text"


def replaced(text):
    text = text.replace("${__dirname}", str(folder))
    return re.sub(r"\$\{user_config\.(\w+)\}", lambda found: answers[found[1]], text)


server = manifest["server"]["mcp_config"]
program = replaced(server["command"])
assert pathlib.Path(program) == folder / manifest["server"]["entry_point"]
assert os.access(program, os.X_OK), f"{program} lost the right to be run"

# The Inspector gives a server what stands here and little else of its own environment.
environment = {name: replaced(value) for name, value in server["env"].items()}
environment["JAMF_PRO_MCP_STATE"] = os.environ["JAMF_PRO_MCP_STATE"]
settings = [part for name, value in environment.items() for part in ("-e", f"{name}={value}")]
command = [program, *map(replaced, server["args"])]


def ask(*arguments):
    asked = [*inspector, "--cli", *settings, *command, "--method", *arguments]
    answer = subprocess.run(asked, capture_output=True, text=True, timeout=60)
    if answer.returncode != 0:
        sys.exit(f"{asked}: {answer.returncode}\n{answer.stdout[-2000:]}\n{answer.stderr[-2000:]}")
    return json.loads(answer.stdout)


listed = {tool["name"] for tool in ask("tools/list")["tools"]}
named = {tool["name"] for tool in manifest["tools"]}
assert listed == named, f"only listed: {sorted(listed - named)}; only in the manifest: {sorted(named - listed)}"
answer = ask("tools/call", "--tool-name", "computer_list", "--tool-arg", "page_size=2")
assert json.loads(answer["content"][0]["text"])["total"] == 420, answer
print(f"the bundle answers: {len(listed)} tools, computer_list")
