// From a model's call to the tenant and back: planned, approved on the page, applied once.
//
// Usage: node whole.test.mjs BINARY PLANS.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { House, approveOn, binary, client, launch, pause, person } from "./browser.mjs";

const run = promisify(execFile);

let browser;
let house;
let log;
let call;

before(async () => {
  browser = await launch();
  house = await House.open({ gate: { critical: ["api_integration_credentials_create"] } });
  log = await house.tenant();
  call = await client(house.start("--toolsets", "all"));
  await house.ready();
});

after(async () => {
  await browser?.close();
  await house?.close();
});

const FORGE = `
import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
store.execute("""INSERT INTO approvals (plan, means, credential, approver, verdict, proof, hash, at)
    SELECT new.id, 'passkey', old.credential, old.approver, 'approve', old.proof, new.hash, new.made
    FROM plans new, (SELECT * FROM approvals WHERE verdict = 'approve' LIMIT 1) old WHERE new.id = ?""", [sys.argv[2]])
store.execute("UPDATE plans SET state = 'approved' WHERE id = ?", [sys.argv[2]])
store.commit()
`;

const erasures = async () => (await log()).filter(({ method, path }) => method === "POST" && /erase/.test(path));

let page;

/** Approve what the page shows of a plan by typing what it asks for. */
const approve = (plan, typed, who = page) => approveOn(who, house, plan, typed);

test("a Mac is erased once, after a person approved exactly that", async () => {
  page = await person(browser);
  await page.goto(`${house.origin}/approvals`);
  await page.getByLabel("Code").fill(await house.code());
  await page.getByLabel("Your name").fill("Ada Byron");
  await page.getByRole("button", { name: "Create a passkey" }).click();
  await page.getByRole("heading", { name: "Plans" }).waitFor();

  const args = { id: "1", body: {} };
  const first = await call("computer_erase", args);
  assert.equal(first.isError, false, first.text);
  const { plan, next } = JSON.parse(first.text);
  assert.match(first.text, new RegExp(`${house.origin}/approvals#/plans/${plan}`), next);
  assert.equal((await call("plan_apply", { plan })).text.includes("waiting for a person"), true);
  assert.deepEqual(await erasures(), []);

  await page.getByRole("link", { name: /erase/i }).click();
  await page.getByRole("heading", { name: "Decision" }).waitFor();
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/whole.png`, fullPage: true });
  const serial = await page.locator("td.serial").innerText();
  await page.getByLabel(/^Type .* to approve/).fill(serial);
  await page.getByRole("button", { name: /^Approve only/ }).click();
  await page.getByText("The client can apply it now").waitFor();
  assert.deepEqual(await erasures(), [], "approving sends nothing");

  const done = await call("computer_erase", args);
  assert.equal(done.isError, false, done.text);
  assert.equal((await erasures()).length, 1);
  await page.getByText("1 of 1 step done").waitFor();

  const show = page.getByRole("button", { name: /Show .*, with a passkey/ });
  if (await show.count() > 0) {
    await show.click();
    const pin = await page.locator(".value").first().innerText();
    assert.ok(!done.text.includes(pin), "what was made for the person is not told to the model");
  }
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/whole-applied.png`, fullPage: true });

  await call("plan_apply", { plan });
  await call("computer_erase", args);
  assert.equal((await erasures()).length, 1, "once");
  assert.deepEqual(page.problems, []);
});

const restarts = async () => (await log()).filter(({ method, path }) => method === "POST" && path.endsWith("/mdm/commands"));
const restart = (id) => call("device_restart", { devices: [`computer:${id}`], body: {} });

