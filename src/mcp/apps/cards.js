// Lays out answers of tools as cards. Every value becomes text: names of devices come from people.

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isEmpty = (value) => value === null || value === undefined || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
const words = (name) => name.replaceAll("_", " ").replaceAll(/\b(id|sip|ddm|mdm|os|ip|ade|mb)\b/g, (short) => short.toUpperCase()).replaceAll(/\bfilevault\b/g, "FileVault");
const capital = (text) => text && text[0].toUpperCase() + text.slice(1);

/** A value in one line. Moments are in UTC, as answers have them. */
function line(value) {
  if (value === true || value === false) return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(line).join(", ");
  if (isObject(value)) return Object.entries(value).filter(([, own]) => !isEmpty(own)).map(([name, own]) => `${words(name)}: ${line(own)}`).join("; ");
  const text = String(value ?? "");
  const [, day, minute] = text.match(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)[:.\d]*(?:Z|\+00:?00)$/) ?? [];
  return day ? `${day} ${minute}` : text;
}

const pairs = (facts) => el("dl", { class: "pairs" }, Object.entries(facts).filter(([, value]) => !isEmpty(value))
  .map(([name, value]) => [el("dt", {}, capital(words(name))), el("dd", {}, line(value))]));

const list = (items) => el("ul", { class: "list" }, items.map((item) => el("li", {}, sentence(line(item)))));

const note = (tone, items) => items.map((item) => el("p", { class: `note ${tone}` }, sentence(line(item))));

function rowsOf(name, rows) {
  const names = new Set(rows.flatMap((row) => Object.keys(row).filter((column) => !isEmpty(row[column]))));
  // A row is called by the name of what it is about.
  const columns = [...names].sort((left, right) => (right === "name") - (left === "name"));
  return table(name, columns.map((column) => capital(words(column))), rows.map((row) => columns.map((column) => line(row[column]))));
}

/** Any value under its name. */
function part(name, value) {
  const items = [value].flat();
  if (items.every(isObject)) {
    return Array.isArray(value) ? rowsOf(words(name), items) : pairs(value);
  }
  return Array.isArray(value) ? list(items) : el("p", {}, line(value));
}

let cards = 0;

function card(name, ...children) {
  cards += 1;
  return el("section", { class: "card", "aria-labelledby": `card-${cards}` }, el("h2", { id: `card-${cards}` }, capital(words(name))), children);
}

function folded(name, ...children) {
  return el("details", {}, el("summary", {}, capital(words(name))), el("div", { class: "facts" }, children));
}

/** What is left of an answer, a card each. */
const others = (rest) => Object.entries(rest).filter(([, value]) => !isEmpty(value)).map(([name, value]) => card(name, part(name, value)));

/** What the answer rests on, at its end. */
function basis({ as_of: asOf, notes = [], next = [], redaction }) {
  const steps = [next].flat();
  const ages = isObject(asOf) ? Object.entries(asOf).map(([name, at]) => `${words(name)} ${line(at)}`).join(", ") : line(asOf);
  return [
    steps.length > 0 ? card("next", list(steps)) : null,
    notes.length > 0 || redaction ? folded("what to know about these figures", list([...notes, redaction].filter(Boolean))) : null,
    ages ? el("p", { class: "soft small" }, `Read from Jamf Pro (UTC): ${ages}`) : null,
  ];
}

const head = (title, tenant, ...badges) => el("div", { class: "row apart" },
  el("h1", { tabindex: "-1" }, title),
  el("div", { class: "row" }, badges, tenant ? badge({ text: `Tenant ${tenant}`, tone: "plain" }) : null));

// ---- the fleet -----------------------------------------------------------------------------------------------------

/** Figures that a person must act on when they are not 0. */
const GRAVE = ["unencrypted", "command_failed", "plan_failed"];
const FIGURES = {
  never_inventoried: "never sent inventory", silent: "silent over 30 days", unencrypted: "Macs without FileVault",
  command_failed: "with failed commands", plan_failed: "with failed update plans",
};

