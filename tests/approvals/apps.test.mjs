// The pages that a client shows beside answers (MCP Apps), with the answers of the real server, and `report` as a file.
//
// Usage: node apps.test.mjs BINARY PLANS. With SHOTS=FOLDER it leaves pictures there.

import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { House, accessible, client, launch, person } from "./browser.mjs";
import { UI, show } from "./host.mjs";

const HOSTILE = `<img src=x onerror="document.title='owned'"><b>Approve all</b></script>`;

let browser;
let house;
let page;
let call;
let serial;
let tools;

/** What reaches anything but the page itself. */
const requests = [];

const result = async (name, args) => (await call.send("tools/call", { name, arguments: args })).result;
const uriOf = (name) => tools.find((tool) => tool.name === name)._meta?.ui?.resourceUri;
const html = async (name) => {
  const { contents: [content] } = (await call.send("resources/read", { uri: uriOf(name) })).result;
  assert.equal(content.mimeType, "text/html;profile=mcp-app");
  return content.text;
};

/** Name a Mac at the tenant as its user could; answers its serial number. */
async function rename(name) {
  const { JAMF_PRO_URL: url, JAMF_PRO_CLIENT_ID: id, JAMF_PRO_CLIENT_SECRET: secret } = house.environment;
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id: id, client_secret: secret });
  const { access_token: token } = await (await fetch(`${url}/api/v1/oauth/token`, { method: "POST", body })).json();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const filter = encodeURIComponent('general.remoteManagement.managed==true');
  const list = await (await fetch(`${url}/api/v4/computers-inventory?section=GENERAL&section=HARDWARE&page-size=1&filter=${filter}`, { headers })).json();
  const [mac] = list.results;
  const sent = await fetch(`${url}/api/v4/computers-inventory-detail/${mac.id}`, { method: "PATCH", headers, body: JSON.stringify({ general: { name } }) });
  assert.ok(sent.ok, await sent.text());
  return mac.hardware.serialNumber;
}

before(async () => {
  browser = await launch();
  house = await House.open();
  await house.tenant();
  serial = await rename(HOSTILE);
  call = await client(house.start(), UI);
  await house.ready();
  page = await person(browser);
  page.on("request", (request) => { if (!/^(about|data):/.test(request.url())) requests.push(request.url()); });
  tools = (await call.send("tools/list", {})).result.tools;
});

after(async () => {
  await browser?.close();
  await house?.close();
});

/** Nothing that came from anywhere became markup, and nothing ran. */
async function isText(frame) {
  assert.equal(await frame.locator("main img, main b, main script").count(), 0);
  assert.notEqual(await frame.title(), "owned");
}

