"""What the answers of questions about the configuration must be. One function a question."""

import re

from facts import (
    check,
    column,
    computers_in,
    days_since,
    group_named,
    is_complete,
    moment,
    now,
    pairs,
    policy_named,
    same,
    serial,
)


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
def largest_packages(tenant, answer):
    names = {row["packageName"] for row in tenant.all("/api/v1/packages")}
    assert answer["rows"] and set(column(answer, "name")) <= names, answer["rows"]
    sizes = [size for size in column(answer, "size_bytes") if size is not None]
    same(sizes, sorted(sizes, reverse=True), "sizes in their order")


@check
def what_ends(tenant, answer):
    locations = tenant.all("/api/v1/volume-purchasing-locations")
    expired = [row["name"] for row in locations if moment(row["tokenExpiration"]) < now()]
    assert expired and all(name in str(answer["rows"]) for name in expired), expired
    policies = [policy["general"]["name"] for policy in tenant.classic("policies", "policy")]
    assert policies
    assert "APNs" in str(answer["rows"][0]), answer["rows"][0]


@check
def licenses(tenant, answer):
    short = []
    for location in tenant.all("/api/v1/volume-purchasing-locations"):
        for content in tenant.all(f"/api/v1/volume-purchasing-locations/{location['id']}/content"):
            if content["licenseCountInUse"] > content["licenseCountTotal"] or content["licenseCountReported"] < 0:
                short.append(content["name"])
    assert set(short) <= {row["app"] for row in answer["rows"] if row.get("short")}, short
    assert answer["numbers"]["short_apps"] >= 1, answer["numbers"]


@check
def users_of_a_package(tenant, answer):
    is_complete(answer)
    name = "GoogleChrome-142.0.7444.135.pkg"
    expected = {
        policy["general"]["name"]
        for policy in tenant.classic("policies", "policy")
        if any(package["name"] == name for package in policy["package_configuration"]["packages"])
    }
    same({row["name"] for row in answer["rows"] if row["kind"] == "policy" and row["strength"] == "exact"}, expected, "policies")


@check
def users_of_a_group(tenant, answer):
    is_complete(answer)
    group = group_named(tenant, "Browser exceptions")
    policies = {
        policy["general"]["name"]
        for policy in tenant.classic("policies", "policy")
        if any(
            str(one["id"]) == group
            for one in policy["scope"]["computer_groups"] + policy["scope"]["exclusions"]["computer_groups"]
        )
    }
    same({row["name"] for row in answer["rows"] if row["kind"] == "policy"}, policies, "policies")


@check
def unused_packages(tenant, answer):
    is_complete(answer)
    used = set()
    for policy in tenant.classic("policies", "policy"):
        used |= {str(package["id"]) for package in policy["package_configuration"]["packages"]}
    for prestage in tenant.all("/api/v3/computer-prestages"):
        used |= set(prestage.get("customPackageIds") or [])
    never = {row["id"] for row in tenant.all("/api/v1/packages")} - used
    assert answer["numbers"]["package"] <= len(never), (answer["numbers"], len(never))
    assert answer["numbers"]["package"] > 0
    assert {row["id"] for row in answer["rows"]} <= never, answer["rows"]


@check
def configuration_findings(tenant, answer):
    empty = [
        group["name"]
        for group in tenant.classic("computergroups", "computer_group")
        if group["is_smart"] and not group["criteria"]
    ]
    same(answer["numbers"]["smart_group_without_criteria"], len(empty), "smart groups without criteria")


@check
def access(tenant, answer):
    is_complete(answer)
    same(answer["numbers"]["api_clients"], len(tenant.all("/api/v1/api-integrations")), "API clients")


@check
def events(tenant, answer):
    is_complete(answer)
    own = {
        policy["general"]["trigger_other"]
        for policy in tenant.classic("policies", "policy")
        if policy["general"].get("trigger_other")
    }
    assert answer["numbers"]["events"] >= len(own), (answer["numbers"], own)
    texts = " ".join(row["scriptContents"] or "" for row in tenant.all("/api/v1/scripts"))
    silent = {row["event"] for row in answer["rows"] if "nothing" in row.get("problem", "")}
    assert silent <= own and not any(f"-event {event} " in texts for event in silent), silent


@check
def what_a_policy_does(tenant, answer):
    is_complete(answer)
    policy = policy_named(tenant, "Install Chrome")
    for package in policy["package_configuration"]["packages"]:
        assert package["name"] in str(answer["rows"]), package
    for script in policy["scripts"]:
        assert script["name"] in str(answer["rows"]), script
    assert policy["general"]["frequency"] in answer["answer"], answer["answer"]


