// Parts that the approvals page is made of: times, forms, what is said to a screen reader.

import { el, sentence } from "./element.js";
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
