// The control page of the simulated tenant as people meet it. It has a place beside the approvals page, whose browser it needs.
//
// Usage: node control.test.mjs BINARY PLANS. With SHOTS=FOLDER it leaves pictures there.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { House, freePort, launch, person } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.SHOTS;
if (shots) mkdirSync(shots, { recursive: true });

let browser;
let house;
let page;
let said;

before(async () => {
  browser = await launch();
  house = await House.open();
  await house.tenant();
  said = house.environment;
  page = await person(browser);
  await page.goto(said.DEMO_CONTROL);
});

after(async () => {
  await browser?.close();
  await house?.close();
});

const button = (name) => page.getByRole("button", { name, exact: true });
const fault = (name) => page.getByRole("switch", { name: `Fault ${name}`, exact: true });
const region = (name) => page.getByRole("region", { name });
const faults = async () => (await (await fetch(`${said.DEMO_CONTROL}/faults`)).json()).faults;

async function token() {
  const body = new URLSearchParams({
    grant_type: "client_credentials", client_id: said.JAMF_PRO_CLIENT_ID, client_secret: said.JAMF_PRO_CLIENT_SECRET,
  });
  return (await (await fetch(`${said.JAMF_PRO_URL}/api/v1/oauth/token`, { method: "POST", body })).json()).access_token;
}

async function ask(path, options = {}) {
  const headers = { authorization: `Bearer ${await token()}`, "content-type": "application/json" };
  return fetch(`${said.JAMF_PRO_URL}${path}`, { ...options, headers });
}

async function accessible(name) {
  if (shots) await page.screenshot({ path: `${shots}/control-${name}.png`, fullPage: true });
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
  assert.deepEqual(told, [], `${name} is not accessible`);
}

test("requests are shown as they come, as text", async () => {
  await page.getByText("Nothing has reached the tenant yet.").waitFor();
  await accessible("empty");
  assert.equal((await ask("/api/v1/buildings?page-size=3&x=<b>hostile</b>")).status, 200);
  await region("Requests, the latest first").getByText("/api/v1/buildings").first().waitFor();
  assert.match(await region("Requests, the latest first").innerText(), /GET[\s\S]*200[\s\S]*ms/);
  assert.equal(await page.locator("main td b").count(), 0);
  await page.getByText(/2 requests, 1 for tokens/).waitFor();
  await region("Tokens that are good").getByText("API client").waitFor();
  await accessible("requests");
});

test("faults are switches", async () => {
  const on = fault("503");
  assert.equal(await on.getAttribute("aria-checked"), "false");
  await on.focus();
  await page.keyboard.press("Space");
  await page.locator("[role=switch][data-fault='503'][aria-checked=true]").waitFor();
  assert.equal((await ask("/api/v1/buildings")).status, 503);
  await region("Requests, the latest first").getByText("503").first().waitFor();
  await page.getByLabel("Value of slow", { exact: true }).fill("20ms");
  await fault("slow").click();
  await page.locator("[role=switch][data-fault='slow'][aria-checked=true]").waitFor();
  assert.deepEqual(await faults(), ["503", "slow=20ms"]);
  await accessible("faults");
  await on.click();
  await page.locator("[role=switch][data-fault='503'][aria-checked=false]").waitFor();
  assert.deepEqual(await faults(), ["slow=20ms"]);

  await page.getByLabel("Another fault").fill("nonsense");
  await button("Switch on").click();
  await page.getByText(/unknown fault `nonsense`/).waitFor();
  await accessible("wrong");
  await page.getByLabel("Another fault").fill("429=2*5@/api/v1/buildings");
  await page.keyboard.press("Enter");
  await button("Switch 429=2*5@/api/v1/buildings off").waitFor();
  assert.equal((await ask("/api/v1/buildings")).status, 429);
  await button("Switch 429=2*4@/api/v1/buildings off").click();
  await page.getByText("For some requests only").waitFor({ state: "hidden" });
  await button("All off").click();
  await page.locator("[role=switch][data-fault='slow'][aria-checked=false]").waitFor();
  assert.deepEqual(await faults(), []);
});

