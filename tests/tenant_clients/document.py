"""Jamf's document of the Jamf Pro API as the judge of answers: types, enums and required fields. Whether a field may be null is judged
by the tests of the tenant, which know where real tenants answer null; here null fits everywhere."""

import json
import os
import re
from pathlib import Path

from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

NAMES = ["jamf-pro-openapi-11.30.2.json", "jamf-pro-openapi-11.32.0-additions.json", "jamf-pro-app-installers.json"]
# Values that real tenants answer and that the document leaves out of an enum.
MORE = {"MdmCommandType": ["INSTALL_PROFILE", "INSTALL_APPLICATION", "REMOVE_PROFILE"]}
ASIDE = {"example", "xml", "discriminator", "externalDocs", "description", "default", "nullable"}


def plain(schema):
    """OpenAPI's schema as JSON Schema in which everything may be null."""
    if isinstance(schema, list):
        return [plain(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    made = {}
    for name, field in schema.items():
        if name == "properties":
            made[name] = {key: {"anyOf": [plain(entry), {"type": "null"}]} for key, entry in field.items()}
        elif name not in ASIDE:
            made[name] = plain(field)
    mapping = schema.get("discriminator", {}).get("mapping")
    if mapping:
        name = schema["discriminator"]["propertyName"]
        made.pop("oneOf", None)
        made["allOf"] = [{"if": {"properties": {name: {"const": kind}}}, "then": {"$ref": to}} for kind, to in mapping.items()]
        made["properties"] = {name: {"enum": list(mapping)}}
    return made


class Documents:
    def __init__(self, folder):
        self.operations = []
        for name in NAMES:
            document = json.loads((Path(folder) / name).read_text())
            schemas = {key: plain(entry) for key, entry in document.get("components", {}).get("schemas", {}).items()}
            for name, values in MORE.items():
                if name in schemas:
                    schemas[name]["enum"] += values
            for path, methods in document["paths"].items():
                if "get" in methods:
                    pattern = re.compile("/api" + re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)))
                    self.operations.append((pattern, methods["get"], schemas))

        # A word is nearer than a key.
        self.operations.sort(key=lambda operation: operation[0].pattern.count("[^/]+"))

    def fault(self, path, answer):
        """What is wrong with the answer to a read of a path, None where nothing is or the document has no schema for it."""
        operation, schemas = next(((get, schemas) for pattern, get, schemas in self.operations if pattern.fullmatch(path)), ({}, {}))
        for media, content in operation.get("responses", {}).get("200", {}).get("content", {}).items():
            if "json" in media and "schema" in content:
                root = {**plain(content["schema"]), "components": {"schemas": schemas}}
                fault = best_match(Draft7Validator(root).iter_errors(answer))
                return fault and f"{fault.json_path}: {fault.message[:160]}"
        return None


def documents():
    folder = os.environ.get("JAMF_SPEC_DIR")
    return Documents(folder) if folder else None
