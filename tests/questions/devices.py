"""What the answers of questions about devices and people must be. One function a question."""

import collections
import datetime

from facts import (
    check,
    column,
    computers_in,
    days_since,
    departments,
    group_named,
    is_complete,
    is_inventoried,
    moment,
    now,
    os_of,
    pairs,
    same,
    serial,
    version,
)


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
def intel_macs(tenant, answer):
    expected = sum(1 for mac in tenant.managed() if (mac["hardware"] or {}).get("appleSilicon") is False)
    same(answer["rows"][0][0], expected, "Macs with an Intel processor")


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


@check
def silent_devices(tenant, answer):
    is_complete(answer)
    macs = sum(
        1 for mac in tenant.managed() if not mac["general"]["lastCheckIn"] or days_since(mac["general"]["lastCheckIn"]) > 30
    )
    phones = 0
    for device in tenant.mobile_devices():
        general = device["general"]
        clocks = [general[name] for name in ("lastInventoryUpdateDate", "lastContactDate") if general.get(name)]
        if general["managed"] and (not clocks or days_since(max(clocks, key=moment)) > 30):
            phones += 1
    same(answer["numbers"]["stale"], macs + phones, "silent devices")


@check
def encryption(tenant, answer):
    is_complete(answer)
    macs = [mac for mac in tenant.managed() if is_inventoried(mac)]
    off = [mac for mac in macs if mac["operatingSystem"]["fileVault2Status"] in ("NOT_ENCRYPTED", "SOME_ENCRYPTED")]
    invalid = [
        mac
        for mac in macs
        if (mac["diskEncryption"] or {}).get("individualRecoveryKeyValidityStatus") == "INVALID"
    ]
    same(answer["numbers"]["not_encrypted"], len(off), "not encrypted")
    same(answer["numbers"]["key_invalid"], len(invalid), "invalid keys")


@check
def encryption_by_department(tenant, answer):
    encryption(tenant, answer)
    names = departments(tenant)
    counted = collections.Counter(
        names.get(mac["userAndLocation"]["departmentId"])
        for mac in tenant.managed()
        if is_inventoried(mac) and mac["operatingSystem"]["fileVault2Status"] in ("NOT_ENCRYPTED", "SOME_ENCRYPTED")
    )
    found = {row.get("department"): row["not_encrypted"] for row in answer["rows"] if row["not_encrypted"]}
    same(found, dict(counted), "not encrypted by department")


@check
def protection(tenant, answer):
    is_complete(answer)
    macs = [mac for mac in tenant.managed() if is_inventoried(mac)]
    firewall = sum(1 for mac in macs if mac["security"]["firewallEnabled"] is False)
    sip = sum(1 for mac in macs if mac["security"]["sipStatus"] == "DISABLED")
    same(answer["checks"]["firewall"]["fail"], firewall, "firewall off")
    same(answer["checks"]["sip"]["fail"], sip, "SIP off")


@check
def mdm_profiles(tenant, answer):
    is_complete(answer)
    ends = [mac["general"]["mdmProfileExpiration"] for mac in tenant.managed()]
    ends += [
        device["general"]["mdmProfileExpirationDate"] for device in tenant.mobile_devices() if device["general"]["managed"]
    ]
    expired = sum(1 for end in ends if end and moment(end) < now())
    same(answer["numbers"]["profile_expired"], expired, "expired MDM profiles")


