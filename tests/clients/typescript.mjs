// @modelcontextprotocol/sdk 1.x against stdio, Streamable HTTP and the older SSE. Usage: typescript.mjs BINARY HTTP_BASE TOKEN
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [binary, base, token] = process.argv.slice(2);
const requestInit = { headers: { Authorization: `Bearer ${token}` } };

async function drive(name, transport) {
  const client = new Client({ name: "jamf-pro-mcp tests", version: "1.0.0" });
  await client.connect(transport);
  const tools = [];
  let cursor;
  do {
    const page = await client.listTools(cursor ? { cursor } : {});
    tools.push(...page.tools);
    cursor = page.nextCursor;
  } while (cursor);
  assert.ok(tools.some((tool) => tool.name === "computer_list"));

  const answered = await client.callTool({ name: "computer_list", arguments: { page_size: 3 } });
  const answer = JSON.parse(answered.content[0].text);
  assert.equal(answer.total, 420);
  assert.equal(answer.rows.length, 3);

  const told = [];
  const walk = { name: "computer_list", arguments: { page_size: 100, all: true, fields: ["id"] } };
  const walked = await client.callTool(walk, undefined, { onprogress: ({ progress }) => told.push(progress) });
  assert.equal(JSON.parse(walked.content[0].text).rows.length, 420);
  // Between them a heartbeat reports a slow tenant. This SDK forgets who is told once the answer is there, so those that it
  // reads together with the answer are lost.
  const counted = told.filter(Number.isInteger);
  assert.ok(counted.length >= 2, `${told}`);
  assert.deepEqual(counted, [100, 200, 300, 400, 420].slice(0, counted.length));

  const refused = await client.callTool({ name: "building_get", arguments: { id: "../../x" } });
  assert.equal(refused.isError, true);
  await assert.rejects(client.callTool({ name: "no_such_tool", arguments: {} }), /no_such_tool/);
  await client.close();
  console.log(`TypeScript SDK over ${name}: ${tools.length} tools, ok`);
}

await drive("stdio", new StdioClientTransport({ command: binary, args: ["serve", "--demo"], stderr: "inherit" }));
await drive("Streamable HTTP", new StreamableHTTPClientTransport(new URL(`${base}/mcp`), { requestInit }));
await drive("SSE", new SSEClientTransport(new URL(`${base}/sse`), { requestInit }));
