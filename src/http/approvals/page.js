// The approvals page: shows plans, and has decisions signed by a passkey.
//
// Text that came from anywhere is set as text, never as markup. Nothing is decided here: the server checks everything once more.

import { el } from "./element.js";
import { ask, createPasskey, declare, Refused, session, signWithPasskey, SignedOut } from "./server.js";

const main = document.getElementById("main");
const status = document.getElementById("status");
const account = document.getElementById("account");

const STATES = {
  waiting: ["Waiting for approval", ""],
  approved: ["Approved", "good"],
  rejected: ["Rejected", ""],
  applying: ["Being applied", ""],
  interrupted: ["Interrupted", "destructive"],
  broken_off: ["Stopped half-way", "destructive"],
  unknown: ["Outcome not known", "destructive"],
  applied: ["Applied", "good"],
  partial: ["Applied in part", "destructive"],
  failed: ["Failed", "destructive"],
  expired: ["Expired", ""],
  outdated: ["No longer holds", ""],
};
const OPEN = ["waiting", "approved", "applying", "interrupted"];
const SAMPLE = 20;
const LOOKS_AGAIN = 4000;

// ---- small helpers -------------------------------------------------------------------------------------------------

const say = (text) => { status.textContent = text; };

function ago(text) {
  const then = Date.parse(text);
  if (Number.isNaN(then)) return text || "never";
  const seconds = Math.round((then - Date.now()) / 1000);
  const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const units = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
  const [unit, length] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return format.format(Math.trunc(seconds / length), unit);
}

const time = (text) => el("time", { datetime: text, title: new Date(text).toLocaleString() }, ago(text));

