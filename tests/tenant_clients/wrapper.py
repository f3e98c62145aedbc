"""PyPI `jps-api-wrapper`, unchanged, against the simulated tenant: every `get_*` of its two classes, by every key that it takes, the
Classic ones in JSON and in XML. What is put in for a key comes from the list that stands before the key in the path.
Usage: wrapper.py BASE CLIENT_ID CLIENT_SECRET"""

import inspect
import re
import sys
import warnings
from urllib.parse import unquote
from xml.etree import ElementTree

from jps_api_wrapper import utils
from jps_api_wrapper.classic import Classic
from jps_api_wrapper.pro import Pro
from jps_api_wrapper.request_builder import NotFound

from document import documents
from expected import FIELDS, LISTS, METHODS, VALUES

# Exactly one of these names an object where a method wants one of several.
KEYS = ["id", "name", "udid", "serialnumber", "macaddress", "username", "email", "bundleid", "uuid", "invitation"]
# Parameters that only shape an answer.
ASIDE = {"data_type", "page", "page_size", "sort", "filter", "export_fields", "export_labels", "accept_language", "select"}


class Path(Exception):
    """Raised in the place of sending a request."""


class Recorder:
    """In the place of a session: tells which path a call would ask for."""

    def get(self, url, **_):
        raise Path(unquote(url))

    post = get


def path_of(api, name, arguments):
    """The path that a call with these arguments would ask for, None where it would ask for none."""
    session, base = api.session, api.base_url
    api.session, api.base_url = Recorder(), ""
    try:
        getattr(api, name)(**arguments)
    except Path as path:
        return str(path)
    finally:
        api.session, api.base_url = session, base
    return None


def rows(answer):
    """The first list of objects in an answer."""
    if isinstance(answer, list):
        return answer
    for field in answer.values() if isinstance(answer, dict) else []:
        found = rows(field)
        if found:
            return found
    return []


class Objects:
    """What the tenant says about its objects; each path is read once."""

    def __init__(self, api):
        self.api, self.known = api, {}

    def read(self, path):
        """The answer of a path, None where there is none."""
        if path not in self.known:
            try:
                self.known[path] = self.api._get(path)
            except NotFound:
                self.known[path] = None
        return self.known[path]

    def value(self, path, key):
        """What fits a key of the objects in the list at a path, from its first row that has it; 1 where there is no such list."""
        path = LISTS.get(path, path)
        answer = self.read(path)
        if answer is None:
            return "1"
        for row in rows(answer):
            for name in [key, *FIELDS.get(key, [])]:
                if row.get(name) not in (None, ""):
                    return row[name]
        raise LookupError(f"no row of {path} has {key}")

    def referred(self, value):
        """A value in which a text `@PATH#POINTER` stands for what is there in what a path answers."""
        if not str(value).startswith("@"):
            return value
        path, pointer = value[1:].split("#")
        value = self.read(path)
        for step in pointer.split("/"):
            value = value[int(step) if isinstance(value, list) else step]
        return value


def filled(api, name, objects, keys, others):
    """Arguments for a method with what the tenant tells for its keys, and the path with {} in their places."""
    parameters = inspect.signature(getattr(api, name)).parameters
    arguments = dict(others)
    listed = {key for key in keys if "List" in str(parameters[key].annotation)}
    for key in keys:
        mark = "{%s}" % key
        value = objects.referred(VALUES.get((name, key), VALUES.get(key))) if is_known(name, key) else mark
        arguments[key] = [value] if key in listed else value
    path = path_of(api, name, arguments) or ""
    # From the left: a list may belong to an object that is named before it.
    for key in re.findall(r"\{(\w+)\}", path):
        above = path.split("/{%s}" % key)[0]
        if above.startswith("/JSSResource/"):
            above = re.sub(r"(?<=.)/(?:%s)$" % "|".join(KEYS), "", above)
        value = objects.value(above, key)
        arguments[key] = [value] if key in listed else value
        path = path.replace("{%s}" % key, str(value))
    return arguments, path


def is_known(name, key):
    return (name, key) in VALUES or key in VALUES


