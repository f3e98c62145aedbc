// "Lock this stolen Mac" in five steps: open the link; touch to sign in; read, and type the serial number; Approve and run with the second
// touch; the PIN in the same card. Two touches, one window, one lock.
//
// Usage: node stolen.test.mjs BINARY PLANS. With SHOTS=FOLDER it leaves pictures there.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { House, accessible, client, launch, person } from "./browser.mjs";


let browser;
let house;
let log;
let call;
let page;

before(async () => {
  browser = await launch();
  house = await House.open();
  log = await house.tenant();
  call = await client(house.start("--toolsets", "all"));
  await house.ready();
  page = await person(browser, { viewport: { width: 390, height: 844 } });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: house.origin });
  await page.goto(`${house.origin}/approvals`);
  await page.getByLabel("Code").fill(await house.code());
  await page.getByLabel("Your name").fill("Ada Byron");
  await page.getByRole("button", { name: "Create a passkey" }).click();
  await page.getByRole("heading", { name: "Plans" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

after(async () => {
  await browser?.close();
  await house?.close();
});

const look = (name) => accessible(page, `stolen-${name}`);
const locks = async () => (await log()).filter(({ method, path }) => method === "POST" && path.endsWith("/mdm/commands"));

test("a stolen Mac is locked in five steps with two touches in one window", async () => {
  const lock = { devices: ["computer:3"], body: {}, reason: "Stolen in a café this morning" };
  const asked = await call("device_lock", lock);
  assert.equal(asked.isError, false, asked.text);
  const { next } = JSON.parse(asked.text);
  const [link] = next.match(/http:\/\/localhost:\d+\/approvals#\/plans\/[0-9a-f]+/);
  let touches = 0;
  page.on("request", (sent) => { touches += Number(sent.url().endsWith("/said")); });

  // 1. The link.
  await page.goto("about:blank");
  await page.goto(link);
  // 2. The first touch.
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByRole("heading", { level: 1, name: /^Lock / }).waitFor();
  assert.equal(await page.locator("#person").innerText(), "Ada Byron");
  await page.getByText("“Stolen in a café this morning”").or(page.getByText("Stolen in a café this morning")).first().waitFor();
  await look("waiting");
  // 3. The serial number: read, and typed.
  const serial = await page.locator("td.serial").innerText();
  await page.getByRole("button", { name: "Decide ↓" }).click();
  await page.getByLabel(/^Type .* to approve/).fill(serial);
  // 4. The second touch.
  await page.getByRole("button", { name: "Approve and run" }).click();
  // 5. The PIN, in the same card.
  const pin = page.locator(".decision .value");
  await pin.waitFor({ timeout: 20_000 });
  await look("pin");
  const shown = await pin.innerText();
  assert.match(shown, /^\d{6}$/);
  assert.equal((await pin.evaluate((element) => getComputedStyle(element).letterSpacing)), "normal");
  await page.getByRole("button", { name: /^Copy / }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), shown);
  assert.equal(touches, 2, "two touches");
  assert.equal((await locks()).length, 1, "one lock");
  await page.getByRole("button", { name: /^I have it/ }).click();
  await page.getByText(/shown to Ada Byron.*erased/).waitFor();
  await page.getByText("1 of 1 step done").waitFor();
  await look("done");
  assert.equal(touches, 2, "and none for confirming");

  // The client is told what came of it, and not the PIN.
  const told = await call("device_lock", lock);
  assert.equal(JSON.parse(told.text).result, "applied", told.text);
  assert.ok(!told.text.includes(shown) && !asked.text.includes(shown), told.text);
  assert.equal((await locks()).length, 1, "still one lock");
  assert.deepEqual(page.problems, []);
});