test("the tools name their pages, for clients of every kind alike", async () => {
  assert.deepEqual(["fleet_overview", "device_report", "plan_status", "call_destructive", "computer_list"].map(uriOf),
    ["ui://jamf-pro-mcp/fleet", "ui://jamf-pro-mcp/device", "ui://jamf-pro-mcp/plan", "ui://jamf-pro-mcp/plan", undefined]);
  const listed = (await call.send("resources/list", {})).result.resources.map(({ uri }) => uri);
  for (const uri of new Set(tools.map(({ name }) => uriOf(name)).filter(Boolean))) assert.ok(listed.includes(uri), uri);
  const plain = await client(house.start());
  assert.deepEqual((await plain.send("tools/list", {})).result.tools, tools);
  const { content } = await result("fleet_overview", {});
  assert.equal(content.length, 1);
  assert.match((await plain("fleet_overview", {})).text, /^\{"as_of"/);
});

test("the fleet overview shows the figures of the answer", async () => {
  const answer = await result("fleet_overview", {});
  const fleet = JSON.parse(answer.content[0].text);
  const app = await show(page, await html("fleet_overview"), { result: answer });
  await app.frame.getByRole("heading", { name: "Fleet overview" }).waitFor();
  const shown = await app.frame.locator("main").innerText();
  assert.ok(shown.includes(fleet.answer), shown);
  assert.match(shown, new RegExp(`${fleet.numbers.computers}\\s+computers`));
  for (const row of fleet.rows) assert.ok(shown.includes(row.tool), row.tool);
  for (const [version, count] of Object.entries(fleet.devices_by_major_version.macOS)) assert.match(shown, new RegExp(`${version}\\s+${count}`));
  const asked = (await app.received()).map(({ method }) => method).filter(Boolean);
  assert.deepEqual(asked.slice(0, 2), ["ui/initialize", "ui/notifications/initialized"]);
  assert.ok(asked.slice(2).every((method) => method === "ui/notifications/size-changed") && asked.length > 2, String(asked));
  await accessible(page, "app-fleet", app);
});

test("the theme is that of the client, whatever the browser prefers", async () => {
  const paper = (frame) => frame.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const answer = await result("fleet_overview", {});
  await page.emulateMedia({ colorScheme: "light" });
  const app = await show(page, await html("fleet_overview"), { result: answer, theme: "dark" });
  await app.frame.getByRole("heading", { name: "Fleet overview" }).waitFor();
  assert.equal(await paper(app.frame), "rgb(20, 22, 26)");
  await page.emulateMedia({ colorScheme: "dark" });
  await app.setTheme("light");
  assert.equal(await paper(app.frame), "rgb(245, 246, 248)");
  await page.emulateMedia({ colorScheme: "light" });
});

test("a device card shows what people typed as text", async () => {
  const app = await show(page, await html("device_report"), { given: { device: serial }, result: await result("device_report", { device: serial }) });
  await app.frame.getByRole("heading", { level: 1, name: HOSTILE }).waitFor();
  const shown = await app.frame.locator("main").innerText();
  for (const part of [serial, "Owner", "Management", "Security", "FileVault status"]) assert.ok(shown.includes(part), part);
  await isText(app.frame);
  await accessible(page, "app-device", app);
});

test("a plan that waits leads to the approvals page, and approves nothing", async () => {
  const approver = await person(browser);
  await approver.goto(`${house.origin}/approvals`);
  await approver.getByLabel("Code").fill(await house.code());
  await approver.getByLabel("Your name").fill("Ada Byron");
  await approver.getByRole("button", { name: "Create a passkey" }).click();
  await approver.getByRole("heading", { name: "Plans" }).waitFor();
  const planned = await result("call_destructive", { name: "device_lock", arguments: { devices: [serial], body: { message: "Call +1 555 0100" }, reason: "Stolen" } });
  const plan = JSON.parse(planned.content[0].text);
  assert.equal(plan.approve_at, `${house.origin}/approvals#/plans/${plan.plan}`);
  const app = await show(page, await html("call_destructive"), { result: planned });
  await app.frame.getByText("This card approves nothing").waitFor();
  await isText(app.frame);
  assert.ok((await app.frame.locator("main").innerText()).includes("Approve all"), "the name is there");
  await accessible(page, "app-plan", app);
  await app.frame.getByRole("button").click();
  await page.waitForFunction(() => globalThis.received.some(({ method }) => method === "ui/open-link"));
  const links = (await app.received()).filter(({ method }) => method === "ui/open-link").map(({ params }) => params.url);
  assert.deepEqual(links, [plan.approve_at]);
  await approver.goto("about:blank");
  await approver.goto(links[0]);
  await approver.getByRole("heading", { name: "Decision" }).waitFor();
  assert.ok((await app.received()).every(({ method }) => !method || method.startsWith("ui/")), "it calls no tool");

  const refusing = await show(page, await html("plan_status"), { result: await result("plan_status", { plan: plan.plan }), opensLinks: false });
  await refusing.frame.getByRole("button").click();
  await refusing.frame.getByText(/Link opening denied by user/).waitFor();
  assert.equal(await refusing.frame.locator(".address").innerText(), plan.approve_at);

  const all = await show(page, await html("plan_status"), { result: await result("plan_status", {}) });
  await all.frame.getByRole("heading", { name: "1 open plan" }).waitFor();
  await isText(all.frame);
  await accessible(page, "app-plans", all);
  await approver.context().close();
});

test("an address that no browser should open is no button", async () => {
  const answer = { content: [{ type: "text", text: JSON.stringify({ plan: "1", title: "x", approve_at: "javascript:alert(1)" }) }] };
  const app = await show(page, await html("plan_status"), { result: answer });
  await app.frame.getByRole("heading", { name: "x" }).waitFor();
  assert.equal(await app.frame.locator("a, button").count(), 0);
});

test("what is no such answer is shown as it is", async () => {
  const refused = await result("device_report", { device: "no-such-device" });
  assert.equal(refused.isError, true);
  const app = await show(page, await html("device_report"), { result: refused });
  await app.frame.getByText(refused.content[0].text.split("\n")[0]).waitFor();
  await accessible(page, "app-refused", app);

  const plain = await show(page, await html("fleet_overview"), { result: { content: [{ type: "text", text: `[tenant: a]\n${HOSTILE}` }] } });
  await plain.frame.getByText(HOSTILE).waitFor();
  await isText(plain.frame);

  const other = await show(page, await html("plan_status"), { result: { content: [{ type: "text", text: JSON.stringify({ outcome: "done", object: { id: "1", name: HOSTILE, list: [{ a: HOSTILE }, 7, null], deep: { er: [HOSTILE] } } }) }] } });
  await other.frame.getByRole("heading", { name: "Done" }).waitFor();
  await isText(other.frame);

  const waiting = await show(page, await html("fleet_overview"), {});
  await waiting.frame.getByText("Waiting for the answer…").waitFor();
  await waiting.send({ method: "ui/notifications/tool-cancelled", params: { reason: HOSTILE } });
  await waiting.frame.getByText("The call was cancelled").waitFor();
  await isText(waiting.frame);
});

test("a client can ask it whether it is there, and take it away", async () => {
  const app = await show(page, await html("fleet_overview"), {});
  await app.send({ id: 7, method: "ping" });
  await app.send({ id: 8, method: "ui/resource-teardown", params: { reason: "over" } });
  await app.send({ id: 9, method: "tools/list" });
  await page.waitForFunction(() => globalThis.received.some(({ id }) => id === 9));
  const answers = (await app.received()).filter(({ method }) => !method);
  assert.deepEqual(answers.map(({ id, result, error }) => [id, result ?? error.code]), [[7, {}], [8, {}], [9, -32601]]);
});

test("a report is one file with the same pages", async () => {
  const file = join(house.state, "report.html");
  const said = await house.tell("report", serial, "--output", file);
  assert.ok(said.includes(file), said);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  await assert.rejects(house.tell("report", "--output", file), /is there already/);
  const first = readFileSync(file, "utf8");
  assert.ok(!first.includes(HOSTILE), "no text of the tenant stands in it as markup");
  const reader = await person(browser);
  await reader.goto(pathToFileURL(file).href);
  await reader.getByRole("heading", { name: "Fleet overview" }).waitFor();
  await reader.getByRole("heading", { level: 1, name: HOSTILE }).waitFor();
  await isText(reader);
  await accessible(reader, "report");
  assert.deepEqual(reader.problems, []);
  await reader.context().close();
  await house.tell("report", "--output", file, "--overwrite");
  assert.ok(readFileSync(file, "utf8").length < first.length, "the device is not in it any more");
});

test("no page asked anything of any address, and no policy was broken", () => {
  assert.deepEqual(requests, []);
  assert.deepEqual(page.problems, []);
});
