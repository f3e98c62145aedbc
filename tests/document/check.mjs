// Shows requests to a mock of Jamf's own document that validates them. Usage: check.mjs REQUESTS.jsonl FOLDER
// FOLDER has the documents; each gets a mock of its own, and each request goes to the one that has its path.
import { createLogger } from "@stoplight/prism-core";
import { createServer } from "@stoplight/prism-http-server";
import { getHttpOperationsFromSpec } from "@stoplight/prism-cli/dist/operations.js";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [requests, folder] = process.argv.slice(2);

// Secrets are in no caller's arguments: the server or a person fills them in, as this does, with something that fits.
const FITTING = { pin: "123456", data: ["c2ltdWxhdGVk"], activationCode: "A1B2".repeat(8) };
const fill = (value, [name, ...rest]) => {
  if (Array.isArray(value)) return value.forEach((entry) => fill(entry, [name, ...rest]));
  if (value === null || typeof value !== "object") return;
  if (rest.length === 0) value[name] ??= FITTING[name] ?? "c2ltdWxhdGVk";
  else fill(value[name], rest);
};

// The kinds of problems that are about a request.
const ABOUT_REQUESTS = ["#UNPROCESSABLE_ENTITY", "#NO_PATH_MATCHED_ERROR", "#NO_METHOD_MATCHED_ERROR", "#INVALID_CONTENT_TYPE", "#NO_BASE_URL_ERROR"];

const shape = (path) => path.replace(/^\/api/, "").replace(/\{[^}]*\}/g, "{}");

const documents = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => JSON.parse(readFileSync(join(folder, name))))
  .filter((document) => Object.keys(document.paths ?? {}).some((path) => path.startsWith("/v1/")));
// Additions name types of the document that they are additions to.
const schemas = Object.assign({}, ...documents.map((document) => document.components?.schemas));

// A part of several alternatives is told by its discriminator, which the mock leaves out of account.
const discriminated = {};
const discriminate = (node) => {
  if (node === null || typeof node !== "object") return;
  const { propertyName, mapping } = node.discriminator ?? {};
  for (const [value, reference] of Object.entries(mapping ?? {})) {
    const name = reference.split("/").pop();
    const schema = schemas[name];
    if (!schema) continue;
    discriminated[name] = { allOf: [schema, { type: "object", required: [propertyName], properties: { [propertyName]: { type: "string", enum: [value] } } }] };
  }
  Object.values(node).forEach(discriminate);
};
documents.forEach(discriminate);

const mocks = [];
for (const document of documents) {
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${shape(path)}`),
  );
  document.components = { ...document.components, schemas: { ...schemas, ...document.components?.schemas, ...discriminated } };
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
  mocks.push({ server, address, routes: new Set(routes) });
}
assert.ok(mocks.length > 0, `no document of the Jamf Pro API in ${folder}`);

const said = new Map();
const tools = new Set();
let sent = 0;
for (const line of readFileSync(requests, "utf8").trim().split("\n")) {
  const request = JSON.parse(line);
  const mock = mocks.find((mock) => mock.routes.has(`${request.method} ${shape(request.template)}`));
  assert.ok(mock, `${request.tool}: no document has ${request.template}`);
  const url = new URL(mock.address + request.path.replace(/^\/api/, ""));
  for (const [name, value] of request.query) url.searchParams.append(name, value);
  for (const path of request.secrets) {
    const [, ...names] = path.split(".");
    fill(request.body?.commandData ?? request.body, names);
  }
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
    .map((entry) => `${(entry.location ?? []).join(".")} ${entry.message}`);
  if (reasons.length > 0) said.set(request.tool, { request: `${request.method} ${url.pathname}${url.search}`, reasons, body: request.body });
}
await Promise.all(mocks.map((mock) => mock.server.close()));
for (const [tool, problem] of said) {
  console.error(`${tool}: ${problem.request}\n  ${problem.reasons.slice(0, 6).join("\n  ")}\n  ${JSON.stringify(problem.body)?.slice(0, 400)}`);
}
console.log(`${sent} requests of ${tools.size} actions were shown to ${mocks.length} documents; ${said.size} actions were refused`);
process.exit(said.size === 0 ? 0 : 1);
