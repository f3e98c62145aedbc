// The control page of the simulated tenant: shows what reaches it, and switches faults.
//
// Text that came from anywhere is set as text, never as markup.

import { el } from "./element.js";

const byId = (id) => document.getElementById(id);
const LOOKS_AGAIN = 1000;
const SHOWN = 100;
const NUMBER_OF = new Intl.NumberFormat("en");

/** Requests that were told so far, the latest last. */
let requests = [];
let paused = false;
let last = 0;

// ---- small helpers -------------------------------------------------------------------------------------------------

const say = (text) => { byId("status").textContent = text; };
const plural = (number, one, many) => `${NUMBER_OF.format(number)} ${number === 1 ? one : many}`;
const clock = (text) => new Date(text).toLocaleTimeString("en-GB");
const badge = (text, kind = "") => el("span", { class: `badge ${kind}` }, text);

/** Put children into a place, unless they are what is there: focus, how far it is scrolled and what a screen reader reads stay. */
function put(place, ...children) {
  const fresh = el(place.tagName, {}, ...children);
  const [rows, freshRows] = [place.querySelector("tbody"), fresh.querySelector("tbody")];
  if (rows && freshRows) {
    if (!rows.isEqualNode(freshRows)) rows.replaceChildren(...freshRows.childNodes);
    return;
  }
  if (fresh.isEqualNode(el(place.tagName, {}, ...[...place.childNodes].map((node) => node.cloneNode(true))))) return;
  place.replaceChildren(...fresh.childNodes);
}

function table(caption, columns, rows, classes = []) {
  return el("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": caption }, el("table", { class: "stack" },
    el("caption", { class: "unseen" }, caption),
    el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, column)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, at) => el("td", { "data-label": columns[at], class: classes[at] }, cell)))))));
}

// ---- the tenant ----------------------------------------------------------------------------------------------------

class Refused extends Error {}

async function ask(method, path, body) {
  let response;
  try {
    response = await fetch(path, { method, body: body && JSON.stringify(body), headers: body && { "content-type": "application/json" } });
  } catch {
    throw new Refused("The tenant does not answer. It was ended, or was started anew: open the address that it printed as DEMO_CONTROL.");
  }
  if (response.status === 204) return {};
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer.error ?? `The tenant answered ${response.status}.`);
  return answer;
}

/** Do something, say it, and show what has become of it. */
async function act(said, work) {
  try {
    await work();
    say(said);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    lost(error.message);
    return;
  }
  await look();
}

function lost(why) {
  const place = byId("lost");
  if (place.textContent !== why) place.textContent = why;
  place.hidden = !why;
}

// ---- what is shown -------------------------------------------------------------------------------------------------

function status(entry) {
  if (entry.hungUp) return badge("client gone", "warning");
  if (entry.status === null) return badge("at work");
  return badge(String(entry.status), entry.status >= 400 ? "danger" : "good");
}

function showRequests({ entries, count, tokenRequests, mostAtOnce }) {
  byId("counts").textContent = `${plural(count, "request", "requests")}, ${NUMBER_OF.format(tokenRequests)} for tokens; at most ${NUMBER_OF.format(mostAtOnce)} at once.`;
  if (paused) return;
  // Requests at work are asked for again until they are over.
  const known = new Map(requests.map((entry) => [entry.number, entry]));
  for (const entry of entries) known.set(entry.number, entry);
  // Somebody may have had the log begin anew.
  requests = [...known.values()].slice(-Math.min(SHOWN, count) || known.size);
  const waiting = requests.find((entry) => entry.status === null && !entry.hungUp);
  last = (waiting?.number ?? (requests.at(-1)?.number ?? 0) + 1) - 1;
  const rows = requests.toReversed().map((entry) => [
    clock(entry.at), entry.method, entry.query ? `${entry.path}?${entry.query}` : entry.path, status(entry),
    `${NUMBER_OF.format(entry.milliseconds)} ms`, entry.faults.join(", "),
  ]);
  put(byId("request-rows"), rows.length > 0
    ? table("Requests, the latest first", ["Time", "Method", "Path", "Status", "Took", "Fault"], rows, ["when", "", "path", "", "number", ""])
    : el("p", { class: "soft" }, "Nothing has reached the tenant yet."));
}

const STATES = { ACKNOWLEDGED: "good", ERROR: "danger", NOT_NOW: "warning" };

function showCommands(commands) {
  const rows = commands.slice(0, SHOWN).map((command) => [
    clock(command.dateSent), command.command, command.deviceId, command.state ? badge(command.state, STATES[command.state]) : "",
  ]);
  put(byId("command-rows"), rows.length > 0
    ? table("Commands, the latest first", ["Time", "Command", "Device", "State"], rows, ["when", "", "path", ""])
    : el("p", { class: "soft" }, "No command was sent to a device yet."));
}

function showTokens(tokens) {
  const rows = tokens.map((token) => [`…${token.endsIn}`, token.of, `${token.secondsLeft} s of ${token.lifetimeSeconds} s`]);
  put(byId("token-rows"), rows.length > 0
    ? table("Tokens that are good", ["Token", "Whose", "Left"], rows, ["path", "", "number"])
    : el("p", { class: "soft" }, "No token is good."));
}

function showFacts(state) {
  const facts = [
    ["Address", el("code", {}, state.url)], ["Jamf Pro", state.version],
    ["Fleet", `${plural(state.computers, "computer", "computers")}, ${plural(state.mobileDevices, "mobile device", "mobile devices")}`],
    ["Seed", String(state.seed)], ["Changes", state.stateFile ? ["kept in ", el("code", {}, state.stateFile)] : "are forgotten at the end"],
  ];
  put(byId("facts"), facts.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]).flat());
}