function lasting(seconds) {
  if (seconds <= 0) return "no time";
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${String(seconds % 60).padStart(2, "0")} s` : `${seconds} s`;
}

/** A text that came as a fragment, as a sentence. */
const sentence = (text) => text && text[0].toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? "" : ".");

const plural = (number, one, many) => `${number} ${number === 1 ? one : many}`;

// ---- forms ---------------------------------------------------------------------------------------------------------

/** A form that says what went wrong, once it did, and cannot be sent twice at a time. */
function form(attributes, send, ...children) {
  const problem = el("p", { class: "note danger", role: "alert", hidden: true });
  let busy = false;
  return el("form", {
    ...attributes,
    novalidate: true,
    onsubmit: async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      const button = event.submitter ?? event.target.querySelector("button");
      button?.setAttribute("aria-disabled", "true");
      problem.hidden = true;
      try {
        await send(event.target);
      } catch (error) {
        if (error instanceof SignedOut) { await show(); return; }
        problem.textContent = error.message;
        problem.hidden = false;
      } finally {
        busy = false;
        button?.removeAttribute("aria-disabled");
      }
    },
  }, ...children, problem);
}

function required(field, what) {
  const value = field.value.trim();
  field.setAttribute("aria-invalid", value === "");
  if (value !== "") return value;
  field.focus();
  throw new Refused(`${what} is missing.`);
}

// ---- pages ---------------------------------------------------------------------------------------------------------

let timer;
let ticks = [];

/** Put a page up, and the focus where it begins. */
function page(title, ...children) {
  clearTimeout(timer);
  document.title = `${title} · Approvals`;
  account.hidden = !session.token;
  for (const link of account.querySelectorAll("a")) {
    if (link.hash === (location.hash || "#/")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  main.replaceChildren(...children);
  (main.querySelector("[autofocus]") ?? main.querySelector("h1"))?.focus();
}

const heading = (text) => el("h1", { tabindex: "-1" }, text);

/** Do something every few seconds for as long as the page that asked for it is up. */
function keepLooking(look) {
  timer = setTimeout(async () => {
    const mine = timer;
    try {
      if (!document.hidden) await look();
    } catch (error) {
      if (error instanceof SignedOut) return show();
      say(error.message);
    }
    if (timer === mine) keepLooking(look);
  }, LOOKS_AGAIN);
}

/** Go to a page; the browser tells when that changed the address. */
async function go(hash) {
  if (location.hash === hash) await show();
  else location.hash = hash;
}

/** Counts what was asked to be shown: what comes late for an earlier page is dropped. */
let turn = 0;

async function show() {
  turn += 1;
  ticks = [];
  const mine = turn;
  const late = () => mine !== turn;
  try {
    const [, where, id] = location.hash.match(/^#\/([a-z]*)\/?([A-Za-z0-9-]*)$/) ?? [null, "", ""];
    const { enrolled } = await ask("state");
    if (late()) return;
    if (!enrolled || where === "enroll") return enrollPage(enrolled);
    if (!session.token) return signInPage();
    if (where === "plans") return await planPage(id, late);
    if (where === "people") return await peoplePage(late);
    await plansPage(late);
  } catch (error) {
    if (late()) return;
    if (error instanceof SignedOut) return signInPage();
    page("Problem", el("div", { class: "card narrow" }, heading("That did not work"), el("p", {}, error.message),
      el("p", {}, el("a", { href: "#/" }, "All plans"))));
    keepLooking(show);
  }
}

function signInPage() {
  page("Sign in", el("section", { class: "card narrow" },
    heading("Sign in"),
    el("p", { class: "soft" }, "Plans that wait for a person are shown to people with a passkey. Signing in only lets you look; every decision asks for the passkey again."),
    form({}, async () => {
      session.begin(await declare({ word: "sign_in" }));
      say(`Signed in as ${session.name}.`);
      await show();
    }, el("button", { class: "go wide", autofocus: true }, "Sign in with a passkey")),
    el("p", { class: "small" }, el("a", { href: "#/enroll" }, "I have an invitation"))));
}

function enrollPage(enrolled) {
  const code = el("input", { class: "code", id: "code", autocomplete: "one-time-code", autocapitalize: "characters", spellcheck: "false", required: true, autofocus: true });
  const name = el("input", { id: "name", autocomplete: "name", required: true, maxlength: "64" });
  page("Enroll a passkey", el("section", { class: "card narrow" },
    heading(enrolled ? "Enroll your passkey" : "Enroll the first passkey"),
    enrolled
      ? el("p", { class: "soft" }, "Somebody who can approve has invited you and told you a code.")
      : [
        el("p", {}, "Nobody can approve anything here yet. In a terminal, as the person who runs the server:"),
        el("pre", {}, "jamf-pro-mcp approvals enroll"),
        el("p", { class: "soft" }, "It gives a code that holds for ten minutes. The enrollment is written into the audit log."),
      ],
    form({}, async () => {
      const typed = required(code, "The code");
      const { question, options, name: known } = await ask("enroll", { code: typed, name: enrolled ? "" : required(name, "Your name") });
      session.begin(await ask("enrolled", { question, credential: await createPasskey(options) }));
      say(`The passkey of ${known} is enrolled.`);
      await go("#/");
    },
    el("label", {}, "Code", code),
    enrolled ? null : el("label", {}, "Your name", name, el("span", { class: "soft small" }, "It stands under what you approve.")),
    el("button", { class: "go wide" }, "Create a passkey")),
    enrolled ? el("p", { class: "small" }, el("a", { href: "#/" }, "I have a passkey already")) : null));
}

function badge(text, kind) { return el("span", { class: `badge ${kind ?? ""}` }, text); }
const riskBadge = (risk) => badge({ destructive: "Destructive", critical: "Critical", secret: "Secret", write: "Change" }[risk] ?? risk, risk);
const tenantOf = (plan) => `tenant ${plan.tenant}${plan.tenant_label ? ` (${plan.tenant_label})` : ""}`;
const askedBy = ({ who, client }) => client ? `${who} with ${client}` : who;

async function plansPage(late) {
  const area = el("div", { class: "facts" });
  let last = "";
  const update = async () => {
    const { plans, holds } = await ask("plans");
    if (late()) return;
    const now = JSON.stringify([plans.map(({ seconds_left: _, ...rest }) => rest), holds]);
    if (now === last) return;
    const focused = document.activeElement?.getAttribute("href");
    const open = plans.filter((plan) => OPEN.includes(plan.state));
    const waits = (plan) => plan.state === "waiting";
    const waiting = [...open.filter(waits), ...open.filter((plan) => !waits(plan))];
    if (last !== "") say(`${plural(open.filter(waits).length, "plan waits", "plans wait")}.`);
    last = now;
    ticks = [];
    area.replaceChildren(...holds.map((hold) => onHold(hold, update)), ...lists(waiting, plans.filter((plan) => !OPEN.includes(plan.state))));
    if (focused) area.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  };
  await update();
  if (late()) return;
  page("Plans", heading("Plans"), area);
  keepLooking(update);
}

/** A tenant on hold: nothing that takes a plan is sent there until somebody with a passkey releases it. */
function onHold({ tenant, name, since, why }, done) {
  return el("section", { class: "card", "aria-label": `Hold of ${name}` },
    el("p", { class: "note warn" }, `Tenant ${name} is on hold: ${why}. Since `, time(since), "."),
    form({ "aria-label": `Release ${name}` }, async () => {
      await declare({ word: "release", of: tenant });
      await done();
    }, el("button", { class: "wide" }, `Release ${name}, with a passkey`)));
}

function lists(waiting, over) {
  const items = (plans) => el("ul", { class: "plans" }, plans.map((plan) => el("li", {}, el("a", { href: `#/plans/${plan.id}` },
    el("span", { class: "row" }, riskBadge(plan.risk), el("strong", {}, plan.title),
      plan.state === "waiting" ? null : badge(...STATES[plan.state] ?? [plan.state])),
    el("span", {}, sentence(plan.summary)),
    el("span", { class: "soft small" }, `${tenantOf(plan)} · asked by ${askedBy(plan.asked_by)} `, time(plan.made),
      plan.state === "waiting" ? ` · ${plan.approvals} of ${plural(plan.approvals_needed, "approval", "approvals")} · ` : "",
      plan.state === "waiting" ? countdown(plan.seconds_left, (seconds) => `${lasting(seconds)} left`) : null)))));
  return [
    waiting.length > 0
      ? items(waiting)
      : el("p", { class: "card empty soft" }, "Nothing waits for you. A plan appears here when a client asks for something that takes a person's approval."),
    over.length > 0 ? el("section", { class: "facts", "aria-labelledby": "over" }, el("h2", { id: "over" }, "Earlier"), items(over)) : null,
  ].filter(Boolean);
}

