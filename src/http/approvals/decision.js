// The decision card of a plan: how it stands, what a person can say to it, and the secrets that come of it.

import { badge, el, plural, sentence, table } from "./element.js";
import { copyButton, form, required, say, time } from "./parts.js";
import { ask, declare, session } from "./server.js";

/** Rights to see the secrets of plans that were approved with "Approve and run" in this tab, by the plan. */
const collecting = new Map();

/** What was collected, by the plan: it stays up until the person has it. */
const collected = new Map();

const isMine = ({ approver }) => approver.trim().toLowerCase() === session.name.trim().toLowerCase();

/** What the card shows. `put` takes a newer state of the plan, `signedOut` asks for a sign-in. */
export function decisionCard(filed, put, signedOut) {
  const { view } = filed;
  const { state } = view;
  const isDecidable = ["waiting", "approved"].includes(filed.state) && filed.is_whole;
  const mine = filed.approvals.find((one) => one.verdict === "approve" && isMine(one));
  return [
    el("div", { class: "row apart" }, el("h2", { id: "decision", tabindex: "-1" }, "Decision"), badge(state.badge)),
    el("p", {}, state.sentence, state.until ? [" ", filed.state === "waiting" ? "Expires " : filed.state === "approved" ? "That ends " : "", time(state.until), "."] : null),
    filed.notice ? el("p", { class: "note warn" }, filed.notice) : null,
    said(filed),
    filed.outcome ? el("p", {}, sentence(filed.outcome)) : null,
    filed.by_window ? el("p", {}, "Nobody was asked about it: ", el("a", { href: `#/plans/${filed.by_window}` }, "a plan for several calls"), " lets it through.") : null,
    steps(filed),
    doneUnder(filed.done_under_it),
    secrets(filed, put, signedOut),
    filed.is_whole ? null : el("p", { class: "note danger" }, "This plan was changed after it was made. It cannot be approved."),
    filed.state === "waiting" && filed.is_whole && (!mine || filed.takes_second) ? approveForm(filed, put, signedOut) : null,
    isDecidable ? [el("hr"), rejectForm(filed, mine, put, signedOut)] : null,
  ].flat().filter(Boolean);
}

/** Get what came of a plan that was approved in this tab; answers whether there is anything new. */
export async function collect(filed) {
  const token = collecting.get(filed.id);
  if (!token || collected.has(filed.id) || !filed.secrets.some(({ is_kept: isKept }) => isKept)) return false;
  const shown = await ask("collect", { token });
  if (shown.secrets.length === 0) return false;
  collected.set(filed.id, shown);
  return true;
}

/** Whether secrets are up that the person has not confirmed to have. */
export const isShowing = (filed) => collected.has(filed.id);

function said(filed) {
  if (filed.approvals.length === 0) return null;
  return el("ul", { class: "list" }, filed.approvals.map((one) => el("li", {},
    el("strong", {}, isMine(one) ? "You" : one.approver), one.verdict === "approve" ? " approved it " : " rejected it ", time(one.at),
    one.means === "passkey" ? ", with a passkey" : `, by ${one.means}`, one.runs ? ", to be run at once" : "", one.note ? [": ", el("q", {}, one.note)] : "")));
}

function steps({ steps: all, state }) {
  if (all.length === 0) return null;
  return el("details", { open: state !== "applied" || all.length === 1 },
    el("summary", {}, `${all.filter((step) => step.state === "done").length} of ${plural(all.length, "step", "steps")} done`),
    table("Steps", ["Target", "Outcome", "Detail"], all.map((step) => [step.target, step.outcome, step.detail ?? ""])));
}

function doneUnder(done) {
  if (done.length === 0) return null;
  return el("div", { class: "facts" }, el("h3", {}, "Done under it"), el("ul", { class: "list" }, done.map(({ plan, at, title, state }) =>
    el("li", {}, time(at), " ", el("a", { href: `#/plans/${plan}` }, title || plan), ` (${state})`))));
}

function fromFile(form, field) {
  const chosen = el("input", { type: "file" });
  chosen.addEventListener("change", async () => {
    const file = chosen.files[0];
    if (!file) return;
    if (form === "base64") {
      const bytes = new Uint8Array(await file.arrayBuffer());
      field.value = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    } else {
      field.value = (await file.text()).trim();
    }
  });
  return chosen;
}