test("commands are shown with what the device answers", async () => {
  const { results } = await (await ask("/api/v4/computers-inventory?section=GENERAL&page-size=20")).json();
  const clientData = results.map(({ general }) => ({ managementId: general.managementId }));
  const body = JSON.stringify({ clientData, commandData: { commandType: "RESTART_DEVICE" } });
  assert.equal((await ask("/api/v2/mdm/commands", { method: "POST", body })).status, 201);
  const rows = region("Commands, the latest first");
  await rows.getByText("PENDING").first().waitFor();
  await rows.getByText("ACKNOWLEDGED").first().waitFor();
  await accessible("commands");
});

test("a state is put aside, back, and reset", async () => {
  const names = async () => (await (await ask("/api/v1/buildings")).json()).results.map(({ name }) => name);
  await button("Put the state aside").click();
  await page.getByText("Name it first.").waitFor();
  await page.getByLabel("Name of a checkpoint").fill("before it");
  await button("Put the state aside").click();
  await button("Put back before it").waitFor();
  assert.equal((await ask("/api/v1/buildings", { method: "POST", body: JSON.stringify({ name: "zz new" }) })).status, 201);
  assert.ok((await names()).includes("zz new"));
  await button("Put back before it").click();
  await page.locator("#status", { hasText: "The state is before it again" }).waitFor({ state: "attached" });
  assert.ok(!(await names()).includes("zz new"));
  await ask("/api/v1/buildings", { method: "POST", body: JSON.stringify({ name: "zz new" }) });
  await button("Reset the state").click();
  await accessible("reset");
  await button("Undo every change").click();
  await page.locator("#status", { hasText: "The state is as it was made" }).waitFor({ state: "attached" });
  assert.ok(!(await names()).includes("zz new"));
  await button("Delete before it").click();
  await button("Delete before it").waitFor({ state: "detached" });
});

test("tokens are revoked, and the log begins anew", async () => {
  const old = await token();
  await button("Revoke all").click();
  await page.getByText("No token is good.").waitFor();
  const answer = await fetch(`${said.JAMF_PRO_URL}/api/v1/buildings`, { headers: { authorization: `Bearer ${old}` } });
  assert.equal(answer.status, 401);
  await button("Pause").click();
  await button("Clear").click();
  await page.getByText(/^0 requests/).waitFor();
  await button("Pause").click();
  await page.getByText("Nothing has reached the tenant yet.").waitFor();
});

test("it is for phones too", async () => {
  await ask("/api/v1/buildings");
  await page.setViewportSize({ width: 360, height: 740 });
  await region("Requests, the latest first").waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, "nothing is wider than the screen");
  await accessible("phone");
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible("dark");
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize({ width: 1280, height: 900 });
});

test("another site gets nowhere, even with the address", async () => {
  const port = await freePort();
  const evil = createServer((_, response) => response.setHeader("content-type", "text/html").end(`<iframe src="${said.DEMO_CONTROL}/"></iframe>`));
  await new Promise((ready) => evil.listen(port, "localhost", ready));
  const other = await person(browser);
  await other.goto(`http://localhost:${port}/`);
  const outcomes = await other.evaluate(async (control) => {
    const outcome = (path, options) => fetch(`${control}/${path}`, options).then((response) => response.status || "opaque", () => "blocked");
    return [
      await outcome("state"),
      await outcome("faults", { method: "POST", mode: "no-cors", headers: { "content-type": "text/plain" }, body: "503" }),
      await outcome("faults", { method: "PUT", body: "503" }),
    ];
  }, said.DEMO_CONTROL);
  assert.deepEqual(outcomes, ["blocked", "blocked", "blocked"]);
  assert.deepEqual(await faults(), []);
  const frame = other.frames().find((frame) => frame !== other.mainFrame());
  assert.equal(await frame.locator("main").count(), 0, "no frame shows the page");
  await other.context().close();
  evil.close();
});

test("it says so when the tenant is gone", async () => {
  const [child] = house.children;
  child.kill("SIGTERM");
  await page.getByText(/The tenant does not answer/).waitFor();
  await accessible("gone");
  assert.deepEqual(page.problems.filter((problem) => !/Failed to load|400|ERR_CONNECTION/.test(problem)), []);
});
