"""Reads the commands of workflows with shellcheck. Usage: commands.py FILE…"""

import pathlib
import re
import subprocess
import sys

from ruamel.yaml import YAML

wrong = False
for path in map(pathlib.Path, sys.argv[1:]):
    workflow = YAML(typ="safe").load(path.read_text())
    for name, job in workflow["jobs"].items():
        for number, step in enumerate(job["steps"], 1):
            if "run" not in step:
                continue
            # What GitHub puts in before the shell sees it.
            script = re.sub(r"\$\{\{.*?\}\}", "value", step["run"])
            command = ["shellcheck", "--shell=bash", "--format=gcc", "-"]
            read = subprocess.run(command, input=script, capture_output=True, text=True)
            if read.returncode != 0:
                wrong = True
                print(f"{path}, job {name}, step {number}:\n{read.stdout}{read.stderr}", file=sys.stderr)
sys.exit(wrong)