// ---- faults --------------------------------------------------------------------------------------------------------

/** The faults that are on, as they are written. */
let on = [];

const nameOf = (fault) => fault.match(/^[^=*@]+/)?.[0] ?? "";
const isPlain = (fault) => !/[*@]/.test(fault);
const change = (said, faults) => act(said, () => ask("PUT", "faults", { faults }));

function makeSwitches(known) {
  const places = byId("switches");
  if (places.childElementCount > 0) return;
  places.append(...known.map(({ name, value, what }) => {
    const field = value && el("input", { value, id: `value-${name}`, class: "code", autocomplete: "off", spellcheck: "false" });
    const button = el("button", { type: "button", role: "switch", "aria-checked": "false", "data-fault": name, "aria-label": `Fault ${name}`, onclick: async () => {
      const others = on.filter((fault) => !(isPlain(fault) && nameOf(fault) === name));
      const isOn = button.getAttribute("aria-checked") === "true";
      const written = field && field.value.trim() ? `${name}=${field.value.trim()}` : name;
      await change(isOn ? `${name} is off` : `${name} is on`, isOn ? others : [...others, written]);
    } }, "off");
    return el("li", {}, el("strong", {}, name), button,
      field && el("label", { class: "value small", for: field.id }, "Value", el("span", { class: "unseen" }, ` of ${name}`), field),
      el("p", { class: "soft small what" }, what.replaceAll("`", ""), "."));
  }));
}

function showFaults({ faults, known }) {
  on = faults;
  makeSwitches(known);
  for (const button of byId("switches").querySelectorAll("button")) {
    const is = faults.some((fault) => isPlain(fault) && nameOf(fault) === button.dataset.fault);
    button.setAttribute("aria-checked", String(is));
    if (button.textContent !== (is ? "on" : "off")) button.textContent = is ? "on" : "off";
  }
  const others = faults.filter((fault) => !isPlain(fault));
  byId("others").hidden = byId("others-title").hidden = others.length === 0;
  put(byId("others"), others.map((fault) => el("li", {}, el("code", {}, fault),
    el("button", { type: "button", "data-off": fault, "aria-label": `Switch ${fault} off` }, "Off"))));
}

byId("others").addEventListener("click", ({ target }) => {
  const fault = target.dataset.off;
  if (fault) change(`${fault} is off`, on.filter((other) => other !== fault));
});

byId("other").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = byId("fault");
  await sent(field, byId("fault-wrong"), "Write a fault, such as 503*2.", async (fault) => {
    await ask("PUT", "faults", { faults: [...on, fault] });
    say(`${fault} is on`);
  });
});

/** Send what is in a field of a form; what is wrong with it is told beside the field. */
async function sent(field, wrong, missing, work) {
  const text = field.value.trim();
  try {
    if (!text) throw new Refused(missing);
    await work(text);
    field.value = "";
    wrong.hidden = true;
    field.removeAttribute("aria-invalid");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    wrong.textContent = error.message;
    wrong.hidden = false;
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
  await look();
}

// ---- the state -----------------------------------------------------------------------------------------------------

function showCheckpoints(names) {
  put(byId("checkpoints"), names.map((name) => el("li", {}, el("span", {}, name), el("div", { class: "row" },
    el("button", { type: "button", "data-back": name, "aria-label": `Put back ${name}` }, "Put back"),
    el("button", { type: "button", class: "plain", "data-delete": name, "aria-label": `Delete ${name}` }, "Delete")))));
}

byId("checkpoint").addEventListener("submit", async (event) => {
  event.preventDefault();
  await sent(byId("name"), byId("name-wrong"), "Name it first.", async (name) => {
    await ask("POST", `checkpoints/${encodeURIComponent(name)}`);
    say(`The state is put aside as ${name}`);
  });
});

byId("checkpoints").addEventListener("click", ({ target }) => {
  const { back, delete: gone } = target.dataset;
  if (back) act(`The state is ${back} again`, () => ask("POST", `checkpoints/${encodeURIComponent(back)}/restore`));
  if (gone) act(`${gone} is deleted`, () => ask("DELETE", `checkpoints/${encodeURIComponent(gone)}`));
});

byId("reset").addEventListener("click", () => {
  const area = byId("reset-area");
  const begin = byId("reset");
  const back = () => { area.replaceChildren(begin); begin.focus(); };
  const sure = el("button", { type: "button", class: "danger", onclick: async () => {
    back();
    await act("The state is as it was made", () => ask("POST", "reset"));
  } }, "Undo every change");
  area.replaceChildren(sure, el("button", { type: "button", onclick: back }, "Keep them"));
  sure.focus();
});

// ---- buttons, and looking again ------------------------------------------------------------------------------------

byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  say(paused ? "Requests are paused" : "Requests go on");
});
byId("clear-requests").addEventListener("click", () => act("The log begins anew", async () => {
  await ask("DELETE", "requests");
  requests = [];
}));
byId("revoke").addEventListener("click", () => act("All tokens are revoked", () => ask("DELETE", "tokens")));
byId("clear-faults").addEventListener("click", () => act("All faults are off", () => ask("DELETE", "faults")));

async function look() {
  try {
    const state = await ask("GET", `state?after=${last}`);
    lost("");
    showFacts(state);
    showRequests(state.requests);
    showCommands(state.commands);
    showTokens(state.tokens);
    showFaults(state.faults);
    showCheckpoints(state.checkpoints);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    lost(error.message);
  }
}

/** One look after another: a slow one holds the next back. */
async function watch() {
  if (!document.hidden) await look();
  setTimeout(watch, LOOKS_AGAIN);
}
watch();