// ---- one plan ------------------------------------------------------------------------------------------------------

async function planPage(id, late) {
  const filed = await ask(`plans/${id}`);
  if (late()) return;
  const { plan } = filed;
  const decision = el("section", { class: "card decision", "aria-labelledby": "decision" });
  let last = "";
  let stood = "";
  const put = (filed) => {
    if (late()) return;
    const now = JSON.stringify([filed.state, filed.approvals, filed.steps, filed.outcome, filed.secrets, filed.is_whole, filed.used, filed.done_under_it]);
    if (now === last) return;
    if (last !== "" && filed.state !== stood) say(`The plan is now: ${STATES[filed.state]?.[0] ?? filed.state}.`);
    last = now;
    stood = filed.state;
    ticks = [];
    decision.replaceChildren(...decide(filed, put));
  };
  put(filed);
  page(plan.title,
    el("p", {}, el("a", { href: "#/" }, "← All plans")),
    el("div", { class: "row" }, riskBadge(plan.risk), badge(tenantOf(plan))),
    heading(plan.title),
    el("div", { class: "plan" }, el("div", { class: "facts" }, facts(plan)), decision));
  keepLooking(async () => put(await ask(`plans/${id}`)));
}

setInterval(() => ticks.forEach((tick) => tick()), 1000);

/** A text that counts down by itself. */
function countdown(seconds, words) {
  const until = Date.now() + seconds * 1000;
  const element = el("span", { class: "timer" }, words(seconds));
  ticks.push(() => { element.textContent = words(Math.max(0, Math.round((until - Date.now()) / 1000))); });
  return element;
}

