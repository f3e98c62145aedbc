"""PyPI `mcp` 1.x against stdio, Streamable HTTP and the older SSE. Usage: python_v1.py BINARY HTTP_BASE TOKEN"""

import asyncio
import sys

import httpx
from mcp import ClientSession, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from session import check, text_of


async def drive(name, streams):
    async with ClientSession(streams[0], streams[1]) as session:
        hello = await session.initialize()

        async def call(tool, arguments, progress=None):
            return text_of(await session.call_tool(tool, arguments, progress_callback=progress))

        count = await check(lambda cursor: session.list_tools(cursor), call)
        try:
            await session.call_tool("no_such_tool", {})
        except Exception as error:
            assert "no_such_tool" in str(error), error
        else:
            raise AssertionError("an unknown tool was answered")
        print(f"mcp 1.x over {name}: {hello.protocolVersion}, {count} tools, ok")


async def main(binary, base, token):
    headers = {"Authorization": f"Bearer {token}"}
    async with stdio_client(StdioServerParameters(command=binary, args=["serve", "--demo"])) as streams:
        await drive("stdio", streams)
    async with httpx.AsyncClient(headers=headers, timeout=60) as http:
        async with streamable_http_client(f"{base}/mcp", http_client=http) as streams:
            await drive("Streamable HTTP", streams)
    async with sse_client(f"{base}/sse", headers=headers) as streams:
        await drive("SSE", streams)


asyncio.run(main(*sys.argv[1:4]))