function approveForm(filed, put, signedOut) {
  const { items } = filed.view.to_approve;
  const { label } = items.find(({ kind }) => kind === "confirmation");
  const typed = el("input", { id: "typed", class: "code", autocomplete: "off", autocapitalize: "off", spellcheck: "false", required: true, "aria-describedby": "typed-why" });
  const given = items.filter(({ kind }) => kind === "secret").map((secret) => [secret, el("input", { type: "password", autocomplete: "off" })]);
  return form({ "aria-label": "Approve" }, async (_, button) => {
    const answers = Object.fromEntries(given.map(([{ place }, field]) => [place, field.value]).filter(([, value]) => value !== ""));
    const word = button?.value === "approve" ? "approve" : filed.can_run ? "approve_and_run" : "approve";
    const statement = { word, of: filed.id, hash: filed.hash, typed: required(typed, `${label}.`), answers };
    const newer = await declare(statement).catch((error) => { throw Object.assign(error, { field: typed }); });
    if (newer.collect) collecting.set(filed.id, newer.collect);
    put(newer);
    document.getElementById("decision")?.focus();
  }, signedOut,
  given.flatMap(([{ place, hint, from_file: fileForm }, field]) => [
    el("label", {}, place, field, el("span", { class: "soft small" }, hint)),
    fileForm ? el("label", {}, `${place}, from a file`, fromFile(fileForm, field)) : null,
  ]),
  el("label", {}, label, typed,
    el("span", { class: "soft small", id: "typed-why" }, "It shows that you looked at what this does, and to whom.")),
  filed.can_run ? el("button", { class: "go wide", value: "run" }, "Approve and run") : null,
  el("button", { class: filed.can_run ? "wide" : "go wide", value: "approve" }, filed.can_run ? "Approve only: client runs it" : "Approve with a passkey"));
}

function rejectForm(filed, mine, put, signedOut) {
  const closes = filed.is_window && filed.state === "approved";
  const [why, button] = closes ? ["Why it closes", "Close it"] : mine ? ["Why you withdraw", "Withdraw"] : ["Why not", "Reject"];
  const reason = el("textarea", { id: "reason", maxlength: "500", rows: "2" });
  return form({ "aria-label": button }, async () => {
    put(await declare({ word: "reject", of: filed.id, hash: filed.hash, typed: reason.value.trim() }));
    document.getElementById("decision")?.focus();
  }, signedOut,
  el("label", {}, why, reason, el("span", { class: "soft small" }, "The client is told.")),
  el("button", { class: "wide" }, `${button} with a passkey`));
}

function secrets(filed, put, signedOut) {
  if (filed.secrets.length === 0) return null;
  const heading = el("h3", { tabindex: "-1", id: "secrets" }, filed.secrets.length === 1 ? "Secret" : "Secrets");
  const shown = collected.get(filed.id);
  if (shown) return el("div", { class: "facts" }, heading, shownSecrets(filed, shown, put, signedOut));
  const waiting = filed.secrets.filter(({ is_kept: isKept }) => isKept);
  const list = el("ul", { class: "list" }, filed.secrets.map(({ label, device, shown, is_kept: isKept }) => el("li", {}, `${label}, ${device}: `,
    shown ? ["shown to ", shown.to, " ", time(shown.at), isKept ? ", kept until somebody confirms to have it" : ", erased"] : "not shown yet")));
  const approvals = filed.approvals_of_its_window ?? filed.approvals;
  const isForMe = approvals.some((one) => one.verdict === "approve" && isMine(one));
  if (waiting.length === 0 || !approvals.some(({ verdict }) => verdict === "approve")) return el("div", { class: "facts" }, heading, list);
  return el("div", { class: "facts" }, heading, list, isForMe
    ? form({ "aria-label": "Show secrets" }, async () => {
      collected.set(filed.id, await declare({ word: "show", of: filed.id, hash: filed.hash }));
      put({ ...filed });
      document.getElementById("secrets")?.focus();
    }, signedOut, el("button", { class: "go wide" }, `Show ${plural(waiting.length, "secret", "secrets")}, with a passkey`))
    : el("p", { class: "soft" }, "They are for the person who approved it."));
}

function shownSecrets(filed, { secrets: all, receipt }, put, signedOut) {
  return [
    el("p", { class: "note warn" }, "Keep what you need, then confirm: it is erased on the server then, and nobody can see it again."),
    all.map(({ label, device, value }) => el("div", { class: "secret" },
      el("p", { class: "soft small" }, `${label}, ${device}`),
      el("div", { class: "row" }, el("p", { class: "value code" }, value), copyButton(value, label)))),
    form({ "aria-label": "Confirm" }, async () => {
      const newer = await ask("have", { receipt });
      collected.delete(filed.id);
      collecting.delete(filed.id);
      say("The secrets are erased on the server.");
      put(newer);
    }, signedOut, el("button", { class: "go wide" }, "I have it: erase it")),
    el("button", { type: "button", class: "wide", onclick: () => {
      collected.delete(filed.id);
      collecting.delete(filed.id);
      put({ ...filed });
    } }, "Not yet: keep it on the server"),
  ];
}