const section = (title, ...children) => {
  const id = title.toLowerCase().replaceAll(/[^a-z]+/g, "-");
  return el("section", { class: "card", "aria-labelledby": id }, el("h2", { id }, title), ...children);
};

function facts(plan) {
  return [
    section("What is done",
      el("p", {}, el("strong", {}, sentence(plan.summary))),
      plan.warnings.length > 0 ? el("div", { class: "note danger" }, el("ul", {}, plan.warnings.map((warning) => el("li", {}, sentence(warning))))) : null,
      el("div", { class: plan.undo.possible ? "note good" : "note warn" },
        el("strong", {}, plan.undo.possible ? "Can be undone. " : "Cannot be undone. "), sentence(plan.undo.note)),
      el("dl", { class: "pairs" },
        pair("Tool", el("code", {}, plan.tool), ` ${plan.about}`),
        pair("Asked by", `${askedBy(plan.asked_by)}, over ${plan.asked_by.transport}, `, time(plan.made)),
        plan.ticket ? pair("Ticket", plan.ticket) : null),
      plan.reason ? [el("p", { class: "soft small" }, "The reason as the client gives it; a model wrote it, do not take its word:"), el("blockquote", {}, plan.reason)] : null,
      el("details", {}, el("summary", {}, "Arguments"), el("pre", { tabindex: "0" }, plan.arguments))),
    section("On whom",
      share(plan.reach),
      plan.targets.length > 0 ? targets(plan.targets) : el("p", { class: "soft" }, "No device is acted on directly."),
      reached(plan.found)),
    plan.changes.length > 0 ? section("Before and after", table("Before and after", ["Field", "Before", "After"],
      plan.changes.map(({ field, before, after }) => [field, before || "(empty)", after || "(empty)"]), [], "even"),
      plan.changes.filter(({ lines }) => lines).map(lineDiff)) : null,
    content(plan.found?.content ?? []),
    plan.references.length > 0 ? section("What refers to it", table("What refers to it", ["Name", "Kind", "How", "Id"],
      plan.references.map(({ kind, name, how, id }) => [name, kind.replaceAll("_", " "), how, id]))) : null,
    section("Not checked", plan.not_checked.length > 0
      ? el("ul", { class: "list" }, plan.not_checked.map((text) => el("li", {}, sentence(text))))
      : el("p", { class: "soft" }, "Nothing is known that was left out.")),
  ];
}

/** What the call makes run or installs, with the text of scripts. */
function content(all) {
  if (all.length === 0) return null;
  return section("What runs or is installed", all.map(({ kind, id, name, about, lines }) => el("div", {},
    el("p", {}, el("strong", {}, `${kind[0]?.toUpperCase() ?? ""}${kind.slice(1)} `), name ? `“${name}” ` : "", el("span", { class: "soft" }, `(id ${id})`)),
    about ? el("p", { class: "soft small" }, about) : null,
    lines ? el("details", { open: true }, el("summary", {}, "Text"), el("pre", { tabindex: "0" }, lines.join("\n"))) : null)));
}

/** A long text line by line. */
function lineDiff({ field, lines }) {
  const kind = { "+": "comes", "-": "goes" };
  return el("figure", {}, el("figcaption", {}, field),
    el("pre", { class: "diff", tabindex: "0" }, lines.map((line) => el("span", { class: kind[line[0]] ?? "" }, line))));
}

const pair = (name, ...values) => [el("dt", {}, name), el("dd", {}, ...values)];

function share({ devices, fleet, sentence: text }) {
  const known = typeof devices === "number" && fleet > 0;
  const words = text ? sentence(text) : (known ? `${devices} of ${fleet} devices.` : "How many devices it reaches could not be worked out.");
  if (!known) return el("p", {}, words);
  const bar = el("div", {});
  bar.style.width = `${Math.min(100, (devices / fleet) * 100)}%`;
  return [el("p", {}, words), el("div", { class: "share", "aria-hidden": "true" }, bar)];
}