def variants(api, name):
    """Which parameters of a method are keys in a call, each with further arguments, for each call of it that is worth making."""
    method = getattr(api, name)
    parameters = inspect.signature(method).parameters.values()
    required = [one.name for one in parameters if one.default is inspect.Parameter.empty]
    optional = [one.name for one in parameters if one.name not in required and one.name not in ASIDE]
    probe = {key: VALUES.get((name, key), VALUES.get(key, [key])) for key in required}
    try:
        path = path_of(api, name, probe)
        further = [required + [key] for key in optional if key in KEYS or (name, key) in VALUES]
        # Some methods do not say that they want a key.
        first = further[0] if "None" in (path or "") else required
        yield from ((keys, {}) for keys in ([first] if first == required else []) + further)
    except utils.NoIdentification:
        keys = [key for key in KEYS if key in optional]
        first = required + keys[:1]
        yield from ((required + [key], {}) for key in keys)
        for key in optional:
            if (name, key) in VALUES and key not in KEYS:
                yield first, {key: VALUES[name, key]}
    if "subsets" in optional:
        try:
            path_of(api, name, {**probe, first[-1]: 1, "subsets": ["?"]})
        except utils.InvalidSubset as problem:
            subsets = re.findall(r"'([^']+)'", str(problem))
            yield from ((first, {"subsets": [subset]}) for subset in subsets)
            yield first, {"subsets": subsets}


def shape(api, name, answer, path, document):
    """What is wrong with an answer, None where nothing is."""
    wanted = inspect.signature(getattr(api, name)).return_annotation
    if isinstance(api, Classic):
        if isinstance(answer, str):
            try:
                return None if len(ElementTree.fromstring(answer)) or path else "an empty element"
            except ElementTree.ParseError as problem:
                return f"no XML: {problem}: {answer[:80]}"
        if not isinstance(answer, dict) or len(answer) != 1:
            return f"not one object under one name: {str(answer)[:80]}"
        return None
    # Of a file or of an answer without content the client tells in words, whatever the method says that it returns.
    if wanted is str or isinstance(answer, str):
        return None if isinstance(answer, str) and answer else f"no text: {str(answer)[:80]}"
    if not isinstance(answer, (dict, list)):
        return f"neither object nor list: {str(answer)[:80]}"
    return document and document.fault(path, answer)


def same(in_json, in_xml):
    """What differs between the two forms of one Classic answer: the name of the root and of the fields in it."""
    (name, value), root = next(iter(in_json.items())), ElementTree.fromstring(in_xml)
    if root.tag != name:
        return f"{name} in JSON, {root.tag} in XML"
    if isinstance(value, dict) and set(value) != {child.tag for child in root}:
        return f"in one form only: {sorted(set(value) ^ {child.tag for child in root})}"
    return None


def calls(api, name, objects, document):
    """Makes the calls of one method; yields what is wrong with each, or None."""
    for keys, others in variants(api, name):
        label = ", ".join([*keys, *(f"{key}={value}" for key, value in others.items())])
        path = None
        try:
            arguments, path = filled(api, name, objects, keys, others)
            answer = getattr(api, name)(**arguments)
            fault = shape(api, name, answer, path, document)
            if isinstance(api, Classic) and not fault:
                in_xml = getattr(api, name)(**arguments, data_type="xml")
                fault = shape(api, name, in_xml, path, document) or same(answer, in_xml)
        except Exception as problem:  # whatever the client makes of an answer
            text = re.sub(r"(?s)^.*Response:|<[^>]*>", "", str(problem))
            fault = f"{type(problem).__name__} of {path}: {text}"
        yield fault and f"{type(api).__name__}.{name}({label}): {' '.join(fault.split())[:240]}"


def main(base, client, secret):
    warnings.simplefilter("ignore")
    document = documents()
    wrong, expected, counts = [], set(), []
    for kind in (Classic, Pro):
        with kind(base, client, secret, client=True) as api:
            # The module sets its own filter when it is imported.
            warnings.simplefilter("ignore")
            objects, made = Objects(api), 0
            names = [name for name, _ in inspect.getmembers(kind, inspect.isfunction) if name.startswith("get_")]
            for name in names:
                faults = list(calls(api, name, objects, document))
                made += len(faults)
                known = METHODS.get((kind.__name__, name))
                found = [fault for fault in faults if fault and not (known and re.search(known[0], fault))]
                expected |= {(kind.__name__, name)} if known and any(faults) else set()
                wrong += found
            counts.append(f"{len(names)} methods of {kind.__name__} in {made} calls")
    wrong += [f"{'.'.join(method)} succeeds: take it off the list" for method in METHODS.keys() - expected]
    for line in wrong:
        print(line)
    print(f"jps-api-wrapper: {', '.join(counts)}; {len(expected)} methods fail as expected, {len(wrong)} otherwise"
          f"{'' if document else '; no documents to judge by'}")
    sys.exit(bool(wrong))


main(*sys.argv[1:4])
