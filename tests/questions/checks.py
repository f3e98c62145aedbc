"""What the answers of the questions must be, computed from raw answers of the tenant. One function a question."""

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


@check
def versions_of_macos(tenant, answer):
    expected = collections.Counter(version(os_of(mac)) for mac in tenant.managed() if os_of(mac))
    found = {version(row["version"]): row["devices"] for row in answer["rows"] if row["os"] == "macOS"}
    same(found, {key: count for key, count in expected.items() if key in found}, "devices by version")
    same(answer["numbers"]["devices"], len(tenant.managed()), "managed Macs")


@check
def below_a_version(tenant, answer):
    older = [mac for mac in tenant.managed() if os_of(mac) and version(os_of(mac)) < (14,)]
    same(answer["numbers"]["older"], len(older), "Macs below 14")
    assert {row["serial_number"] for row in answer["rows"]} <= {serial(mac) for mac in older}, answer["rows"]


@check
def by_department(tenant, answer):
    names = departments(tenant)
    expected = collections.Counter(
        names.get((mac["userAndLocation"] or {}).get("departmentId")) for mac in tenant.computers()
    )
    same(pairs(answer), dict(expected), "Macs by department")


@check
def group_filevault_and_version(tenant, answer):
    expected = sorted(
        serial(mac)
        for mac in computers_in(tenant, group_named(tenant, "Stale or unencrypted"))
        if os_of(mac)
        and version(os_of(mac)) < (15,)
        and (mac["operatingSystem"] or {}).get("fileVault2Status") == "NOT_ENCRYPTED"
    )
    same(sorted(column(answer, "serial_number")), expected, "serial numbers")


@check
def battery_condition(tenant, answer):
    counted = collections.Counter()
    for mac in tenant.computers():
        lists = [mac["extensionAttributes"]] + [
            (mac[section] or {}).get("extensionAttributes")
            for section in ("general", "hardware", "operatingSystem", "purchasing", "userAndLocation")
        ]
        attributes = [one for some in lists for one in some or [] if one["name"] == "Battery Condition"]
        values = [value for one in attributes for value in one["values"] or []]
        counted[values[0] if values and values[0] else None] += 1
    same({row["ea.Battery Condition"]: row["count"] for row in answer["rows"]}, dict(counted), "conditions")


@check
def nearly_full_disks(tenant, answer):
    def used(mac):
        disks = (mac["storage"] or {}).get("disks") or []
        parts = [part for disk in disks for part in disk["partitions"] or [] if part["partitionType"] == "BOOT"]
        return parts[0]["percentUsed"] if parts else None

    expected = sorted(serial(mac) for mac in tenant.managed() if (used(mac) or 0) >= 90)
    same(sorted(column(answer, "serial_number")), expected, "serial numbers")


@check
def warranty_of_90_days(tenant, answer):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    ends = today + datetime.timedelta(days=90)
    dates = {serial(mac): (mac["purchasing"] or {}).get("warrantyDate") for mac in tenant.managed()}
    expected = sorted(
        one for one, date in dates.items() if date and today <= datetime.date.fromisoformat(date[:10]) <= ends
    )
    same(sorted(column(answer, "serial_number")), expected, "serial numbers")


@check
def members_by_name(tenant, answer):
    expected = sorted(mac["general"]["name"] for mac in computers_in(tenant, group_named(tenant, "Executives (protected)")))
    same(sorted(column(answer, "name")), expected, "names")


@check
def double_serial_numbers(tenant, answer):
    counted = collections.Counter(serial(mac) for mac in tenant.computers() if serial(mac))
    expected = {one: count for one, count in counted.items() if count > 1}
    found = {row["hardware.serialNumber"]: row["count"] for row in answer["rows"] if row["hardware.serialNumber"]}
    same(found, expected, "serial numbers of several records")


@check
def local_administrators(tenant, answer):
    def count(mac):
        return sum(1 for account in mac["localUserAccounts"] or [] if account["admin"])

    expected = sorted(serial(mac) for mac in tenant.managed() if count(mac) > 1)
    same(sorted(column(answer, "serial_number")), expected, "serial numbers")


