"""A session of PyPI `mcp` 2.x that makes a call for each line that it reads. Usage: long_lived_v2.py MODE HTTP_BASE TOKEN"""

import asyncio
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from session import text_of


async def main(mode, base, token):
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        async with Client(streamable_http_client(f"{base}/mcp", http_client=http), mode=mode) as client:
            while True:
                text, failed = text_of(await client.call_tool("computer_list", {"page_size": 1}))
                print("failed: " + text if failed or '"total":420' not in text else "answered")
                if not await asyncio.to_thread(sys.stdin.readline):
                    break


asyncio.run(main(*sys.argv[1:4]))