@check
def failed_commands(tenant, answer):
    is_complete(answer)
    since = (now() - datetime.timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    commands = tenant.all(f"/api/v2/mdm/commands?filter=dateSent%3Dge%3D%22{since}%22")
    failed = sum(1 for command in commands if command["commandState"] in ("ERROR", "FAILED"))
    same(answer["numbers"]["failed"], failed, "failed commands")


@check
def chrome_versions(tenant, answer):
    is_complete(answer)
    counted = collections.Counter()
    for mac in tenant.managed():
        versions = {app["version"] for app in mac["applications"] or [] if app["name"] == "Google Chrome.app"}
        counted.update(versions)
    found = {row["version"]: row["devices"] for row in answer["rows"] if row["kind"] == "computer"}
    same(found, dict(counted), "Chrome by version")


@check
def update_plans(tenant, answer):
    is_complete(answer)
    plans = tenant.all("/api/v1/managed-software-updates/plans")
    failed = sum(1 for plan in plans if plan["status"]["state"] == "PlanFailed")
    same((answer["numbers"]["plans"], answer["numbers"]["failed"]), (len(plans), failed), "plans and failed ones")
    reasons = {reason for plan in plans for reason in plan["status"]["errorReasons"] or []}
    assert all(reason in str(answer["rows"]) for reason in reasons), reasons


@check
def behind_in_chrome(tenant, answer):
    is_complete(answer)
    titles = tenant.get("/api/v2/patch-software-title-configurations")
    title = next(title for title in titles if title["displayName"] == "Google Chrome")
    report = tenant.all(f"/api/v2/patch-software-title-configurations/{title['id']}/patch-report")
    managed = {mac["id"] for mac in tenant.managed()}
    versions = [version(row["version"]) for row in report if row["deviceId"] in managed]
    latest = max(versions)
    same(answer["numbers"]["behind"], sum(1 for one in versions if one < latest), "behind the latest version")


@check
def one_person(tenant, answer):
    is_complete(answer)
    macs = [mac for mac in tenant.computers() if (mac["userAndLocation"] or {}).get("realname") == "Farid Nkosi"]
    same(answer["numbers"]["computers"], len(macs), "computers")
    assert {serial(mac) for mac in macs} <= {row["serial_number"] for row in answer["rows"]}, answer["rows"]


@check
def one_mac(tenant, answer):
    is_complete(answer)
    mac = next(mac for mac in tenant.computers() if serial(mac) == "ZZ463C8371")
    same(answer["device"]["os_version"], os_of(mac), "version")
    same(answer["owner"]["username"], mac["userAndLocation"]["username"], "user")
    assert "FileVault" in str(answer["rows"]), answer["rows"]


@check
def enrolled(tenant, answer):
    assert "enrolled" in answer["answer"], answer["answer"]
    scopes = tenant.get("/api/v2/computer-prestages/scope")["serialsByPrestageId"]
    prestages = {row["id"]: row["displayName"] for row in tenant.all("/api/v3/computer-prestages")}
    assert prestages[scopes["ZZ463C8371"]] in str(answer["rows"]), answer["rows"]


@check
def overview(tenant, answer):
    is_complete(answer)
    phones = sum(1 for device in tenant.mobile_devices() if device["general"]["managed"])
    same(
        (answer["numbers"]["computers"], answer["numbers"]["mobile_devices"]),
        (len(tenant.managed()), phones),
        "managed devices",
    )


@check
def ring(tenant, answer):
    is_complete(answer)
    members = computers_in(tenant, group_named(tenant, "Update ring 1"))
    numbers = answer["numbers"]
    same(numbers["devices"], len(members), "members")
    have = sum(1 for mac in members if os_of(mac) and version(os_of(mac)) >= (26, 1))
    same(numbers["have_it"], have, "members that have it")
    same(numbers["eligible"] + numbers["have_it"] + numbers["blocked"] + numbers["plan_under_way"], len(members), "all")


@check
def mobile_versions(tenant, answer):
    expected = collections.Counter(
        (device["general"]["osVersion"] or "").split(".")[0] for device in tenant.mobile_devices()
    )
    found = {row["general.osVersion:major"] or "": row["count"] for row in answer["rows"]}
    same(found, dict(expected), "devices by major version")


@check
def without_user(tenant, answer):
    expected = sum(1 for mac in tenant.managed() if not (mac["userAndLocation"] or {}).get("username"))
    same(answer["rows"][0][0], expected, "Macs without a user")


@check
def supervised(tenant, answer):
    expected = collections.Counter(device["general"]["supervised"] for device in tenant.mobile_devices())
    same({row["general.supervised"]: row["count"] for row in answer["rows"]}, dict(expected), "supervised or not")


@check
def stolen_mac(tenant, answer):
    is_complete(answer)
    mac = next(mac for mac in tenant.computers() if serial(mac) == "ZZ463C8371")
    same(answer["device"]["management_id"], mac["general"]["managementId"], "management id")
    same([row.get("tool") for row in answer["rows"]], ["device_lock", None, "computer_erase"], "steps")
    assert answer["rows"][0]["arguments"] == {"devices": [f"computer:{mac['id']}"]}, answer["rows"]


@check
def what_a_lock_would_do(tenant, answer):
    text = str(answer)
    assert "ZZ463C8371" in text or "Yusuf Thapa" in text, text[:600]


@check
def new_macs_by_month(tenant, answer):
    counted = collections.Counter((mac["general"]["lastEnrolledDate"] or "")[:7] for mac in tenant.computers())
    found = {(row["general.lastEnrolledDate:month"] or ""): row["count"] for row in answer["rows"]}
    same(found, {month: count for month, count in counted.items() if month in found}, "Macs by month")


@check
def departure(tenant, answer):
    is_complete(answer)
    macs = [mac for mac in tenant.computers() if (mac["userAndLocation"] or {}).get("realname") == "Farid Nkosi"]
    same(answer["numbers"]["computers"], len(macs), "computers")
    groups = {group["id"]: group for group in tenant.get("/JSSResource/computergroups")["computer_groups"]}
    expected = {
        (serial(mac), one["groupName"])
        for mac in macs
        for one in mac["groupMemberships"]
        if not groups[int(one["groupId"])]["is_smart"]
    }
    found = {
        (row["arguments"]["remove"][0], row["arguments"]["group"])
        for row in answer["rows"]
        if row.get("tool") == "group_members_change"
    }
    same(found, expected, "static groups")
    last = answer["rows"][-1]
    assert last["tool"] == "user_delete", last
