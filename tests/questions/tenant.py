"""Raw answers of the simulated tenant, for checks that compute by themselves what an answer should be."""

import json
import os
import subprocess
import urllib.parse
import urllib.request


class Tenant:
    """A simulated tenant that runs until it is stopped, and plain HTTP reads of it."""

    def __init__(self, binary, *options):
        self.process = subprocess.Popen(
            [binary, "demo", "--port", "0", *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.settings = {}
        while "DEMO_CONTROL" not in self.settings:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError("the simulated tenant ended")
            name, separator, value = line.strip().partition("=")
            if separator:
                self.settings[name] = value
        self.url = self.settings["JAMF_PRO_URL"]
        self.token = None
        self.kept = {}

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def environment(self):
        """What a server needs to reach it."""
        wanted = {name: value for name, value in self.settings.items() if name.startswith("JAMF_PRO_")}
        return {**os.environ, **wanted}

    def _send(self, method, url, body=None, headers=()):
        request = urllib.request.Request(url, data=body, method=method, headers=dict(headers))
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        return self._send(method, f"{self.settings['DEMO_CONTROL']}/{path}", data, {"Content-Type": "application/json"})

    def get(self, path):
        """The answer at a path as JSON; the same path is read once."""
        if path not in self.kept:
            if self.token is None:
                form = urllib.parse.urlencode(
                    {
                        "grant_type": "client_credentials",
                        "client_id": self.settings["JAMF_PRO_CLIENT_ID"],
                        "client_secret": self.settings["JAMF_PRO_CLIENT_SECRET"],
                    }
                ).encode()
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                answer = json.loads(self._send("POST", f"{self.url}/api/v1/oauth/token", form, kind))
                self.token = answer["access_token"]
            headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
            self.kept[path] = json.loads(self._send("GET", self.url + path, None, headers))
        return self.kept[path]

    def all(self, path):
        """The rows of all pages of a list."""
        rows, page = [], 0
        while True:
            separator = "&" if "?" in path else "?"
            answer = self.get(f"{path}{separator}page={page}&page-size=500")
            rows += answer["results"]
            if not answer["results"] or len(rows) >= answer["totalCount"]:
                return rows
            page += 1

    def computers(self):
        """Every computer with every section."""
        sections = (
            "GENERAL HARDWARE OPERATING_SYSTEM USER_AND_LOCATION DISK_ENCRYPTION SECURITY STORAGE PURCHASING APPLICATIONS "
            "EXTENSION_ATTRIBUTES GROUP_MEMBERSHIPS LOCAL_USER_ACCOUNTS CERTIFICATES CONFIGURATION_PROFILES"
        )
        query = "&".join(f"section={section}" for section in sections.split())
        return self.all(f"/api/v4/computers-inventory?{query}")

    def managed(self):
        return [mac for mac in self.computers() if (mac["general"]["remoteManagement"] or {}).get("managed")]

    def mobile_devices(self):
        sections = "GENERAL HARDWARE USER_AND_LOCATION SECURITY NETWORK APPLICATIONS GROUPS"
        query = "&".join(f"section={section}" for section in sections.split())
        return self.all(f"/api/v2/mobile-devices/detail?{query}")

    def classic(self, family, one):
        """Every object of a family of the Classic API, whole."""
        listed = next(iter(self.get(f"/JSSResource/{family}").values()))
        return [self.get(f"/JSSResource/{family}/id/{item['id']}")[one] for item in listed]
