// Makes the pictures of docs/pictures.md from the running product: the approvals page and the pages beside answers, as a desktop and a phone show
// them, by day and by night.
//
// Usage: node pictures.mjs BINARY FOLDER. The plan on them comes from a call that is made then. The tests beside this file leave every other page in
// every size and theme, where SHOTS names a folder. What is committed went through `pngquant 64`.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { House, client, launch, person } from "./browser.mjs";
import { UI, show } from "./host.mjs";

const folder = process.argv[3];
const DEVICE = "ZZ3FF0F672";
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

const browser = await launch();
const house = await House.open();
try {
  await house.tenant();
  const call = await client(house.start(), UI);
  await house.ready();
  const { tools } = (await call.send("tools/list", {})).result;
  const html = async (name) => {
    const uri = tools.find((tool) => tool.name === name)._meta.ui.resourceUri;
    return (await call.send("resources/read", { uri })).result.contents[0].text;
  };
  const result = async (name, args) => (await call.send("tools/call", { name, arguments: args })).result;

  const page = await person(browser);
  const take = async (name, viewport, colorScheme) => {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(300);
    writeFileSync(join(folder, `${name}.png`), await page.screenshot());
  };

  // The page before anybody can approve, and with a plan that waits.
  await page.goto(`${house.origin}/approvals`);
  await page.getByLabel("Code").waitFor();
  await take("enroll", PHONE, "light");
  await page.getByLabel("Code").fill(await house.code());
  await page.getByLabel("Your name").fill("Dana");
  await page.getByRole("button", { name: "Create a passkey" }).click();
  await page.getByRole("heading", { name: "Plans" }).waitFor();
  const lock = { devices: [DEVICE], body: { message: "This Mac is lost. Please call +1 555 0100." }, reason: "Stolen from a car this morning" };
  const planned = await result("call_destructive", { name: "device_lock", arguments: lock });
  const plan = JSON.parse(planned.content[0].text);
  await page.goto("about:blank");
  await page.goto(plan.approve_at);
  await page.getByRole("heading", { name: "Decision" }).waitFor();
  await take("plan", DESKTOP, "light");
  await take("plan-phone", PHONE, "dark");
  await page.setViewportSize(DESKTOP);
  await page.getByLabel(/^Type .* to approve/).fill(DEVICE);
  await page.getByRole("button", { name: "Approve and run" }).click();
  await page.getByRole("button", { name: /^I have it/ }).waitFor({ timeout: 30_000 });
  await take("approved", DESKTOP, "dark");

  // Pages beside answers, in a client.
  const inChat = async (name, viewport, theme, answer) => {
    await page.setViewportSize(viewport);
    const app = await show(page, await html(name), { result: answer, theme });
    await app.frame.getByRole("heading", { level: 1 }).waitFor();
    await app.settle();
    return app;
  };
  const overview = await result("fleet_overview", {});
  await inChat("fleet_overview", DESKTOP, "light", overview);
  await take("fleet", DESKTOP, "light");
  await inChat("fleet_overview", PHONE, "dark", overview);
  await take("fleet-phone", PHONE, "dark");
  await inChat("call_destructive", PHONE, "light", planned);
  await take("plan-in-chat", PHONE, "light");

  const file = join(house.state, "report.html");
  await house.tell("report", DEVICE, "--output", file);
  await page.goto(pathToFileURL(file).href);
  await page.getByRole("heading", { name: /MacBook/ }).first().waitFor();
  await page.setViewportSize(DESKTOP);
  await page.evaluate(() => {
    document.querySelectorAll("h1")[1].scrollIntoView();
    window.scrollBy(0, -24);
  });
  await take("device", DESKTOP, "dark");
} finally {
  await browser.close();
  await house.close();
}
