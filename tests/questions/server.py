"""The server as a client of the Model Context Protocol sees it, over stdio."""

import json
import subprocess


class Server:
    def __init__(self, binary, environment, *options):
        self.process = subprocess.Popen(
            [binary, "serve", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self.id = 0
        self.request(
            "initialize",
            {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "questions", "version": "1"}},
        )
        self._write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def _write(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def request(self, method, parameters):
        self.id += 1
        self._write({"jsonrpc": "2.0", "id": self.id, "method": method, "params": parameters})
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError("the server ended")
            message = json.loads(line)
            if message.get("id") == self.id:
                if "error" in message:
                    raise AssertionError(message["error"])
                return message["result"]

    def tools(self):
        return {tool["name"] for tool in self.request("tools/list", {})["tools"]}

    def call(self, tool, arguments):
        """The answer of a tool; one that is not listed is called as a model does it, through the gateway."""
        result = self.request("tools/call", {"name": tool, "arguments": arguments})
        text = result["content"][0]["text"]
        assert not result.get("isError"), text
        return json.loads(text)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
