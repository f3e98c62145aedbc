"""PyPI `jamf-pro-sdk`, unchanged, against the simulated tenant: every read of both of its APIs, each answer as its own models have it.
Usage: sdk.py BASE CLIENT_ID CLIENT_SECRET"""

import sys
import warnings
from urllib.parse import urlsplit

from jamf_pro_sdk import ApiClientCredentialsProvider, JamfProClient, SessionConfig
from jamf_pro_sdk.clients.pro_api.pagination import FilterField
from jamf_pro_sdk.models.pro.api_options import (
    get_computer_inventory_v1_allowed_sections,
    get_computer_inventory_v3_allowed_sections,
    get_mobile_device_inventory_v2_allowed_sections,
)

# Reads that do not succeed: what they say, and why it is not the tenant that is wrong.
EXPECTED = {
    "computer v3": ("unexpected keyword argument 'params'", "the client calls a method of its own in a way that it does not have"),
    "mdm commands that are pending": ("dateCompleted", "the client wants a date of completion, which Jamf's document does not require"),
}


def reads(client):
    """What is read: its name, the call, and how many it is of, None where it is one object."""
    classic, pro = client.classic_api, client.pro_api
    computers = classic.list_all_computers(subsets=["basic"])
    mac = computers[0]
    yield "classic: computers", lambda: classic.list_all_computers(), len(computers)
    yield "classic: computer", lambda: classic.get_computer_by_id(mac.id), None
    for subset in ["general", "location", "purchasing", "peripherals", "hardware", "certificates", "software", "extensionattributes", "groupsaccounts", "configurationprofiles"]:
        yield f"classic: {subset}", lambda subset=subset: classic.get_computer_by_id(mac.id, subsets=[subset]), None
    few = [computer.id for computer in computers[:10]]
    yield "classic: several computers at a time", lambda: list(classic.get_computers(few)), len(few)
    yield "classic: computer groups", lambda: classic.list_all_computer_groups(), ...
    yield "classic: computer group", lambda: classic.get_computer_group_by_id(classic.list_all_computer_groups()[0].id), None
    yield "classic: categories", lambda: classic.list_all_categories(), ...
    yield "classic: category", lambda: classic.get_category_by_id(1), None
    yield "classic: packages", lambda: classic.list_all_packages(), ...
    yield "classic: package", lambda: classic.get_package_by_id(1), None
    yield "classic: searches", lambda: classic.list_all_advanced_computer_searches(), ...
    search = classic.list_all_advanced_computer_searches()[0].id
    yield "classic: search", lambda: classic.get_advanced_computer_search_by_id(search), None
    for version, read, sections in [
        ("v1", pro.get_computer_inventory_v1, get_computer_inventory_v1_allowed_sections),
        ("v3", pro.get_computer_inventory_v3, get_computer_inventory_v3_allowed_sections),
    ]:
        yield f"computers {version}", lambda read=read: read(), len(computers)
        yield f"computers {version}, all sections", lambda read=read: read(sections=["ALL"]), len(computers)
        for section in set(sections) - {"ALL"}:
            yield f"computers {version}, {section}", lambda read=read, section=section: read(sections=[section]), len(computers)
        serial = FilterField("hardware.serialNumber").eq(mac.serial_number)
        yield f"computers {version} by serial number", lambda read=read, serial=serial: read(filter_expression=serial), ...
    yield "computer v3", lambda: pro.get_computer_v3(mac.id), None
    yield "computer v3 in detail", lambda: pro.get_computer_inventory_detail_v3(mac.id), None
    yield "packages", lambda: pro.get_packages_v1(), ...
    yield "files of the distribution point", lambda: pro.get_jcds_files_v1(), ...
    file = pro.get_jcds_files_v1()[0].fileName
    yield "file of the distribution point", lambda: pro.get_jcds_file_v1(file), None
    for name, status in [("failed", "Error"), ("pending", "Pending")]:
        wanted = FilterField("status").eq(status)
        yield f"mdm commands that are {name}", lambda wanted=wanted: pro.get_mdm_commands_v2(wanted), ...
    yield "mobile devices", lambda: pro.get_mobile_device_inventory_v2(), ...
    for section in set(get_mobile_device_inventory_v2_allowed_sections) - {"ALL"}:
        yield f"mobile devices, {section}", lambda section=section: pro.get_mobile_device_inventory_v2(sections=[section]), ...


def fault(call, count):
    """What is wrong with a read, None where nothing is: the client has put the answer into its models already."""
    try:
        answer = call()
    except Exception as problem:  # whatever the client makes of an answer
        return f"{type(problem).__name__}: {problem}"
    if count is None:
        return None if answer is not None else "nothing was answered"
    failed = [entry for entry in answer if isinstance(entry, Exception)]
    if failed:
        return f"{type(failed[0]).__name__}: {failed[0]}"
    if not answer or count is not ... and len(answer) != count:
        return f"{len(answer)} of {count} were answered"
    return None


def main(base, client, secret):
    # Half of what it reads is deprecated, and that is what is tried.
    warnings.simplefilter("ignore")
    address = urlsplit(base)
    credentials = ApiClientCredentialsProvider(client, secret)
    api = JamfProClient(address.hostname, credentials, port=address.port, session_config=SessionConfig(scheme="http"))
    wrong, read, expected = [], 0, set()
    for name, call, count in reads(api):
        read += 1
        found = fault(call, count)
        known = EXPECTED.get(name)
        if known and found and known[0] in found:
            expected.add(name)
        elif found:
            wrong.append(f"{name}: {' '.join(found.split())[:240]}")
    wrong += [f"{name} succeeds: take it off the list" for name in EXPECTED.keys() - expected]
    for line in wrong:
        print(line)
    print(f"jamf-pro-sdk: {read} reads; {len(expected)} fail as expected, {len(wrong)} otherwise")
    sys.exit(bool(wrong))


main(*sys.argv[1:4])
