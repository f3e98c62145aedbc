"""What every Python client is put through, whichever SDK version it is.

`check(call, list_tools)` lists and calls tools the way an agent would, right and wrong, and raises on the first answer
that an agent could not work with.
"""

import json

BAD_IDS = ["../../x", "1?y=z", "1/../2", "", "%2e%2e", "7\n8"]


async def check(list_tools, call):
    tools, cursor = {}, None
    while True:
        page = await list_tools(cursor)
        for tool in page.tools:
            tools[tool.name] = tool
        cursor = getattr(page, "nextCursor", None) or getattr(page, "next_cursor", None)
        if not cursor:
            break
    assert "computer_list" in tools, sorted(tools)
    assert 30 <= len(tools) <= 60, len(tools)

    text, failed = await call("computer_list", {"page_size": 3})
    answer = json.loads(text)
    assert not failed and answer["total"] == 420 and len(answer["rows"]) == 3, text

    told = []

    async def progress(done, total, message):
        told.append((done, total))

    text, failed = await call("computer_list", {"page_size": 100, "all": True, "fields": ["id"]}, progress)
    answer = json.loads(text)
    assert not failed and len(answer["rows"]) == 420, text[:400]
    # Between them a heartbeat reports a slow tenant; what is counted comes whole. The last may be on its way when the answer is there.
    counted = [step for step in told if step[0] == int(step[0])]
    assert counted[:4] == [(at, 420) for at in (100, 200, 300, 400)], told

    text, failed = await call("computer_list", {"page_size": 2, "filter": 'general.name=="Nobody \\"has\\" this; name"'})
    answer = json.loads(text)
    assert not failed and answer["total"] == 0 and answer["rows"] == [], text

    text, failed = await call("computer_list", {"pagesize": 3, "sort": 5, "page": "x"})
    assert failed and "page_size" in text and "page" in text, text

    for bad in BAD_IDS:
        text, failed = await call("building_get", {"id": bad})
        assert failed and "id" in text, (bad, text)

    text, failed = await call("building_get", {"id": 999999})
    assert failed and "999999" in text or "not" in text, text

    text, failed = await call("building_create", {"body": {"name": "No"}})
    assert failed and "allow" in text, text
    return len(tools)


def text_of(result):
    """(text, failed) of a tool result of either SDK generation."""
    failed = getattr(result, "isError", None)
    if failed is None:
        failed = getattr(result, "is_error", False)
    return "".join(block.text for block in result.content), bool(failed)
