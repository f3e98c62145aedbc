// Shows requests to a mock of Jamf's own document that validates them. Usage: check.mjs REQUESTS.jsonl FOLDER
// FOLDER has the documents; each gets a mock of its own, and each request goes to the one that has its path.
import { createLogger } from "@stoplight/prism-core";
import { createServer } from "@stoplight/prism-http-server";
import { getHttpOperationsFromSpec } from "@stoplight/prism-cli/dist/operations.js";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [requests, folder] = process.argv.slice(2);

// What the document asks for and no caller may give: secrets, which the server or a person fills in.
const SECRET = /required property|must have required/;

// The kinds of problems that are about a request.
const ABOUT_REQUESTS = ["#UNPROCESSABLE_ENTITY", "#NO_PATH_MATCHED_ERROR", "#NO_METHOD_MATCHED_ERROR", "#INVALID_CONTENT_TYPE", "#NO_BASE_URL_ERROR"];

const shape = (path) => path.replace(/^\/api/, "").replace(/\{[^}]*\}/g, "{}");

const documents = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => JSON.parse(readFileSync(join(folder, name))))
  .filter((document) => Object.keys(document.paths ?? {}).some((path) => path.startsWith("/v1/")));
// Additions name types of the document that they are additions to.
const schemas = Object.assign({}, ...documents.map((document) => document.components?.schemas));

const mocks = [];
for (const document of documents) {
  const paths = Object.keys(document.paths);
  document.components = { ...document.components, schemas: { ...schemas, ...document.components?.schemas } };
  // Only what is validated matters; an address of its own is not needed.
  document.openapi ??= "3.0.1";
  document.info ??= { title: "additions", version: "1" };
  document.servers = [];
  delete document.security;
  for (const path of Object.values(document.paths)) for (const operation of Object.values(path)) delete operation.security;
  const operations = await getHttpOperationsFromSpec(document);
  const server = createServer(operations, {
    components: { logger: createLogger("document", { level: "silent" }) },
    config: {
      mock: { dynamic: false },
      validateRequest: true,
      validateResponse: false,
      checkSecurity: false,
      errors: true,
      isProxy: false,
    },
    cors: false,
  });
  const address = await server.listen(0, "127.0.0.1");
  mocks.push({ server, address, shapes: new Set(paths.map(shape)) });
}
assert.ok(mocks.length > 0, `no document of the Jamf Pro API in ${folder}`);

const said = new Map();
const tools = new Set();
let sent = 0;
for (const line of readFileSync(requests, "utf8").trim().split("\n")) {
  const request = JSON.parse(line);
  const mock = mocks.find((mock) => mock.shapes.has(shape(request.template)));
  assert.ok(mock, `${request.tool}: no document has ${request.template}`);
  const url = new URL(mock.address + request.path.replace(/^\/api/, ""));
  for (const [name, value] of request.query) url.searchParams.append(name, value);
  const headers = { accept: "*/*" };
  let body;
  if (request.media_type === "multipart/form-data") {
    body = new FormData();
    body.append(request.body, new Blob(["simulated"]), "file.bin");
  } else if (request.media_type) {
    headers["content-type"] = request.media_type;
    body = typeof request.body === "string" ? request.body : JSON.stringify(request.body);
  }
  const response = await fetch(url, { method: request.method, headers, body });
  const text = await response.text();
  sent += 1;
  tools.add(request.tool);
  if (!response.headers.get("content-type")?.includes("problem+json")) continue;
  const problem = JSON.parse(text);
  // Anything else is about the answer that the mock would make up, not about the request.
  if (!ABOUT_REQUESTS.some((kind) => problem.type.endsWith(kind))) continue;
  const reasons = (problem.validation ?? [{ message: problem.detail ?? problem.title }])
    .filter((entry) => !(request.secrets.length > 0 && SECRET.test(entry.message)))
    .map((entry) => `${(entry.location ?? []).join(".")} ${entry.message}`);
  if (reasons.length > 0) said.set(request.tool, { request: `${request.method} ${url.pathname}${url.search}`, reasons, body: request.body });
}
await Promise.all(mocks.map((mock) => mock.server.close()));
for (const [tool, problem] of said) {
  console.error(`${tool}: ${problem.request}\n  ${problem.reasons.slice(0, 6).join("\n  ")}\n  ${JSON.stringify(problem.body)?.slice(0, 400)}`);
}
console.log(`${sent} requests of ${tools.size} actions were shown to ${mocks.length} documents; ${said.size} actions were refused`);
process.exit(said.size === 0 ? 0 : 1);
