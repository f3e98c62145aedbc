"""PyPI `mcp` 2.x, both lifecycles, against stdio, Streamable HTTP and the older SSE. Usage: python_v2.py BINARY HTTP_BASE"""

import asyncio
import sys

from mcp import Client, StdioServerParameters
from mcp.client.sse import sse_client

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


async def main(binary, base):
    for mode in ["legacy", "auto", "2026-07-28"]:
        await drive("stdio", StdioServerParameters(command=binary, args=["serve", "--demo"]), mode)
        await drive("Streamable HTTP", f"{base}/mcp", mode)
        await drive("SSE", sse_client(f"{base}/sse"), mode)


asyncio.run(main(*sys.argv[1:3]))
