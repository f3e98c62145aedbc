// A session of @modelcontextprotocol/sdk 1.x that makes a call for each line that it reads. Usage: long_lived.mjs HTTP_BASE TOKEN
import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [base, token] = process.argv.slice(2);
const requestInit = { headers: { Authorization: `Bearer ${token}` } };
const client = new Client({ name: "jamf-pro-mcp tests", version: "1.0.0" });
await client.connect(new StreamableHTTPClientTransport(new URL(`${base}/mcp`), { requestInit }));

async function call() {
  const { content } = await client.callTool({ name: "computer_list", arguments: { page_size: 1 } });
  console.log(content[0].text.includes('"total":420') ? "answered" : `failed: ${content[0].text}`);
}

await call();
for await (const _ of createInterface({ input: process.stdin })) await call();
await client.close();