/** Devices that it reaches through what it changes. */
function reached({ devices, sample = [] } = {}) {
  if (sample.length === 0) return null;
  const more = (devices?.length ?? sample.length) - sample.length;
  return [el("p", {}, "It reaches, through what it changes:"),
    el("ul", { class: "list" }, sample.map((device) => el("li", {}, device)), more > 0 ? el("li", {}, `and ${more} more`) : null)];
}

function table(name, columns, rows, classes = [], kind = "") {
  return el("div", { class: "scroll", role: "region", "aria-label": `Table: ${name.toLowerCase()}`, tabindex: "0" }, el("table", { class: `stack ${kind}` },
    el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, column)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, at) => at === 0
      ? el("th", { scope: "row" }, cell)
      : el("td", { "data-label": columns[at], class: classes[at] }, cell)))))));
}

function targets(all) {
  const rows = (some) => table("Devices", ["Device", "Serial", "User", "Last contact"], some.map((target) => [
    [target.name || "(no name)", target.model ? el("span", { class: "model" }, target.model) : null].filter(Boolean),
    target.serial, target.owner || "nobody", target.last_contact ? time(target.last_contact) : "never",
  ]), ["", "serial", "", "when"]);
  if (all.length <= SAMPLE) return rows(all);
  const area = el("div", { class: "facts" },
    el("p", { class: "soft small" }, `The first ${SAMPLE} of ${all.length} devices.`),
    rows(all.slice(0, SAMPLE)),
    el("button", { type: "button", onclick: () => {
      const whole = rows(all);
      whole.classList.add("tall");
      area.replaceChildren(el("p", { class: "soft small" }, `All ${all.length} devices.`), whole);
      whole.focus();
    } }, `Show all ${all.length} devices`));
  return area;
}

// ---- the decision --------------------------------------------------------------------------------------------------

function decide(filed, put) {
  const { plan } = filed;
  const [words, kind] = STATES[filed.state] ?? [filed.state, ""];
  const said = filed.approvals.map(({ approver, verdict, means, at, note }) => el("li", {},
    el("strong", {}, approver), verdict === "approve" ? " approved it " : " rejected it ", time(at),
    means === "passkey" ? ", with a passkey" : `, by ${means}`, note ? [": ", el("q", {}, note)] : ""));
  const approvals = new Set(filed.approvals.filter(({ verdict }) => verdict === "approve").map(({ approver }) => approver.trim().toLowerCase())).size;
  return [
    el("div", { class: "row apart" }, el("h2", { id: "decision", tabindex: "-1" }, "Decision"), badge(words, kind)),
    waits(filed, approvals),
    said.length > 0 ? el("ul", { class: "list" }, said) : null,
    filed.outcome && filed.outcome !== filed.state ? el("p", {}, sentence(filed.outcome)) : null,
    plan.by_window ? el("p", {}, "Nobody was asked about it: ", el("a", { href: `#/plans/${plan.by_window}` }, "a window"), " lets it through.") : null,
    steps(filed.steps, filed.state),
    doneUnder(filed.done_under_it),
    secrets(filed, put),
    filed.is_whole ? null : el("p", { class: "note danger" }, "This plan was changed after it was made. It cannot be approved."),
    filed.state === "waiting" && filed.is_whole ? approveForm(filed, put) : null,
    ["waiting", "approved"].includes(filed.state) && filed.is_whole ? [el("hr"), rejectForm(filed, put)] : null,
  ].flat().filter(Boolean);
}

function waits(filed, approvals) {
  const { plan } = filed;
  if (filed.state === "waiting") {
    return el("p", {},
      plan.approvals_needed > 1 ? `${approvals} of ${plan.approvals_needed} approvals, by different people. ` : "",
      plan.delay_minutes ? `After it, ${plan.delay_minutes} minutes must pass in which anybody can reject it. ` : "",
      countdown(filed.seconds_left, (seconds) => seconds > 0 ? `Expires in ${lasting(seconds)}.` : "Expired."));
  }
  if (filed.state !== "approved") return null;
  if (filed.seconds_to_wait > 0) {
    return el("p", {}, countdown(filed.seconds_to_wait, (seconds) => seconds > 0 ? `Can be applied in ${lasting(seconds)}.` : "Can be applied now."));
  }
  if (plan.window) {
    return el("p", {}, `Open: ${filed.used} of ${plan.window.at_most} used. What fits it is sent without asking you again. `,
      countdown(filed.seconds_left, (seconds) => seconds > 0 ? `${lasting(seconds)} left.` : "Over."));
  }
  return el("p", {}, `The client can apply it now; tell it to go on. `,
    countdown(filed.seconds_left, (seconds) => seconds > 0 ? `${lasting(seconds)} left.` : "Expired."));
}