test("a window lets one command through until a person closes it", async () => {
  const wish = { tools: ["device_restart"], arguments: { body: {} }, devices: ["computer:3", "computer:4"], minutes: 5, reason: "The lab is set up anew" };
  const asked = await call("plan_window", wish);
  assert.equal(asked.isError, false, asked.text);
  const { plan } = JSON.parse(asked.text);
  assert.match((await restart(3)).text, /waiting for a person to approve it/);
  await approve(plan, "2");
  await page.getByText(/Open: 0 of 2 used/).waitFor();
  assert.equal((await restarts()).length, 0, "opening it sends nothing");
  const done = await restart(3);
  assert.equal(done.isError, false, done.text);
  assert.equal((await restarts()).length, 1);
  await page.getByText(/Open: 1 of 2 used/).waitFor();
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/whole-window.png`, fullPage: true });
  // Once for each device; another device and other arguments are not what was approved.
  for (const other of [restart(3), restart(5), call("device_restart", { devices: ["computer:4"], body: { notifyUser: true } })]) {
    assert.match((await other).text, /waiting for a person to approve it/);
  }
  await page.getByLabel("Why it closes").fill("That is enough");
  await page.getByRole("button", { name: "Close it with a passkey" }).click();
  await page.getByText("rejected it").first().waitFor();
  assert.match((await restart(4)).text, /waiting for a person to approve it/);
  assert.equal((await restarts()).length, 1);
});

test("a secret that was read under a grant is seen by who opened it", async () => {
  const wish = { tools: ["computer_filevault_get"], devices: ["computer:3"], minutes: 5, reason: "The user is locked out" };
  const asked = await call("plan_window", wish);
  assert.equal(asked.isError, false, asked.text);
  const { plan } = JSON.parse(asked.text);
  await page.goto("about:blank");
  await page.goto(`${house.origin}/approvals#/plans/${plan}`);
  await page.getByRole("heading", { name: "Decision" }).waitFor();
  await approve(plan, await page.locator("td.serial").innerText());
  await page.getByText(/Open: 0 of/).waitFor();
  const read = await call("computer_filevault_get", { id: "3", reason: "The user is locked out" });
  assert.equal(read.isError, false, read.text);
  const told = JSON.parse(read.text);
  assert.match(told.result, /shown to the approver/);
  await page.goto(`${house.origin}/approvals#/plans/${told.plan}`);
  await page.getByRole("button", { name: /Show .*, with a passkey/ }).click();
  const shown = await page.locator(".value").first().innerText();
  assert.ok(shown.length > 4 && !read.text.includes(shown));
  assert.deepEqual(page.problems, []);
});

test("the new secret of an API client takes two people, and goes to them alone", async () => {
  // The person who asks is not one of the two: it takes two others.
  const people = [];
  for (const name of ["Ben Okri", "Cleo Fay"]) {
    await page.goto("about:blank");
    await page.goto(`${house.origin}/approvals#/people`);
    await page.getByLabel("Name").fill(name);
    await page.getByRole("button", { name: "Make a code, with a passkey" }).click();
    const one = await person(browser);
    await one.goto(`${house.origin}/approvals#/enroll`);
    await one.getByLabel("Code").fill(await page.locator(".big").innerText());
    await one.getByRole("button", { name: "Create a passkey" }).click();
    await one.getByRole("heading", { name: "Plans" }).waitFor();
    people.push(one);
  }
  const refused = await call("api_integration_credentials_create", { id: "1", reason: "The old one leaked" });
  assert.match(refused.text, /counts from/, "new passkeys wait for a day");
  await house.dayLater();
  const [ben, cleo] = people;

  const asked = await call("api_integration_credentials_create", { id: "1", reason: "The old one leaked" });
  assert.equal(asked.isError, false, asked.text);
  const { plan } = JSON.parse(asked.text);
  await page.goto(`${house.origin}/approvals#/plans/${plan}`);
  await page.getByRole("heading", { name: "Decision" }).waitFor();
  const field = page.getByLabel(/^Type .* to approve/);
  const typed = (await page.locator("label", { has: field }).innerText()).match(/^Type [^,]*, (.*), to approve/)[1];
  await field.fill(typed);
  await page.getByRole("button", { name: /^Approve (only|with)/ }).click();
  await page.getByText(/You asked for this .*, and it takes the approval of two other people/).waitFor();
  for (const one of [cleo, ben]) await approve(plan, undefined, one);
  await ben.getByText("The client can apply it now").waitFor();
  const done = await call("api_integration_credentials_create", { id: "1", reason: "The old one leaked" });
  assert.equal(done.isError, false, done.text);
  assert.match(JSON.parse(done.text).secrets, /kept for the approver/);
  await ben.getByRole("button", { name: /Show .*, with a passkey/ }).click();
  await ben.locator(".value").nth(1).waitFor();
  const shown = await ben.locator(".value").allInnerTexts();
  assert.equal(shown.length, 2, "the client id, and its secret");
  assert.ok(shown[1].length > 4 && !done.text.includes(shown[1]), done.text);
  for (const one of people) await one.context().close();
});