const figures = (numbers) => el("dl", { class: "figures" }, Object.entries(numbers).map(([name, count]) => el("div", { class: count > 0 && GRAVE.includes(name) ? "grave" : "" },
  el("dt", {}, FIGURES[name] ?? words(name)), el("dd", {}, line(count)))));

const total = (counts) => Object.values(counts).reduce((sum, count) => sum + Number(count), 0);

function versions(name, counts) {
  const most = Math.max(...Object.values(counts).map(Number), 1);
  const rows = Object.entries(counts).sort(([left], [right]) => Number(right) - Number(left));
  return [el("h3", {}, name), el("ul", { class: "bars" }, rows.map(([version, count]) => {
    const bar = el("div", {});
    bar.style.width = `${(Number(count) / most) * 100}%`;
    return el("li", {}, el("span", {}, version), el("div", { class: "share", "aria-hidden": "true" }, bar), el("span", {}, line(count)));
  }))];
}

function fleetCards({ answer, numbers = {}, devices_by_major_version: systems = {}, rows = [], partial = [], tenant, coverage, as_of, notes, next, redaction, more_rows: more, ...rest }) {
  const needs = rows.map(({ needs_a_person: what, tool }) => el("li", {}, sentence(line(what)), tool ? [" ", el("code", { class: "soft" }, tool)] : null));
  return [
    head("Fleet overview", tenant),
    el("p", { class: "verdict" }, line(answer)),
    note("warn", partial),
    figures(numbers),
    el("div", { class: "columns" },
      card("needs a person", needs.length > 0 ? el("ul", { class: "list" }, needs) : el("p", { class: "note good" }, "Nothing needs a person now."), more ? el("p", { class: "soft" }, line(more)) : null),
      isEmpty(systems) ? null : card("devices by version", Object.entries(systems).sort(([, left], [, right]) => total(right) - total(left)).map(([name, counts]) => versions(name, counts)))),
    others(rest),
    basis({ as_of, notes, next, redaction }),
  ];
}

// ---- a device ------------------------------------------------------------------------------------------------------

const SECTIONS = ["owner", "management", "security"];

function deviceCards({ answer, device = {}, rows = [], partial = [], numbers, groups = [], tenant, coverage, as_of, notes, next, redaction, more_rows: more, ...rest }) {
  const { name, model, serial_number: serial, os_version: version, ...facts } = device;
  const sections = SECTIONS.filter((section) => !isEmpty(rest[section])).map((section) => [section, rest[section]]);
  for (const section of SECTIONS) delete rest[section];
  const problems = rows.map(({ problem, do: cure }) => el("li", {}, el("strong", {}, sentence(line(problem))), cure ? el("div", { class: "soft" }, sentence(line(cure))) : null));
  return [
    head(line(name) || "Device", tenant, badge(problems.length > 0
      ? { text: plural(problems.length, "problem", "problems"), tone: "warning" } : { text: "No known problem", tone: "good" })),
    el("p", { class: "soft" }, [model, serial, version && `version ${version}`].filter(Boolean).map(line).join(" · ")),
    isEmpty(device) ? el("p", {}, line(answer)) : null,
    note("warn", partial),
    problems.length > 0 ? card("what is wrong, the gravest first", el("ol", { class: "list" }, problems), more ? el("p", { class: "soft" }, line(more)) : null) : null,
    el("div", { class: "columns" }, [["device", facts], ...sections].filter(([, own]) => !isEmpty(own)).map(([section, own]) => card(section, pairs(own)))),
    others(rest),
    groups.length > 0 ? el("section", { class: "card", "aria-label": "Groups" }, folded(`${numbers?.groups ?? groups.length} groups`,
      list(groups), numbers?.groups > groups.length ? el("p", { class: "soft" }, `The first ${groups.length}.`) : null)) : null,
    basis({ as_of, notes, next, redaction }),
  ];
}

// ---- a plan --------------------------------------------------------------------------------------------------------

