// The approvals page as people meet it: in a browser, with passkeys, with a keyboard and on a phone.
//
// Usage: node page.test.mjs BINARY PLANS. With SHOTS=FOLDER it leaves pictures there.

import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { after, before, test } from "node:test";

import { House, accessible, freePort, launch, pause, person } from "./browser.mjs";

let browser;
let house;
let ada;

before(async () => {
  browser = await launch();
  house = await House.open();
  house.start();
  await house.ready();
  ada = await person(browser);
});

after(async () => {
  await browser?.close();
  await house?.close();
});

const main = (page) => page.locator("main");
const button = (page, name) => page.getByRole("button", { name });
const approveButton = (page) => page.getByRole("button", { name: /^Approve (only|with)/ });
const says = (page, text) => main(page).getByText(text).first().waitFor({ timeout: 8000 });

async function open(page, id) {
  await page.goto("about:blank");
  await page.goto(`${house.origin}/approvals#/plans/${id}`);
  await page.getByRole("heading", { name: "Decision" }).waitFor();
}

async function approve(page, typed) {
  await page.getByLabel(/^Type .* to approve/).fill(typed);
  await approveButton(page).click();
}

/** A request that no browser would send by itself. */
function raw(path, { method = "GET", headers = {}, body } = {}) {
  return new Promise((answered, failed) => {
    const sent = request({ host: "127.0.0.1", port: house.port, path, method, headers }, (response) => {
      let text = "";
      response.on("data", (data) => { text += data; });
      response.on("end", () => answered({ status: response.statusCode, headers: response.headers, text }));
    });
    sent.on("error", failed);
    sent.end(body);
  });
}

test("a wrong code enrolls nobody, the right one does, once", async () => {
  const code = await house.code();
  await ada.goto(`${house.origin}/approvals`);
  await accessible(ada, "enroll");
  await ada.getByLabel("Code").fill("WRONGWRONG12");
  await ada.getByLabel("Your name").fill("Ada Byron");
  await button(ada, "Create a passkey").click();
  await says(ada, "This code is wrong, used or too old");
  await ada.getByLabel("Code").fill(code.toLowerCase());
  await button(ada, "Create a passkey").click();
  await ada.getByRole("heading", { name: "Plans" }).waitFor();
  await says(ada, "Nothing waits for you.");
  const log = await house.tell("audit", "tail");
  assert.match(log, /a passkey of \\?"Ada Byron\\?" is enrolled, with a code from the terminal/);
  await assert.rejects(house.code(), /sign in at/);
  const again = await person(browser);
  await again.goto(`${house.origin}/approvals#/enroll`);
  await again.getByLabel("Code").fill(code);
  await button(again, "Create a passkey").click();
  await says(again, /A name has|wrong, used or too old/);
  await again.context().close();
});

test("nothing is shown to who has not signed in", async () => {
  const id = await house.plan("erase");
  const stranger = await person(browser);
  await stranger.goto(`${house.origin}/approvals#/plans/${id}`);
  await stranger.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.doesNotMatch(await main(stranger).innerText(), /Ines/);
  await accessible(stranger, "sign-in");
  await button(stranger, "Sign in with a passkey").click();
  await says(stranger, /No passkey was used/);
  const headers = { host: `localhost:${house.port}`, "x-approvals-page": "1" };
  assert.equal((await raw(`/approvals/api/plans/${id}`, { headers })).status, 401);
  await stranger.context().close();
});

