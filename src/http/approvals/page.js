// The approvals page: which page is up, the list of plans, the people.
//
// Text that came from anywhere is set as text, never as markup. Nothing is decided here: the server checks everything once more.

import { collect, decisionCard, isShowing } from "./decision.js";
import { badge, el, plural, sentence } from "./element.js";
import { form as anyForm, required, say, sayOffline, time } from "./parts.js";
import { sections } from "./plan.js";
import { ask, createPasskey, declare, session, SignedOut } from "./server.js";

const main = document.getElementById("main");
const account = document.getElementById("account");
const person = document.getElementById("person");
const LOOKS_AGAIN = 2000;

const form = (attributes, send, ...children) => anyForm(attributes, send, () => show(), ...children);

// ---- pages ---------------------------------------------------------------------------------------------------------

let timer;
let title = "Approvals";
let waits = 0;

/** Put a page up, and the focus where it begins. */
function page(name, ...children) {
  clearTimeout(timer);
  title = name;
  nameTab();
  account.hidden = !session.token;
  person.textContent = session.name;
  for (const link of account.querySelectorAll("a")) {
    if (link.hash === (location.hash || "#/")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  main.replaceChildren(...children);
  (main.querySelector("[autofocus]") ?? main.querySelector("h1"))?.focus();
}

/** The tab counts what waits. */
function nameTab() {
  document.title = `${session.token && waits > 0 ? `(${waits}) ` : ""}${title} · Approvals`;
}

function count(waiting) {
  waits = waiting;
  nameTab();
}

const heading = (text) => el("h1", { tabindex: "-1" }, text);

/** Do something every few seconds for as long as the page that asked for it is up. */
function keepLooking(look) {
  timer = setTimeout(async () => {
    const mine = timer;
    try {
      if (!document.hidden) {
        await look();
        sayOffline();
      }
    } catch (error) {
      if (error instanceof SignedOut) return show();
      sayOffline(error.message);
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
  const mine = turn;
  const late = () => mine !== turn;
  try {
    const [, where, id] = location.hash.match(/^#\/([a-z]*)\/?([A-Za-z0-9-]*)$/) ?? [null, "", ""];
    const { enrolled } = await ask("state");
    sayOffline();
    if (late()) return;
    if (!enrolled || where === "enroll") return enrollPage(enrolled);
    if (!session.token) return signInPage();
    if (where === "plans") return await planPage(id, late);
    if (where === "people") return await peoplePage(late);
    await plansPage(late);
  } catch (error) {
    if (late()) return;
    if (error instanceof SignedOut) return signInPage();
    page("Problem", el("div", { class: "card narrow" }, heading("That did not work"), el("p", {}, sentence(error.message)),
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
      const typed = required(code, "Type the code that you were told.");
      const given = { code: typed, name: enrolled ? "" : required(name, "Type your name.") };
      const { question, options, name: known } = await ask("enroll", given).catch((error) => { throw Object.assign(error, { field: code }); });
      session.begin(await ask("enrolled", { question, credential: await createPasskey(options) }));
      say(`The passkey of ${known} is enrolled.`);
      await go("#/");
    },
    el("label", {}, "Code", code),
    enrolled ? null : el("label", {}, "Your name", name, el("span", { class: "soft small" }, "It stands under what you approve.")),
    el("button", { class: "go wide" }, "Create a passkey")),
    enrolled ? el("p", { class: "small" }, el("a", { href: "#/" }, "I have a passkey already")) : null));
}

/** The plans as they stand; those that are over are searched here. */
async function plansPage(late) {
  const holdsArea = el("div", { class: "facts" });
  const open = el("div", { class: "facts" });
  const search = el("input", { id: "search", type: "search", placeholder: "Title, person, reason, date" });
  const earlier = el("div", { class: "facts" });
  const over = el("section", { class: "facts", "aria-labelledby": "over", hidden: true },
    el("h2", { id: "over" }, "Earlier"), el("label", { class: "search" }, "Search", search), earlier);
  let last = "";
  let plans = [];
  const showEarlier = () => {
    const wanted = search.value.trim().toLowerCase();
    const all = plans.filter((plan) => !plan.is_open);
    const found = all.filter((plan) => wanted === "" || JSON.stringify([plan, day(plan.made)]).toLowerCase().includes(wanted));
    over.hidden = all.length === 0;
    earlier.replaceChildren(found.length > 0 ? items(found) : el("p", { class: "soft" }, "None of them fits."));
  };
  search.addEventListener("input", showEarlier);
  const update = async () => {
    const answer = await ask("plans");
    if (late()) return;
    plans = answer.plans;
    const waiting = plans.filter((plan) => plan.is_waiting);
    count(waiting.length);
    const now = JSON.stringify([plans, answer.holds, answer.recovery, answer.waiting_changes]);
    if (now === last) return;
    const focused = document.activeElement?.getAttribute("href");
    if (last !== "") say(`${plural(waiting.length, "plan waits", "plans wait")}.`);
    last = now;
    holdsArea.replaceChildren(...recoveryCard(answer.recovery, update), ...changesNote(answer.waiting_changes), ...answer.holds.map((hold) => onHold(hold, update)));
    const begun = plans.filter((plan) => plan.is_open && !plan.is_waiting);
    open.replaceChildren(...grouped([...waiting, ...begun]));
    showEarlier();
    if (focused) main.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  };
  await update();
  if (late()) return;
  page("Plans", heading("Plans"), holdsArea, open, over);
  keepLooking(update);
}

const day = (moment) => new Date(moment).toLocaleDateString("en", { year: "numeric", month: "long", day: "numeric" });

/** A tenant on hold: nothing that takes a plan is sent there until somebody with a passkey releases it. */
function onHold({ tenant, name, since, why }, done) {
  return el("section", { class: "card", "aria-label": `Hold of ${name}` },
    el("p", { class: "note warn" }, sentence(`Tenant ${name} is on hold: ${why}.`), " Since ", time(since), "."),
    form({ "aria-label": `Release ${name}` }, async () => {
      await declare({ word: "release", of: tenant });
      await done();
    }, el("button", { class: "wide" }, `Release ${name}, with a passkey`)));
}

/** Plans of one device, or of one person's request, stand together. */
function grouped(plans) {
  if (plans.length === 0) {
    return [el("p", { class: "card empty soft" }, "Nothing waits for you. A plan appears here when a client asks for something that takes a person's approval.")];
  }
  const groups = Map.groupBy ? Map.groupBy(plans, ({ group }) => group) : new Map([["", plans]]);
  return [...groups].map(([group, some], at) => some.length > 1 && groups.size > 1
    ? el("section", { class: "facts", "aria-labelledby": `group-${at}` }, el("h2", { id: `group-${at}` }, group), items(some))
    : items(some));
}

function items(plans) {
  return el("ul", { class: "plans" }, plans.map((plan) => el("li", {}, el("a", { href: `#/plans/${plan.id}` },
    el("span", { class: "row apart" }, el("strong", {}, plan.title), badge(plan.state.badge)),
    plan.reason ? el("span", {}, `“${plan.reason}”`) : null,
    el("span", { class: "row small" }, badge(plan.risk), plan.owner ? el("span", {}, plan.owner) : null),
    el("span", { class: "soft small" }, `Tenant ${plan.tenant} · asked by ${plan.asked_by} · `, plan.is_open ? time(plan.made) : day(plan.made),
      plan.is_waiting && plan.state.until ? [" · expires ", time(plan.state.until)] : null)))));
}

// ---- one plan ------------------------------------------------------------------------------------------------------

async function planPage(id, late) {
  let filed = await ask(`plans/${id}`);
  if (late()) return;
  const { view } = filed;
  const decision = el("section", { class: "card decision", "aria-labelledby": "decision" });
  const state = el("span", {});
  const bar = el("div", { class: "bar" });
  let last = "";
  let stood = "";
  const put = (newer) => {
    if (late()) return;
    filed = newer;
    if (newer.waiting !== undefined) count(newer.waiting);
    const { state: line } = newer.view;
    const { waiting: _, ...own } = newer;
    const now = JSON.stringify([own, isShowing(newer)]);
    if (now === last) return;
    if (last !== "" && newer.state !== stood) say(`The plan is now: ${line.badge.text}.`);
    last = now;
    stood = newer.state;
    state.replaceChildren(badge(line.badge));
    bar.replaceChildren(badge(line.badge), el("button", { type: "button", class: "go", onclick: () => {
      decision.scrollIntoView();
      document.getElementById("decision").focus({ preventScroll: true });
    } }, newer.state === "waiting" ? "Decide ↓" : "See the decision ↓"));
    decision.replaceChildren(...decisionCard(newer, put, show));
  };
  put(filed);
  page(view.title,
    el("p", {}, el("a", { href: "#/" }, "← All plans")),
    el("div", { class: "row apart" }, heading(view.title), state),
    el("div", { class: "row" }, badge(view.risk), badge({ text: `Tenant ${view.tenant}`, tone: "plain" })),
    el("div", { class: "plan" }, el("div", { class: "facts" }, sections(view)), decision), bar);
  new IntersectionObserver(([entry]) => { bar.hidden = entry.isIntersecting; }).observe(decision);
  keepLooking(async () => {
    // What was shown stays up, and what a person is typing stays as it is.
    const newer = await ask(`plans/${id}`);
    if (isShowing(newer)) return;
    if (await collect(newer)) last = "";
    put(newer);
  });
}

// ---- people --------------------------------------------------------------------------------------------------------

async function peoplePage(late) {
  const first = await ask("plans");
  if (late()) return;
  const name = el("input", { id: "invited", autocomplete: "off", required: true, maxlength: "64" });
  const account = el("input", { id: "invited-account", autocomplete: "off", spellcheck: "false", maxlength: "128", list: "accounts" });
  const invitation = el("div", { "aria-live": "polite" });
  const changes = el("div", { class: "facts" });
  const list = el("ul", { class: "plans" });
  let last = "";
  const put = ({ people, recovery, waiting_changes: waiting }) => {
    const now = JSON.stringify([people, recovery, waiting]);
    if (now === last) return;
    if (last !== "") say("The people who can approve have changed.");
    last = now;
    changes.replaceChildren(...recoveryCard(recovery, show), ...waiting.map((change) => changeCard(change, showCode)));
    list.replaceChildren(...people.map((person) => el("li", { class: "card" },
      el("div", { class: "row apart" },
        el("div", {}, el("strong", {}, person.is_you ? `${person.name} (you, with this passkey)` : person.name),
          el("p", { class: "small" }, accountOf(person)),
          el("p", { class: "soft small" }, "enrolled ", time(person.enrolled), person.used ? [", used ", time(person.used)] : ", never used"),
          person.counts_from ? el("p", { class: "note warn" }, "New: it counts ", time(person.counts_from), ". Until then it can look, reject and cancel.") : null),
        people.length > 1 ? removeForm(person) : null))));
  };
  const showCode = async ({ code, name: invited, waits }) => {
    invitation.replaceChildren(waits ? el("p", { class: "note" }, "It waits for another person, who signs it on this page within 24 hours.") : el("div", { class: "facts" },
      el("p", {}, `Tell ${invited} this code, and to open `, el("code", {}, `${location.origin}/approvals#/enroll`), ". It holds for ten minutes, once."),
      el("p", { class: "big code" }, code.match(/.{1,4}/g).join(" "))));
    put(await ask("plans"));
  };
  put(first);
  page("People", heading("People who can approve"), changes,
    el("section", { class: "card", "aria-label": "Passkeys" },
      el("p", { class: "soft small" }, "What is critical takes two people. Every change here is in the audit log of every tenant. Where two people have passkeys, a change takes both of them, and a new passkey counts a day after its enrollment."), list),
    el("section", { class: "card", "aria-labelledby": "invite" }, el("h2", { id: "invite" }, "Invite somebody"),
      el("p", { class: "soft" }, "Another person, or yourself with another device. Use the same name for the same person: two passkeys of one person count once."),
      form({}, async () => {
        const invited = required(name, "Type the name of the person.");
        await showCode(await declare({ word: "invite", of: invited, typed: account.value.trim() }));
        name.value = "";
        account.value = "";
      }, el("label", {}, "Name", name),
      el("label", {}, "Account", account,
        el("span", { class: "soft small" }, "Where calls of this person come from: a token, or the user of a machine. Leave it empty for a person who makes no calls. The person who asks for a plan does not count among the two people who approve it.")),
      el("datalist", { id: "accounts" }, first.accounts.map((known) => el("option", { value: known }))),
      el("button", { class: "go" }, "Make a code, with a passkey")),
      invitation));
  keepLooking(async () => {
    const answer = await ask("plans");
    if (late()) return;
    count(answer.plans.filter((plan) => plan.is_waiting).length);
    put(answer);
  });
}

/** The operator on the host wants to begin anew. */
function recoveryCard(recovery, done) {
  if (!recovery) return [];
  return [el("section", { class: "card", "aria-label": "Recovery" },
    el("p", { class: "note danger" }, `${recovery.who} announced in a terminal of the server `, time(recovery.announced),
      " that all passkeys are taken away, to begin anew. It can be carried out ", time(recovery.from), "."),
    form({ "aria-label": "Cancel the recovery" }, async () => {
      await declare({ word: "cancel", of: "recovery" });
      await done();
    }, el("button", { class: "wide" }, "Cancel the recovery, with a passkey")))];
}

/** Changes of who may approve are on the page of the people. */
function changesNote(changes) {
  if (changes.length === 0) return [];
  return [el("p", { class: "note warn" }, `${plural(changes.length, "change", "changes")} of who can approve ${changes.length === 1 ? "waits" : "wait"} for another person: `,
    el("a", { href: "#/people" }, "People"))];
}

/** A change of who may approve that waits for another person. */
function changeCard({ id, hash, by, made, sentence: what, is_yours: isYours }, done) {
  const drop = form({ "aria-label": "Drop the change" }, async () => {
    await declare({ word: "cancel", of: id });
    await show();
  }, el("button", { class: "wide" }, "Drop it, with a passkey"));
  return el("section", { class: "card", "aria-label": `Change by ${by}` },
    el("p", { class: "note warn" }, `${by} ${what} (`, time(made), "). ", isYours ? "It waits for another person." : "It takes another person who signs it too."),
    isYours ? null : form({ "aria-label": "Confirm the change" }, async () => {
      const made = await declare({ word: "confirm", of: id, hash });
      if (made.code) await done(made);
      else await show();
    }, el("button", { class: "go wide" }, "Confirm it, with a passkey")),
    drop);
}

/** Where the calls of a person come from. */
function accountOf({ account }) {
  if (account === "") return "Makes no calls";
  if (account) return `Account ${account}`;
  return "Account not known: enrolled by an earlier version";
}

/** Removing one's own passkey ends the session, so it is asked about first. */
function removeForm(person) {
  const remove = async () => {
    const { waits } = await declare({ word: "remove", of: person.credential });
    await show();
    if (waits) say("It waits for another person, who signs it on this page within 24 hours.");
  };
  const label = `Remove this passkey of ${person.name}`;
  if (!person.is_you) return form({}, remove, el("button", { "aria-label": label }, "Remove"));
  const area = el("div", {}, el("button", { type: "button", "aria-label": label, onclick: () => {
    area.replaceChildren(form({}, remove,
      el("p", { class: "note warn" }, "This is the passkey that you signed in with. You see nothing here afterwards, unless somebody invites you again."),
      el("button", { class: "danger" }, "Remove my own passkey")));
  } }, "Remove"));
  return area;
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
