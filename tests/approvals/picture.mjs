// Makes the picture of the README from the running product: a chat on the left, the approval that it leads to on the right.
//
// Usage: node picture.mjs BINARY PICTURE. Every text of the tools in it comes from calls that are made then.

import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { House, launch, person } from "./browser.mjs";

const picture = process.argv[3];
const DEVICE = "ZZ3FF0F672";

/** A session of a client on standard input and output. */
class Session {
  constructor(child) {
    this.child = child;
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.last = 0;
  }

  async ask(method, params) {
    this.last += 1;
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: this.last, method, params })}\n`);
    for (;;) {
      const answer = JSON.parse((await this.lines.next()).value);
      if (answer.id === this.last) return answer.result;
    }
  }

  async call(name, given) {
    const { content, isError } = await this.ask("tools/call", { name, arguments: given });
    if (isError) throw new Error(content[0].text);
    return JSON.parse(content[0].text);
  }
}

const escape = (text) => text.replace(/[&<>]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[letter]);
const said = (text) => `<p class="person">${escape(text)}</p>`;
const called = (name, given) => `<p class="call">${escape(name)} <span>${escape(JSON.stringify(given))}</span></p>`;
const told = (text) => `<p class="answer">${escape(text)}</p>`;

const STYLE = `
  body { margin: 0; width: 1280px; height: 800px; display: grid; grid-template-columns: 560px 720px; font: 15px/1.45 "Liberation Sans", sans-serif; background: #e9e9ee; }
  section { padding: 22px 24px; overflow: hidden; }
  h2 { font-size: 13px; font-weight: 600; color: #5b5b66; margin: 0 0 14px; }
  p { margin: 0 0 12px; border-radius: 12px; padding: 10px 14px; }
  .person { background: #2f5fd0; color: #fff; margin-left: 90px; }
  .call { background: none; padding: 2px 4px; color: #5b5b66; font: 12px/1.4 "Liberation Mono", monospace; overflow-wrap: anywhere; }
  .answer { background: #fff; color: #1d1d22; margin-right: 40px; }
  .page { background: #fff; padding: 0; border-left: 1px solid #c9c9d2; height: 800px; }
  .page img { width: 720px; display: block; }`;

const browser = await launch();
const house = await House.open();
try {
  const session = new Session(house.start());
  await session.ask("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "chat", version: "1" } });
  session.child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
  await house.ready();
  const approver = await person(browser, { viewport: { width: 720, height: 800 }, deviceScaleFactor: 2 });
  await approver.goto(`${house.origin}/approvals`);
  await approver.getByLabel("Code").fill(await house.code());
  await approver.getByLabel("Your name").fill("Dana");
  await approver.getByRole("button", { name: "Create a passkey" }).click();
  await approver.getByRole("heading", { name: "Plans" }).waitFor();

  const silent = { days: 30 };
  const lock = { devices: [DEVICE], body: { message: "This Mac is lost. Please call +1 555 0100." }, reason: "Stolen from a car this morning" };
  const answer = await session.call("stale_devices", silent);
  const plan = await session.call("device_lock", lock);
  const chat = [
    said("Which devices have been silent for 30 days?"),
    called("stale_devices", silent),
    told(answer.answer),
    said(`${DEVICE} was stolen from a car this morning. Lock it.`),
    called("device_lock", { devices: lock.devices, reason: lock.reason }),
    told(`${plan.title}: ${plan.result}`),
  ];
  await approver.goto("about:blank");
  await approver.goto(`${house.origin}/approvals#/plans/${plan.plan}`);
  await approver.getByRole("heading", { name: "Decision" }).waitFor();
  const page = (await approver.screenshot()).toString("base64");
  const whole = await person(browser, { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.5 });
  await whole.setContent(`<style>${STYLE}</style><section><h2>In the chat</h2>${chat.join("")}</section>
    <section class="page"><img src="data:image/png;base64,${page}"></section>`);
  await whole.waitForFunction(() => document.querySelector("img").complete);
  writeFileSync(picture, await whole.screenshot());
} finally {
  await browser.close();
  await house.close();
}