test("one device is approved by its serial, with a keyboard alone", async () => {
  const id = await house.plan("erase");
  await open(ada, id);
  await says(ada, "Cannot be undone");
  await says(ada, "Type the serial number, C02XK1ZZJGH5, to approve");
  const asked = [];
  ada.on("request", (sent) => asked.push(sent.url()));
  await approve(ada, "C02WRONG0000");
  await says(ada, "That is not the serial number.");
  assert.ok(!asked.some((url) => url.endsWith("/said")), "a slip asks for no passkey");
  await ada.getByLabel(/^Type .* to approve/).focus();
  await ada.keyboard.press("Control+A");
  await ada.keyboard.type("c02xk1zzjgh5");
  await ada.keyboard.press("Tab");
  await ada.keyboard.press("Enter");
  await says(ada, "to be run at once");
  await says(ada, "No server for tenant demo runs at the moment");
  assert.equal(await ada.evaluate(() => document.activeElement.id), "decision", "the focus follows");
  assert.match(await ada.getByRole("status").innerText(), /Approved/);
  assert.match(await house.tell("audit", "tail"), /"phase":"approved".*having typed/);
  await accessible(ada, "approved");
});

test("a plan is rejected with a reason", async () => {
  await open(ada, await house.plan("erase"));
  await ada.getByLabel("Why not").fill("She is on leave, not gone.");
  await button(ada, "Reject with a passkey").click();
  await says(ada, "Rejected");
  await says(ada, "She is on leave, not gone.");
  await accessible(ada, "rejected");
  assert.equal(await approveButton(ada).count(), 0);
});

test("a plan expires under the eyes of who looks at it", async () => {
  const id = await house.plan("short");
  await open(ada, id);
  await says(ada, /Expires in less than a minute/);
  await main(ada).getByText("Expired", { exact: true }).first().waitFor({ timeout: 15000 });
  await accessible(ada, "expired");
  assert.equal(await approveButton(ada).count(), 0);
});

test("200 devices are shown as a sample and whole, and approved by their number", async () => {
  const id = await house.plan("many");
  await open(ada, id);
  assert.equal(await ada.locator("tbody tr").count(), 20);
  await accessible(ada, "many");
  await button(ada, "Show all 200 devices").click();
  assert.equal(await ada.locator("tbody tr").count(), 200);
  await approve(ada, "199");
  await says(ada, "That is not the number of devices.");
  await approve(ada, "200");
  await says(ada, "The client can apply it now");
});

test("a window says how much of it is left, and is closed there", async () => {
  const id = await house.plan("window");
  await open(ada, id);
  await approve(ada, "200");
  await says(ada, "Open: 0 of 200 used");
  await accessible(ada, "window");
  await ada.getByLabel("Why it closes").fill("Done for today");
  await button(ada, "Close it with a passkey").click();
  await says(ada, "rejected it");
  await accessible(ada, "window-closed");
});

test("markup in a name is text", async () => {
  const id = await house.plan("markup");
  await open(ada, id);
  await says(ada, "<b>Approve all</b>");
  assert.equal(await main(ada).locator("img, script, b, a[href^=javascript]").count(), 0);
  assert.notEqual(await ada.title(), "owned");
  await accessible(ada, "markup");
});

test("an answer of a passkey counts once", async () => {
  const id = await house.plan("erase");
  await open(ada, id);
  const sent = ada.waitForRequest((request) => request.url().endsWith("/said"));
  await approve(ada, "C02XK1ZZJGH5");
  const body = (await sent).postData();
  await says(ada, "The client can apply it now");
  const replay = (body) => ada.evaluate(async (body) => {
    const headers = { "x-approvals-page": "1", "content-type": "application/json", authorization: `Bearer ${sessionStorage.getItem("session")}` };
    const post = async (path, body) => (await fetch(`/approvals/api/${path}`, { method: "POST", headers, body })).json();
    const again = await post("said", body);
    const { question } = await post("say", JSON.stringify({ word: "sign_in" }));
    const other = await post("said", JSON.stringify({ ...JSON.parse(body), question }));
    return [again.error, other.error];
  }, body);
  const [again, other] = await replay(body);
  assert.match(again, /answered already/);
  assert.match(other, /answers another question/);
});