@check
def lost_devices(tenant, answer):
    expected = sorted(
        device["hardware"]["serialNumber"]
        for device in tenant.mobile_devices()
        if (device.get("security") or {}).get("lostModeEnabled")
    )
    same(sorted(column(answer, "serial_number")), expected, "serial numbers")


@check
def scripts_with_passwords(tenant, answer):
    pattern = re.compile(r"(?i)(password|passwd|secret|token)\w*\s*=\s*['\"][^'\"$]+['\"]")
    expected = {row["name"] for row in tenant.all("/api/v1/scripts") if pattern.search(row["scriptContents"] or "")}
    assert expected, "no script has a password"
    assert expected <= set(column(answer, "name")), f"{expected - set(column(answer, 'name'))} are missing"


@check
def groups_without_criteria(tenant, answer):
    expected = sorted(
        group["name"]
        for group in tenant.classic("computergroups", "computer_group")
        if group["is_smart"] and not group["criteria"]
    )
    same(sorted(column(answer, "name")), expected, "groups")


@check
def policies_for_all_at_check_in(tenant, answer):
    expected = sorted(
        policy["general"]["name"]
        for policy in tenant.classic("policies", "policy")
        if policy["general"]["enabled"] and policy["general"]["trigger_checkin"] and policy["scope"]["all_computers"]
    )
    same(sorted(column(answer, "name")), expected, "policies")


@check
def several_macs_of_one_person(tenant, answer):
    counted = collections.Counter(
        mac["userAndLocation"]["username"]
        for mac in tenant.managed()
        if (mac["userAndLocation"] or {}).get("username")
    )
    same(pairs(answer), {name: count for name, count in counted.items() if count > 1}, "people")


@check
def mobile_models(tenant, answer):
    expected = collections.Counter(device["hardware"]["model"] for device in tenant.mobile_devices())
    same(pairs(answer), dict(expected), "models")


@check
def unmanaged_records(tenant, answer):
    managed = {mac["id"] for mac in tenant.managed()}
    expected = sorted(mac["id"] for mac in tenant.computers() if mac["id"] not in managed)
    same(sorted(column(answer, "id")), expected, "records")


@check
def wifi_profiles(tenant, answer):
    expected = sorted(
        profile["general"]["name"]
        for profile in tenant.classic("osxconfigurationprofiles", "os_x_configuration_profile")
        if "com.apple.wifi.managed" in profile["general"]["payloads"]
    )
    same(sorted(column(answer, "name")), expected, "profiles")


@check
def clients_that_can_erase(tenant, answer):
    grave = "Send Computer Remote Wipe Command"
    roles = {row["displayName"] for row in tenant.all("/api/v1/api-roles") if grave in row["privileges"]}
    expected = sorted(
        row["displayName"] for row in tenant.all("/api/v1/api-integrations") if roles & set(row["authorizationScopes"])
    )
    same(sorted(column(answer, "name")), expected, "API clients")


@check
def webhooks_and_hosts(tenant, answer):
    expected = {}
    for hook in tenant.classic("webhooks", "webhook"):
        expected[hook["name"]] = re.match(r"https?://([^/:]+)", hook["url"])[1]
    same({name: host.split(":")[0] for name, host in pairs(answer).items()}, expected, "hosts")


@check
def intel_macs(tenant, answer):
    expected = sum(1 for mac in tenant.managed() if (mac["hardware"] or {}).get("appleSilicon") is False)
    same(answer["rows"][0][0], expected, "Macs with an Intel processor")


@check
def largest_packages(tenant, answer):
    names = {row["packageName"] for row in tenant.all("/api/v1/packages")}
    assert answer["rows"] and set(column(answer, "name")) <= names, answer["rows"]
    sizes = [size for size in column(answer, "size_bytes") if size is not None]
    same(sizes, sorted(sizes, reverse=True), "sizes in their order")


@check
def devices_of_a_name(tenant, answer):
    expected = {
        serial(mac) for mac in tenant.computers() if (mac["userAndLocation"] or {}).get("realname") == "Farid Nkosi"
    } | {
        device["hardware"]["serialNumber"]
        for device in tenant.mobile_devices()
        if device["userAndLocation"]["realName"] == "Farid Nkosi"
    }
    assert expected, "nobody is called that"
    same({device["serialNumber"] for device in answer["devices"]}, expected, "devices")
