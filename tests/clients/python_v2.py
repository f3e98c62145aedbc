"""PyPI `mcp` 2.x, both lifecycles, against stdio, Streamable HTTP and the older SSE. Usage: python_v2.py BINARY HTTP_BASE TOKEN"""

import asyncio
import sys

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from session import check, text_of


async def drive(name, server, mode):
    async with Client(server, mode=mode) as client:

        async def call(tool, arguments, progress=None):
            return text_of(await client.call_tool(tool, arguments, progress_callback=progress))

        count = await check(lambda cursor: client.list_tools(cursor=cursor), call)
        try:
            await client.call_tool("no_such_tool", {})
        except Exception as error:
            assert "no_such_tool" in str(error), error
        else:
            raise AssertionError("an unknown tool was answered")
        print(f"mcp 2.x over {name}, {mode}: {client.protocol_version}, {count} tools, ok")


async def main(binary, base, token):
    headers = {"Authorization": f"Bearer {token}"}
    for mode in ["legacy", "auto", "2026-07-28"]:
        await drive("stdio", StdioServerParameters(command=binary, args=["serve", "--demo"]), mode)
        async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
            await drive("Streamable HTTP", streamable_http_client(f"{base}/mcp", http_client=http), mode)
        await drive("SSE", sse_client(f"{base}/sse", headers=headers), mode)


asyncio.run(main(*sys.argv[1:4]))