const RISKS = { write: "plain", device: "plain", secret: "warning", destructive: "danger", critical: "danger" };

/** The devices of a plan, each with what a person knows it by. */
const targets = (devices) => table("Devices", ["Device", "Serial", "User", "Last contact"], devices.map(({ name, model, serial, full_name: person, owner, last_contact: contact, facts = [] }) => [
  [line(name) || "(no name)", model ? el("span", { class: "model" }, line(model)) : null, facts.length > 0 ? el("ul", { class: "list known" }, facts.map((fact) => el("li", {}, line(fact)))) : null].filter(Boolean),
  line(serial), line(person || owner), line(contact) || "never",
]), ["", "serial", "", "when"]);

/** A plan, with the way to the page where a person decides. `openLink` has the client open an address. */
function planCards(plan, openLink) {
  const { result, outcome, title, plan: id, tenant, risk, reach, approvals, expires, tool, approve_at: page, next, warnings = [], not_checked: unchecked = [], undo, targets: devices = [], ...rest } = plan;
  const facts = { approvals, "expires (UTC)": expires, tool, plan: id, undo: isObject(undo) ? undo.note : undo };
  return [
    head(line(title) || "Plan", tenant, risk ? badge({ text: capital(line(risk)), tone: RISKS[risk] ?? "plain" }) : null),
    result ? el("p", { class: page ? "note warn" : "note" }, sentence(line(result))) : null,
    outcome ? el("p", { class: "note" }, sentence(line(outcome))) : null,
    reach ? el("p", {}, sentence(line(reach))) : null,
    note("danger", [warnings].flat()),
    typeof page === "string" && /^https?:\/\//.test(page) ? decideAt(page, openLink) : null,
    card("about this plan", pairs(facts), !page && next ? el("p", { class: "soft" }, "The model was told: ", el("q", {}, line(next))) : null),
    devices.length > 0 ? card("devices", targets(devices)) : null,
    others(rest),
    isEmpty(unchecked) ? null : card("not checked", list([unchecked].flat())),
  ];
}

function decideAt(page, openLink) {
  const problem = el("p", { class: "note warn", role: "alert", hidden: true });
  return el("section", { class: "card", "aria-label": "Decision" },
    el("p", {}, "A person decides on the approvals page, with a passkey. This card approves nothing."),
    el("button", { type: "button", class: "go", onclick: async () => {
      problem.hidden = true;
      try {
        await openLink(page);
      } catch (error) {
        problem.textContent = `The client did not open it (${error.message}). Copy the address into a browser.`;
        problem.hidden = false;
      }
    } }, "Open the approvals page"),
    problem,
    el("p", { class: "soft small" }, el("code", { class: "address" }, page)));
}

/** What a plan's tool can answer: one plan, all that are open, or anything else. */
function anyPlanCards(answer, openLink) {
  if (Array.isArray(answer.plans)) {
    return [
      head(answer.plans.length > 0 ? plural(answer.plans.length, "open plan", "open plans") : "No plan is open", answer.tenant),
      answer.plans.map((plan) => el("article", { class: "facts" }, planCards(plan, openLink))),
    ];
  }
  if (answer.plan !== undefined || answer.approvals !== undefined) return planCards(answer, openLink);
  const { result, outcome, tenant, ...rest } = answer;
  return [head(capital(line(outcome ?? result)) || "Answer", tenant), others({ ...(outcome ? { result } : {}), ...rest })];
}

// ---- any answer ----------------------------------------------------------------------------------------------------

/** The cards of an answer as text; what cannot be read as the page expects it is shown as it is. */
export function answerCards(page, text, openLink) {
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = undefined;
  }
  if (!isObject(answer)) return [el("h1", {}, "Answer"), el("pre", { tabindex: "0", "aria-label": "Answer" }, text)];
  if (page === "fleet" && isObject(answer.numbers)) return fleetCards(answer);
  if (page === "device" && isObject(answer.device)) return deviceCards(answer);
  return anyPlanCards(answer, openLink);
}
