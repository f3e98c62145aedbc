// A headless Chromium with a virtual authenticator, and the server that it looks at.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { chromium } from "playwright-core";

const run = promisify(execFile);
export const [binary, plans] = process.argv.slice(2);

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.SHOTS;
if (shots) mkdirSync(shots, { recursive: true });

export async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

export const pause = (milliseconds) => new Promise((ready) => setTimeout(ready, milliseconds));

/** A state folder, and servers that share it. */
export class House {
  static async open(config = {}) {
    const house = new House();
    house.state = mkdtempSync(join(tmpdir(), "approvals-"));
    house.port = await freePort();
    house.origin = `http://localhost:${house.port}`;
    house.config = join(house.state, "config.json");
    writeFileSync(house.config, JSON.stringify({
      allow: ["read", "device", "write", "destructive", "critical", "secret"],
      state: house.state,
      ...config,
      approvals: { port: house.port, ...config.approvals },
    }));
    house.children = [];
    return house;
  }

  /** A simulated tenant of its own, whose log can be read, and servers that talk to it. */
  async tenant() {
    const port = await freePort();
    const child = spawn(binary, ["demo", "--port", String(port)], { stdio: ["ignore", "pipe", "inherit"] });
    this.children.push(child);
    let said = "";
    for await (const data of child.stdout) {
      said += data;
      if (/^DEMO_CONTROL=.*\n/m.test(said)) break;
    }
    this.environment = Object.fromEntries(said.trim().split("\n").map((line) => line.split(/=(.*)/)));
    return async () => (await (await fetch(`${this.environment.DEMO_CONTROL}/requests`)).json()).entries;
  }

  /** A server on standard input and output, as a client starts it. */
  start(...extra) {
    const tenant = this.environment ? [] : ["--demo"];
    const child = spawn(binary, ["serve", ...tenant, "--config", this.config, ...extra], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, JAMF_PRO_MCP_STATE: this.state, ...this.environment },
    });
    child.said = "";
    child.stderr.on("data", (data) => { child.said += data; });
    this.children.push(child);
    return child;
  }

  async ready() {
    for (let tries = 0; tries < 100; tries += 1) {
      const answer = await fetch(`${this.origin}/approvals`).catch(() => undefined);
      if (answer?.ok) return;
      await pause(100);
    }
    throw new Error(`no approvals page at ${this.origin}: ${this.children.map((child) => child.said).join("\n")}`);
  }

  async tell(...words) {
    const { stdout } = await run(binary, [...words, "--config", this.config], { env: { ...process.env, JAMF_PRO_MCP_STATE: this.state, ...this.environment } });
    return stdout;
  }

  /** A code from a terminal: `script` is one. */
  async code() {
    const command = `'${binary}' approvals enroll --config '${this.config}'`;
    const { stdout } = await run("script", ["--quiet", "--return", "--command", command, "/dev/null"], { env: { ...process.env, JAMF_PRO_MCP_STATE: this.state, ...this.environment } })
      .catch((error) => error);
    const [, code] = stdout.match(/Code:\s+([A-Z0-9 ]+)/) ?? [];
    if (code === undefined) throw new Error(stdout);
    return code.trim();
  }

  /** Change rows of the store, as a program of the same user can. */
  async rows(...statements) {
    const program = `
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], timeout=10)
for statement in sys.argv[2:]:
    store.execute(statement)
store.commit()
`;
    await run("python3", ["-c", program, join(this.state, "store/jamf-pro-mcp.sqlite"), ...statements]);
  }

  /** As if the passkeys had been enrolled a day before: a new passkey waits for so long. */
  async dayLater() {
    await this.rows("UPDATE approvers SET enrolled = enrolled - 86400000");
  }

  /** File a plan of a kind; answers its id. */
  async plan(kind, ...more) {
    return (await run(plans, [this.state, kind, ...more])).stdout.trim();
  }

  async close() {
    for (const child of this.children) child.kill("SIGTERM");
    await Promise.all(this.children.map((child) => child.exitCode ?? child.signalCode ?? new Promise((ended) => child.on("exit", ended))));
    rmSync(this.state, { recursive: true, force: true });
  }
}

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-proxy-server"],
  });
}

/** A page with an authenticator of its own, as one person with one device has it. */
export async function person(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(error.message));
  page.on("console", (message) => { if (message.type() === "error") page.problems.push(message.text()); });
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  page.devtools = devtools;
  page.authenticatorId = authenticatorId;
  return page;
}

/** Look at a state of the page as a phone and a desktop show it, by day and by night: axe finds nothing, and nothing is wider than the screen.
 * `inFrame` is a page that a host shows: its frame, and how the host sets its theme. */
export async function accessible(page, name, inFrame) {
  const shown = inFrame?.frame ?? page;
  const before = page.viewportSize();
  for (const [width, height] of [[390, 844], [1280, 900]]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"]) {
      const look = `${name}-${width}-${colorScheme}`;
      await page.emulateMedia({ colorScheme });
      await inFrame?.setTheme(colorScheme);
      // What a frame has below the window is not painted.
      if (inFrame) await page.setViewportSize({ width, height: Math.max(height, await inFrame.settle()) });
      if (shots) await page.screenshot({ path: `${shots}/${look}.png`, fullPage: true });
      await shown.evaluate(axe);
      const { violations } = await shown.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
      assert.deepEqual(told, [], `${look} is not accessible`);
      assert.ok(await shown.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${look} is wider than the screen`);
    }
  }
  await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: "light" });
}

/** A client on standard input and output; answers a function that calls tools, with `send` for any other request. */
export async function client(child, capabilities = {}) {
  const waiting = new Map();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line);
    waiting.get(message.id)?.(message);
  });
  let last = 0;
  const send = (method, params) => new Promise((answered) => {
    last += 1;
    waiting.set(last, answered);
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: last, method, params })}\n`);
  });
  await send("initialize", { protocolVersion: "2025-11-25", capabilities, clientInfo: { name: "a-model", version: "1" } });
  child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
  const call = async (name, args) => {
    const { result, error } = await send("tools/call", { name, arguments: args });
    assert.equal(error, undefined, JSON.stringify(error));
    return { isError: result.isError === true, text: result.content.map(({ text }) => text).join("\n") };
  };
  return Object.assign(call, { send });
}

/** Approve what the page shows of a plan by typing what it asks for, or something else. */
export async function approveOn(page, house, plan, typed) {
  await page.goto("about:blank");
  await page.goto(`${house.origin}/approvals#/plans/${plan}`);
  await page.getByRole("heading", { name: "Decision" }).waitFor();
  const field = page.getByLabel(/^Type .* to approve/);
  // What must be typed stands on the screen.
  const asked = await page.locator("label", { has: field }).innerText();
  await field.fill(typed ?? asked.match(/^Type [^,]*, (.*), to approve/)[1]);
  await page.getByRole("button", { name: /^Approve (only|with)/ }).click();
  await page.getByText(/approved it/).first().waitFor();
}