test("a passkey that does not verify the person, or was copied, is refused", async () => {
  const { devtools, authenticatorId } = ada;
  await open(ada, await house.plan("erase"));
  const { credentials: [credential] } = await devtools.send("WebAuthn.getCredentials", { authenticatorId });
  await devtools.send("WebAuthn.clearCredentials", { authenticatorId });
  await devtools.send("WebAuthn.addCredential", { authenticatorId, credential: { ...credential, signCount: 1 } });
  await approve(ada, "C02XK1ZZJGH5");
  await says(ada, /counter went back/);
  await devtools.send("WebAuthn.clearCredentials", { authenticatorId });
  await devtools.send("WebAuthn.addCredential", { authenticatorId, credential: { ...credential, signCount: credential.signCount + 10 } });
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await approve(ada, "C02XK1ZZJGH5");
  await says(ada, /No passkey was used|did not verify/);
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  await approve(ada, "C02XK1ZZJGH5");
  await says(ada, "The client can apply it now");
});

test("what is critical takes two people", async () => {
  const id = await house.plan("critical");
  await open(ada, id);
  await accessible(ada, "critical");
  await approve(ada, "420");
  await says(ada, "it waits for another person");
  assert.equal(await approveButton(ada).count(), 0, "who has approved is not asked again");
  assert.equal(await button(ada, "Withdraw with a passkey").count(), 1);

  await ada.goto(`${house.origin}/approvals#/people`);
  await ada.getByLabel("Name").fill("Ben Okri");
  await button(ada, "Make a code, with a passkey").click();
  const code = await ada.locator(".big").innerText();
  await accessible(ada, "people");

  const ben = await person(browser, { viewport: { width: 390, height: 844 } });
  await ben.goto(`${house.origin}/approvals#/enroll`);
  await accessible(ben, "invited");
  await ben.getByLabel("Code").fill(code);
  await button(ben, "Create a passkey").click();
  await ben.getByRole("heading", { name: "Plans" }).waitFor();
  await accessible(ben, "plans");
  await ben.goto(`${house.origin}/approvals#/people`);
  await says(ben, "New: it counts");
  await accessible(ben, "people-new");
  await open(ben, id);
  await accessible(ben, "critical");
  await approve(ben, "420");
  await says(ben, /counts from .* a new passkey waits for 24 hours/);
  await house.dayLater();
  await approve(ben, "420");
  await says(ben, "The client can apply it now");
  await main(ada).waitFor();
  await open(ada, id);
  await says(ada, "Ben Okri");
  assert.match(await house.tell("audit", "tail"), /Ben Okri\\?" is enrolled, invited by Ada Byron/);

  // Where two people have passkeys, a change takes both of them.
  await ada.goto(`${house.origin}/approvals#/people`);
  await ada.getByLabel("Name").fill("Cleo Fay");
  await ada.getByLabel("Account").fill("ci");
  await button(ada, "Make a code, with a passkey").click();
  await says(ada, "It waits for another person, who signs it on this page within 24 hours.");
  await accessible(ada, "people-change-asked");
  await ben.goto(`${house.origin}/approvals#/`);
  await says(ben, "1 change of who can approve waits for another person");
  await accessible(ben, "plans-change");
  await main(ben).getByRole("link", { name: "People" }).click();
  await says(ben, /Ada Byron invites "Cleo Fay", whose account is "ci", to enroll a passkey/);
  await accessible(ben, "people-change");
  await button(ben, "Confirm it, with a passkey").click();
  assert.match(await ben.locator(".big").innerText(), /^[A-Z0-9]{4} [A-Z0-9]{4} [A-Z0-9]{4}$/);
  await button(ben, "Confirm it, with a passkey").waitFor({ state: "detached" });
  await accessible(ben, "people-change-made");

  await button(ada, "Remove this passkey of Ada Byron").click();
  await says(ada, "This is the passkey that you signed in with.");
  await button(ada, "Remove this passkey of Ben Okri").click();
  await says(ada, /Ada Byron removes a passkey of "Ben Okri"/);
  await button(ben, "Confirm it, with a passkey").waitFor();
  await button(ben, "Drop it, with a passkey").click();
  await button(ben, "Confirm it, with a passkey").waitFor({ state: "detached" });
  await button(ada, "Remove this passkey of Ben Okri").click();
  await button(ben, "Confirm it, with a passkey").click();
  await button(ada, "Remove this passkey of Ben Okri").waitFor({ state: "detached" });
  await ben.goto(`${house.origin}/approvals#/`);
  await ben.getByRole("heading", { name: "Sign in" }).waitFor();
  await button(ben, "Sign in with a passkey").click();
  await says(ben, /No passkey was used/);
  assert.deepEqual(ben.problems.filter((problem) => !/401|Failed to load/.test(problem)), []);
  await ben.context().close();
});

test("a recovery is announced on every page, and canceled with a passkey", async () => {
  await house.rows(`INSERT INTO recovery (id, who, announced) VALUES (1, 'root (uid 0)', ${Date.now() - 3_600_000})`);
  for (const [where, name] of [["#/", "plans-recovery"], ["#/people", "people-recovery"]]) {
    await ada.goto("about:blank");
    await ada.goto(`${house.origin}/approvals${where}`);
    await says(ada, /root \(uid 0\) announced in a terminal of the server .* that all passkeys are taken away/);
    await accessible(ada, name);
  }
  await button(ada, "Cancel the recovery, with a passkey").click();
  await button(ada, "Cancel the recovery, with a passkey").waitFor({ state: "detached" });
  assert.match(await house.tell("audit", "tail"), /recovery canceled/);
});

test("secrets are shown to who approved, and erased when the person has them", async () => {
  const id = await house.plan("secret");
  await open(ada, id);
  await approve(ada, "C02XK1ZZJGH5");
  await says(ada, "The client can apply it now");
  await house.plan("kept", id);
  await button(ada, "Show 1 secret, with a passkey").click({ timeout: 10000 });
  await says(ada, "482 913");
  await accessible(ada, "secret");
  await button(ada, "Not yet: keep it on the server").click();
  await says(ada, /kept until somebody confirms to have it/);
  await button(ada, "Show 1 secret, with a passkey").click();
  await says(ada, "482 913");
  await button(ada, "I have it").click();
  await says(ada, /shown to Ada Byron.*erased/);
  assert.equal(await button(ada, "Show 1 secret, with a passkey").count(), 0);
  assert.equal(await main(ada).getByText("482 913").count(), 0);
  assert.doesNotMatch(await house.tell("audit", "tail"), /482 913/);
});

test("secrets that a command takes are typed on the page", async () => {
  const id = await house.plan("asks");
  await open(ada, id);
  await ada.getByLabel("body.pin").fill("135790");
  const file = { name: "identity.p12", mimeType: "application/x-pkcs12", buffer: Buffer.from([0, 255, 48, 130]) };
  await ada.getByLabel("body.certificateData, from a file").setInputFiles(file);
  await ada.waitForFunction(() => [...document.querySelectorAll("input[type=password]")].some(({ value }) => value === "AP8wgg=="));
  await accessible(ada, "asks");
  await approve(ada, "C02XK1ZZJGH5");
  await says(ada, "The client can apply it now");
  assert.doesNotMatch(await house.tell("audit", "tail"), /135790/);
});

test("another site gets nowhere", async () => {
  const port = await freePort();
  const evil = createServer((_, response) => response.setHeader("content-type", "text/html").end(`<iframe src="${house.origin}/approvals"></iframe>`));
  await new Promise((ready) => evil.listen(port, "localhost", ready));
  const page = await person(browser);
  await page.goto(`http://localhost:${port}/`);
  const [plain, custom] = await page.evaluate(async (origin) => {
    const outcome = (options) => fetch(`${origin}/approvals/api/say`, { method: "POST", ...options })
      .then((response) => response.status, () => "blocked");
    return [
      await outcome({ mode: "no-cors", headers: { "content-type": "text/plain" }, body: "{}" }),
      await outcome({ headers: { "content-type": "application/json", "x-approvals-page": "1" }, body: "{}" }),
    ];
  }, house.origin);
  assert.deepEqual([plain, custom], ["blocked", "blocked"]);
  const frame = page.frames().find((frame) => frame !== page.mainFrame());
  assert.equal(await frame.locator("main").count(), 0, "no frame shows the page");
  const shown = await page.evaluate(async (origin) => {
    const options = { challenge: new Uint8Array(32), rpId: "localhost", allowCredentials: [], userVerification: "required" };
    return navigator.credentials.get({ publicKey: options }).then(() => origin, (error) => error.name);
  }, house.origin);
  assert.equal(shown, "NotAllowedError");
  await page.context().close();
  evil.close();

  const own = `localhost:${house.port}`;
  const ours = { host: own, origin: house.origin, "x-approvals-page": "1", "content-type": "application/json" };
  const body = JSON.stringify({ word: "sign_in" });
  const say = (headers) => raw("/approvals/api/say", { method: "POST", body, headers: { ...ours, ...headers } });
  assert.equal((await say({})).status, 200);
  for (const headers of [{ origin: "https://evil.example" }, { origin: "null" }, { host: "evil.example" }, { host: `127.0.0.1:${house.port}` }, { "sec-fetch-site": "cross-site" }, { "x-approvals-page": "" }]) {
    assert.equal((await say(headers)).status, 403, JSON.stringify(headers));
  }
  const { headers } = await raw("/approvals", { headers: { host: own } });
  assert.match(headers["content-security-policy"], /default-src 'none'.*frame-ancestors 'none'/);
  assert.equal(headers["cache-control"], "no-store");
  assert.equal(headers["x-frame-options"], "DENY");
});

test("another process of the user takes over", async () => {
  const [first] = house.children;
  const second = house.start();
  await pause(1500);
  assert.doesNotMatch(second.said, /cannot be served/);
  first.kill("SIGKILL");
  await pause(500);
  await house.ready();
  const id = await house.plan("erase");
  await ada.goto(`${house.origin}/approvals#/plans/${id}`);
  await ada.reload();
  await ada.getByRole("heading", { name: "Sign in" }).waitFor();
  await button(ada, "Sign in with a passkey").click();
  await ada.getByRole("heading", { name: "Decision" }).waitFor();
  await accessible(ada, "plan");
  await approve(ada, "C02XK1ZZJGH5");
  await says(ada, "The client can apply it now");
});

test("a page whose server is gone says so in words, and goes on when one is back", async () => {
  const words = "The server does not answer. It runs as long as a client uses it; this page goes on when it is back.";
  const id = await house.plan("erase");
  const gone = ada.locator("#offline");
  await open(ada, id);
  assert.ok(await gone.isHidden(), "nothing is said while it answers");
  for (const child of house.children) child.kill("SIGKILL");
  await gone.getByText(words).waitFor({ timeout: 15000 });
  assert.equal(await gone.getAttribute("role"), "alert", "a screen reader says it");
  await accessible(ada, "gone");
  // The plan stays, and nobody believes that a decision was taken.
  await ada.getByRole("heading", { name: "Decision" }).waitFor();
  await approve(ada, "C02XK1ZZJGH5");
  await main(ada).getByRole("alert").getByText(words).waitFor();
  await ada.goto(`${house.origin}/approvals#/`);
  await main(ada).getByText(words).waitFor();
  house.start();
  await house.ready();
  // Another server asks who it is.
  await button(ada, "Sign in with a passkey").click({ timeout: 20000 });
  await ada.getByRole("heading", { name: "Plans" }).waitFor();
  assert.ok(await gone.isHidden(), "nothing is said when it answers again");
  await open(ada, id);
  assert.match(await main(ada).innerText(), /Waiting for approval/, "nothing was decided meanwhile");
});

test("the script had no trouble of its own", () => {
  assert.deepEqual(ada.problems.filter((problem) => !/Failed to load resource/.test(problem)), []);
});