function steps(all, state) {
  if (!["applying", "interrupted", "broken_off", "unknown", "applied", "partial", "failed"].includes(state) || all.length === 0) return null;
  return el("details", { open: state !== "applied" },
    el("summary", {}, `${all.filter((step) => step.state === "done").length} of ${plural(all.length, "step", "steps")} done`),
    table("Steps", ["Target", "Outcome", "Detail"], all.map((step) => [step.target, step.outcome, step.detail ?? ""])));
}

/** Secrets that come as files, and those of them whose bytes Jamf Pro takes as Base64. */
const FROM_FILE = /(data|bytes|keystore|file|token|key)$/i;
const AS_BASE64 = /(data|bytes|keystore|file|encodedToken)$/i;

function fromFile(place, field) {
  const chosen = el("input", { type: "file" });
  chosen.addEventListener("change", async () => {
    const file = chosen.files[0];
    if (!file) return;
    if (AS_BASE64.test(place)) {
      const bytes = new Uint8Array(await file.arrayBuffer());
      field.value = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    } else {
      field.value = (await file.text()).trim();
    }
  });
  return chosen;
}

function doneUnder(done) {
  if (done.length === 0) return null;
  return el("div", { class: "facts" }, el("h3", {}, "Done under it"), el("ul", { class: "list" }, done.map(({ plan, at, summary, state }) =>
    el("li", {}, time(at), " ", el("a", { href: `#/plans/${plan}` }, sentence(summary)), ` (${STATES[state]?.[0] ?? state})`))));
}

function approveForm(filed, put) {
  const { plan } = filed;
  const typed = el("input", { id: "typed", class: "code", autocomplete: "off", autocapitalize: "off", spellcheck: "false", required: true, "aria-describedby": "typed-why" });
  const given = (plan.asks ?? []).map((place) => [place, el("input", { type: "password", autocomplete: "off" })]);
  return form({ "aria-label": "Approve" }, async () => {
    const answers = Object.fromEntries(given.map(([place, field]) => [place, field.value]).filter(([, value]) => value !== ""));
    const filed = await declare({ word: "approve", of: plan.id, hash: plan.hash, typed: required(typed, `What to type (${plan.typed.what})`), answers });
    put(filed);
    document.getElementById("decision")?.focus();
  },
  given.flatMap(([place, field]) => [
    el("label", {}, place, field, el("span", { class: "soft small" }, "Goes to the tenant and to no model. Left empty, none is sent.")),
    FROM_FILE.test(place) ? el("label", {}, `${place}, from a file`, fromFile(place, field)) : null,
  ]),
  el("label", {}, `Type ${plan.typed.what} to approve`, typed,
    el("span", { class: "soft small", id: "typed-why" }, "It shows that you looked at what this does, and to whom.")),
  el("button", { class: "danger wide" }, "Approve with a passkey"));
}

function rejectForm(filed, put) {
  const { plan } = filed;
  const closes = Boolean(plan.window) && filed.state === "approved";
  const reason = el("textarea", { id: "reason", maxlength: "500", rows: "2" });
  return form({ "aria-label": "Reject" }, async () => {
    put(await declare({ word: "reject", of: plan.id, hash: plan.hash, typed: reason.value.trim() }));
    document.getElementById("decision")?.focus();
  },
  el("label", {}, closes ? "Why it closes" : "Why not", reason, el("span", { class: "soft small" }, "The client is told.")),
  el("button", { class: "wide" }, closes ? "Close it with a passkey" : "Reject with a passkey"));
}

