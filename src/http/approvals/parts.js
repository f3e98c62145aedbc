// Parts that every page is made of: times, sentences, forms, tables.

import { el } from "./element.js";
import { Refused, SignedOut } from "./server.js";

const status = document.getElementById("status");
const offline = document.getElementById("offline");

/** Say something to a screen reader. */
export const say = (text) => { status.textContent = text; };

/** Say for as long as it is so that the server does not answer. */
export function sayOffline(text) {
  offline.hidden = !text;
  offline.textContent = text ?? "";
}

export function ago(text) {
  const then = Date.parse(text);
  if (Number.isNaN(then)) return text || "never";
  const seconds = Math.round((then - Date.now()) / 1000);
  if (Math.abs(seconds) < 60) return seconds > 0 ? "in less than a minute" : "less than a minute ago";
  const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const units = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
  const [unit, length] = units.find(([, length]) => Math.abs(seconds) >= length);
  return format.format(Math.trunc(seconds / length), unit);
}

/** A moment in words that stay right. */
export const time = (text) => el("time", { datetime: text, title: new Date(text).toLocaleString() }, ago(text));

setInterval(() => {
  for (const element of document.querySelectorAll("time[datetime]")) element.textContent = ago(element.dateTime);
}, 15_000);

/** A message as a sentence; what stands between backticks is code. */
export function sentence(text) {
  const whole = text && text[0].toUpperCase() + text.slice(1) + (/[.!?…:]$/.test(text) ? "" : ".");
  return whole.split("`").map((part, at) => (at % 2 === 1 ? el("code", {}, part) : part));
}

export const plural = (number, one, many) => `${number} ${number === 1 ? one : many}`;

export const badge = ({ text, tone }) => el("span", { class: `badge ${tone}` }, text);

/** A form that says what went wrong, once it did, and cannot be sent twice at a time. */
export function form(attributes, send, signedOut, ...children) {
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
        await send(event.target, event.submitter);
      } catch (error) {
        if (error instanceof SignedOut) { await signedOut(); return; }
        problem.replaceChildren(...sentence(error.message));
        problem.hidden = false;
        if (error.field) {
          error.field.setAttribute("aria-invalid", "true");
          error.field.focus();
        }
      } finally {
        busy = false;
        button?.removeAttribute("aria-disabled");
      }
    },
  }, ...children, problem);
}

/** What stands in a field. `missing` is the sentence that asks for it. */
export function required(field, missing) {
  const value = field.value.trim();
  field.setAttribute("aria-invalid", value === "");
  if (value !== "") return value;
  throw Object.assign(new Refused(missing), { field });
}

export function table(name, columns, rows, classes = [], kind = "") {
  return el("div", { class: "scroll", role: "region", "aria-label": `Table: ${name.toLowerCase()}`, tabindex: "0" }, el("table", { class: `stack ${kind}` },
    el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, column)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, at) => at === 0
      ? el("th", { scope: "row" }, cell)
      : el("td", { "data-label": columns[at], class: classes[at] }, cell)))))));
}

/** A button that copies a text. */
export function copyButton(text, what) {
  const button = el("button", { type: "button", "aria-label": `Copy ${what}`, onclick: async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      say(`${what} is copied.`);
    } catch {
      button.textContent = "Select it and copy it yourself";
    }
  } }, "Copy");
  return button;
}
