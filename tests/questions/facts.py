"""What checks have in common: facts of raw records, and comparisons that say what differs."""

import collections
import datetime
import re

ALL = {}


def check(function):
    ALL[function.__name__] = function
    return function


def same(found, expected, what=""):
    assert found == expected, f"{what}: answered {found!r:.600}, the tenant has {expected!r:.600}"


def column(answer, name):
    """A column of the answer of a statement."""
    assert not answer.get("partial"), answer["partial"]
    at = answer["columns"].index(name)
    return [row[at] for row in answer["rows"]]


def pairs(answer):
    """A statement's answer of two columns, as a table."""
    assert not answer.get("partial"), answer["partial"]
    return {row[0]: row[1] for row in answer["rows"]}


def version(text):
    numbers = [int(number) for number in re.findall(r"\d+", (text or "").split("(")[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def os_of(mac):
    return (mac["operatingSystem"] or {}).get("version") or None


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


def days_since(text):
    return (datetime.datetime.now(datetime.timezone.utc) - moment(text)).total_seconds() / 86400


def serial(mac):
    return (mac["hardware"] or {}).get("serialNumber")


def departments(tenant):
    return {row["id"]: row["name"] for row in tenant.all("/api/v1/departments")}


def computers_in(tenant, group_id):
    return [
        mac for mac in tenant.computers() if any(of["groupId"] == group_id for of in mac["groupMemberships"] or [])
    ]


def group_named(tenant, name):
    groups = tenant.get("/JSSResource/computergroups")["computer_groups"]
    return str(next(group["id"] for group in groups if group["name"] == name))


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def is_complete(answer):
    assert not answer.get("partial"), answer["partial"]


def is_inventoried(mac):
    return bool(mac["general"].get("reportDate"))


def policy_named(tenant, name):
    return next(
        policy for policy in tenant.classic("policies", "policy") if policy["general"]["name"] == name
    )