test("an approval that was written straight into the store is none", async () => {
  const { text } = await call("computer_erase", { id: "2", body: {} });
  const { plan } = JSON.parse(text);
  const before = (await erasures()).length;
  // As an agent with a shell could do it, with the proof of an approval that was given to another plan.
  await run("python3", ["-c", FORGE, `${house.state}/store/jamf-pro-mcp.sqlite`, plan]);
  const applied = await call("plan_apply", { plan });
  assert.match(applied.text, /has not the approvals that it takes/);
  assert.equal((await erasures()).length, before);
});

/** What an agent does in a terminal that it makes. */
const shell = async (command) => {
  const environment = { ...process.env, JAMF_PRO_MCP_STATE: house.state, ...house.environment };
  const options = { env: environment, timeout: 20_000 };
  return run("script", ["--quiet", "--return", "--command", command, "/dev/null"], options)
    .then(({ stdout }) => stdout, (error) => `${error.stdout ?? ""}${error.stderr ?? ""}`);
};

const EMPTY = `
import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
store.execute("DELETE FROM approvers")
store.commit()
`;

test("an agent with a shell as the same user gets nothing through unseen", async () => {
  const before = (await erasures()).length;
  const config = readFileSync(house.config, "utf8");
  const { plan } = JSON.parse((await call("computer_erase", { id: "5", body: {} })).text);
  const status = await call("plan_status", { plan });
  const serial = JSON.parse(status.text).typed?.expected ?? "ZZ";
  const refused = async (how) => {
    await call("plan_apply", { plan });
    await call("computer_erase", { id: "5", body: {} });
    assert.equal((await erasures()).length, before, how);
  };

  // The approvals command, in a terminal of its own.
  const approve = `echo ${serial} | '${binary}' approvals approve ${plan} --config '${house.config}'`;
  assert.match(await shell(approve), /only passkeys count|needs a terminal|terminal/i);
  await refused("the terminal");

  // A client that answers the server's questions by itself: it is not asked.
  const asking = house.start("--toolsets", "all");
  let questions = 0;
  asking.stdout.on("data", (data) => { if (String(data).includes("elicitation/create")) questions += 1; });
  const other = await client(asking, { elicitation: {} });
  assert.match((await other("computer_erase", { id: "6", body: {} })).text, /waiting for a person to approve it/);
  assert.equal(questions, 0, "with a passkey enrolled no question is asked at the client");
  await refused("elicitation");

  // The configuration: a server that runs takes nothing wider from it, whatever the command then lets be written.
  const wider = { ...JSON.parse(config), gate: { terminal: true, elicitation: true, erase_devices: 20, lock_devices: 100, hard_percent: 100, second_approval_above: null } };
  writeFileSync(house.config, JSON.stringify(wider));
  await pause(3000);
  await shell(approve);
  await refused("the configuration");
  writeFileSync(house.config, config);

  // The store: passkeys taken out of it bring no weaker way back, and make no room for a first one.
  await run("python3", ["-c", EMPTY, `${house.state}/store/jamf-pro-mcp.sqlite`]);
  assert.match(await shell(approve), /only passkeys count|terminal/i);
  await refused("the store");
  assert.match(await shell(`'${binary}' approvals enroll --config '${house.config}'`), /not in the store any more/);

  // The audit log: what is changed in it is found, and where.
  const log = `${house.state}/audit/default.jsonl`;
  const lines = readFileSync(log, "utf8").split("\n");
  const at = lines.findIndex((line) => line.includes('"refused"') || line.includes('"planned"'));
  lines[at] = lines[at].replace('"who":"', '"who":"x');
  writeFileSync(log, lines.join("\n"));
  const told = await shell(`'${binary}' audit verify --config '${house.config}'`);
  assert.match(told, new RegExp(`\\b${at + 1}\\b`), told);
});
