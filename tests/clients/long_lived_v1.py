"""A session of PyPI `mcp` 1.x that makes a call for each line that it reads. Usage: long_lived_v1.py HTTP_BASE TOKEN"""

import asyncio
import sys

import httpx
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from session import text_of


async def main(base, token):
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, timeout=60) as http:
        async with streamable_http_client(f"{base}/mcp", http_client=http) as streams:
            async with ClientSession(streams[0], streams[1]) as session:
                await session.initialize()
                while True:
                    text, failed = text_of(await session.call_tool("computer_list", {"page_size": 1}))
                    print("failed: " + text if failed or '"total":420' not in text else "answered")
                    if not await asyncio.to_thread(sys.stdin.readline):
                        break


asyncio.run(main(*sys.argv[1:3]))