@check
def who_gets_a_policy(tenant, answer):
    is_complete(answer)
    scope = policy_named(tenant, "Install Chrome")["scope"]

    def members(groups):
        return {mac["id"] for group in groups for mac in computers_in(tenant, str(group["id"]))}

    targets = members(scope["computer_groups"]) | {str(one["id"]) for one in scope["computers"]}
    excluded = members(scope["exclusions"]["computer_groups"]) | {str(one["id"]) for one in scope["exclusions"]["computers"]}
    assert scope["limitations"]["user_groups"], "the policy has a limitation"
    same(answer["numbers"]["devices_at_most"], len(targets - excluded), "devices at most")


@check
def who_has_a_profile(tenant, answer):
    is_complete(answer)
    group = tenant.classic("osxconfigurationprofiles", "os_x_configuration_profile")
    profile = next(one for one in group if one["general"]["name"] == "Wi-Fi: Corporate")
    identifier = profile["general"]["uuid"].lower()
    has = [
        mac
        for mac in tenant.managed()
        if any((one["profileIdentifier"] or "").lower() == identifier for one in mac["configurationProfiles"] or [])
    ]
    same(answer["numbers"]["installed"], len(has), "Macs with the profile")


@check
def parameters_of_a_script(tenant, answer):
    is_complete(answer)
    runs = {
        policy["general"]["name"]: script["parameter4"]
        for policy in tenant.classic("policies", "policy")
        for script in policy["scripts"]
        if script["name"] == "quit-app.sh"
    }
    same({row["policy"]: row.get("$4 Application name", "") for row in answer["rows"]}, runs, "policies and $4")


@check
def recent_changes(tenant, answer):
    assert answer["numbers"]["changes"] == len(answer["rows"]) or answer.get("more_rows"), answer
    assert all(days_since(row["at"]) <= 7 for row in answer["rows"]), answer["rows"]


@check
def sampled_results(tenant, answer):
    numbers = answer["numbers"]
    assert "sample" in answer["answer"] and numbers["read"] < numbers["in_scope"], answer["answer"]
    same(numbers["completed"] + numbers["failed"] + numbers["no_entry"], numbers["read"], "results of what was read")


@check
def switched_off_policies(tenant, answer):
    expected = sorted(
        policy["general"]["name"]
        for policy in tenant.classic("policies", "policy")
        if not policy["general"]["enabled"]
    )
    same(sorted(column(answer, "name")), expected, "policies")


@check
def why_not_in_a_group(tenant, answer):
    is_complete(answer)
    mac = next(mac for mac in tenant.computers() if serial(mac) == "ZZ463C8371")
    member = any(one["groupName"] == "FileVault off" for one in mac["groupMemberships"])
    assert member and ("is in" in answer["answer"] or "is a member" in answer["answer"]), answer["answer"]


@check
def members_of_rings(tenant, answer):
    expected = {
        group["name"]: len(computers_in(tenant, str(group["id"])))
        for group in tenant.get("/JSSResource/computergroups")["computer_groups"]
        if group["name"].startswith("Update ring")
    }
    same(pairs(answer), expected, "members")


@check
def why_no_chrome(tenant, answer):
    is_complete(answer)
    mac = next(mac for mac in tenant.computers() if serial(mac) == "ZZ4D5ACE42")
    excluded = [group["name"] for group in policy_named(tenant, "Install Chrome")["scope"]["exclusions"]["computer_groups"]]
    own = [one["groupName"] for one in mac["groupMemberships"]]
    reason = [name for name in excluded if name in own]
    assert reason and f"excluded by the computer group \"{reason[0]}\"" in answer["answer"], answer["answer"]


@check
def why_no_wifi(tenant, answer):
    is_complete(answer)
    mac = next(mac for mac in tenant.computers() if serial(mac) == "ZZ0F59CCDE")
    query = f"clientManagementId%3D%3D{mac['general']['managementId']}"
    commands = tenant.all(f"/api/v2/mdm/commands?filter={query}")
    assert any(command["commandState"] == "ERROR" for command in commands), "no command failed"
    assert "Example Organization Root" in str(answer), answer["answer"]


@check
def profiles_that_differ(tenant, answer):
    found = dict(zip(column(answer, "key"), column(answer, "profiles")))
    values = {}
    for profile in tenant.classic("osxconfigurationprofiles", "os_x_configuration_profile"):
        match = re.search(r"<key>orientation</key>\s*<string>(\w+)</string>", profile["general"]["payloads"])
        if match:
            values[profile["general"]["name"]] = match[1]
    assert len(set(values.values())) > 1, values
    same(set(found["orientation"].split(",")), set(values), "profiles of the Dock")