function secrets(filed, put) {
  if (filed.secrets.length === 0) return null;
  const waiting = filed.secrets.filter(({ is_kept }) => is_kept);
  const area = el("div", { class: "facts" });
  const list = el("ul", { class: "list" }, filed.secrets.map(({ label, device, shown, is_kept }) => el("li", {}, `${label}, ${device}: `,
    shown ? ["shown to ", shown.to, " ", time(shown.at), is_kept ? ", kept until somebody confirms to have it" : ", erased"] : "not shown yet")));
  area.append(el("h3", {}, "Secrets"), list);
  const approvals = filed.approvals_of_its_window ?? filed.approvals;
  if (waiting.length > 0 && approvals.some(({ verdict }) => verdict === "approve")) {
    area.append(form({ "aria-label": "Show secrets" }, async () => {
      const { secrets, receipt } = await declare({ word: "show", of: filed.plan.id, hash: filed.plan.hash });
      const rows = secrets.map(({ label, device, value }) => el("div", {},
        el("p", { class: "soft small" }, `${label}, ${device}`), el("p", { class: "big code" }, value)));
      // What was shown stays up until the person has it: only then is it erased on the server.
      clearTimeout(timer);
      area.replaceChildren(el("h3", { tabindex: "-1", id: "secrets" }, "Secrets"),
        el("p", { class: "note warn" }, "Write down what you need, then confirm: it is erased on the server then, and nobody can see it again."), ...rows,
        form({ "aria-label": "Confirm" }, async () => {
          await ask("have", { receipt });
          await show();
        }, el("button", { class: "go wide" }, "I have it")),
        el("button", { type: "button", class: "wide", onclick: show }, "Not yet: keep it on the server"));
      document.getElementById("secrets")?.focus();
    }, el("button", { class: "go wide" }, `Show ${plural(waiting.length, "secret", "secrets")}, with a passkey`)));
  }
  return area;
}

// ---- people --------------------------------------------------------------------------------------------------------

async function peoplePage(late) {
  const { people } = await ask("plans");
  if (late()) return;
  const name = el("input", { id: "invited", autocomplete: "off", required: true, maxlength: "64" });
  const invitation = el("div", { "aria-live": "polite" });
  page("People", heading("People who can approve"),
    el("section", { class: "card", "aria-label": "Passkeys" },
      el("p", { class: "soft small" }, "What is critical takes two people. Every change here is in the audit log of every tenant."),
      el("ul", { class: "plans" }, people.map((person) => el("li", { class: "card" },
        el("div", { class: "row apart" },
          el("div", {}, el("strong", {}, person.name), el("p", { class: "soft small" }, "enrolled ", time(person.enrolled), person.used ? [", used ", time(person.used)] : ", never used")),
          people.length > 1 ? form({}, async () => {
            await declare({ word: "remove", of: person.credential });
            await show();
          }, el("button", { "aria-label": `Remove this passkey of ${person.name}` }, "Remove")) : null))))),
    el("section", { class: "card", "aria-labelledby": "invite" }, el("h2", { id: "invite" }, "Invite somebody"),
      el("p", { class: "soft" }, "Another person, or yourself with another device. Use the same name for the same person: two passkeys of one person count once."),
      form({}, async () => {
        const { code, name: invited } = await declare({ word: "invite", of: required(name, "The name") });
        invitation.replaceChildren(el("div", { class: "facts" },
          el("p", {}, `Tell ${invited} this code, and to open `, el("code", {}, `${location.origin}/approvals#/enroll`), ". It holds for ten minutes, once."),
          el("p", { class: "big code" }, code.match(/.{1,4}/g).join(" "))));
        name.value = "";
      }, el("label", {}, "Name", name), el("button", { class: "go" }, "Make a code, with a passkey")),
      invitation));
}

// ---- begin ---------------------------------------------------------------------------------------------------------

document.getElementById("sign-out").addEventListener("click", async () => {
  await ask("sign-out", {}).catch(() => {});
  session.end();
  say("Signed out.");
  await go("#/");
});
document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
window.addEventListener("hashchange", show);
await show();
