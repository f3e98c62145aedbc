// A tenant that is on hold, and the button that releases it.
//
// Usage: node holds.test.mjs BINARY PLANS.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { House, accessible, approveOn, client, launch, person } from "./browser.mjs";

let browser;
let house;
let log;
let call;

before(async () => {
  browser = await launch();
  house = await House.open({ gate: { plans_an_hour: 1 } });
  log = await house.tenant();
  call = await client(house.start("--toolsets", "all"));
  await house.ready();
});

after(async () => {
  await browser?.close();
  await house?.close();
});

const restarts = async () => (await log()).filter(({ method, path }) => method === "POST" && path.endsWith("/mdm/commands")).length;
const restart = (id) => call("device_restart", { devices: [`computer:${id}`], body: {} });

test("a hold is released with a passkey on the page, and what was approved can go", async () => {
  const page = await person(browser);
  await page.goto(`${house.origin}/approvals`);
  await page.getByLabel("Code").fill(await house.code());
  await page.getByLabel("Your name").fill("Ada Byron");
  await page.getByRole("button", { name: "Create a passkey" }).click();
  await page.getByRole("heading", { name: "Plans" }).waitFor();

  for (const id of [3, 4]) {
    const asked = await restart(id);
    assert.equal(asked.isError, false, asked.text);
    const { plan } = JSON.parse(asked.text);
    // A page of its own: within one page the plan before is still shown for a moment.
    await page.goto("about:blank");
    await page.goto(`${house.origin}/approvals#/plans/${plan}`);
    await page.getByRole("heading", { name: "Decision" }).waitFor();
    await approveOn(page, house, plan, await page.locator("td.serial").innerText());
    const answer = await restart(id);
    assert.equal(answer.isError, id === 4, answer.text);
    if (id === 4) {
      assert.match(answer.text, /is on hold since/);
      assert.match(answer.text, new RegExp(`${house.origin}/approvals#/`), "it says where a person releases it");
    }
  }
  assert.equal(await restarts(), 1, "what comes over the limit is not sent");

  await page.goto("about:blank");
  await page.goto(`${house.origin}/approvals#/`);
  const hold = page.getByRole("region", { name: /^Hold of / });
  await hold.waitFor();
  await accessible(page, "hold");
  // Who cannot show the passkey releases nothing.
  await page.devtools.send("WebAuthn.setUserVerified", { authenticatorId: page.authenticatorId, isUserVerified: false });
  await hold.getByRole("button", { name: /^Release .*, with a passkey$/ }).click();
  await hold.getByRole("alert").waitFor();
  assert.equal((await restart(4)).isError, true, "the hold stands");
  await page.devtools.send("WebAuthn.setUserVerified", { authenticatorId: page.authenticatorId, isUserVerified: true });
  await hold.getByRole("button", { name: /^Release .*, with a passkey$/ }).click();
  await hold.waitFor({ state: "detached" });

  const again = await restart(4);
  assert.equal(again.isError, false, again.text);
  assert.equal(await restarts(), 2);
  assert.match(await house.tell("audit", "show", "released"), /Ada Byron/);
});
