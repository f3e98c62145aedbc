// Lays out the view of a plan. All of its words come from the server.

import { el, table } from "./element.js";
import { time } from "./parts.js";

const phone = () => matchMedia("(max-width: 40rem)").matches;

/** Devices that are shown before a person asks for more. */
const sample = () => (phone() ? 5 : 20);

const TONES = { soft: "soft", good: "note good", warning: "note warn", danger: "note danger", plain: "" };

/** The sections of a view. */
export const sections = (view) => view.sections.map(section);

function section({ heading, is_detail: isDetail, items }) {
  const id = heading.toLowerCase().replaceAll(/[^a-z]+/g, "-");
  const body = runs(items).map(layOut);
  if (isDetail) return el("section", { class: "card", "aria-label": heading }, el("details", {}, el("summary", {}, heading), el("div", { class: "facts" }, body)));
  return el("section", { class: "card", "aria-labelledby": id }, el("h2", { id }, heading), body);
}

/** Items of one kind that follow each other stand together. */
function runs(items) {
  const all = [];
  for (const item of items) {
    const kind = item.kind === "moment" ? "fact" : item.kind;
    if (all.at(-1)?.kind === kind) all.at(-1).items.push(item);
    else all.push({ kind, items: [item] });
  }
  return all;
}

function layOut({ kind, items }) {
  switch (kind) {
    case "text": return items.map(({ text, tone }) => el("p", { class: TONES[tone] }, text));
    case "fact": return el("dl", { class: "pairs" }, items.map((item) => [
      el("dt", {}, item.name), el("dd", {}, item.kind === "moment" ? time(item.at) : item.value)]));
    case "quote": return items.map(({ note, text }) => [el("p", { class: "soft small" }, note), el("blockquote", {}, text)]);
    case "share": return items.map(share);
    case "device": return devices(items);
    case "change": return changes(items);
    case "content": return items.map(content);
    case "reference": return table("What refers to it", ["Name", "Kind", "How", "Id"],
      items.map(({ name, of_kind: ofKind, how, id }) => [name, ofKind, how, id]));
    case "code": return items.map(({ name, text }) => [el("p", {}, name), el("pre", { tabindex: "0", "aria-label": name }, text)]);
    default: return null;
  }
}

function share({ devices: count, fleet }) {
  const bar = el("div", {});
  bar.style.width = `${Math.min(100, (count / fleet) * 100)}%`;
  return el("div", { class: "share", "aria-hidden": "true" }, bar);
}

function device({ name, model, serial, owner, last_contact: contact, facts, link }) {
  const label = name || "(no name)";
  return [
    [link.startsWith("https://") ? el("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, label) : label,
      model ? el("span", { class: "model" }, model) : null,
      facts.length > 0 ? el("ul", { class: "list known" }, facts.map((fact) => el("li", {}, fact))) : null].filter(Boolean),
    serial, owner, contact ? time(contact) : "never",
  ];
}

function devices(all) {
  const rows = (some) => table("Devices", ["Device", "Serial", "User", "Last contact"], some.map(device), ["", "serial", "", "when"]);
  const first = sample();
  if (all.length <= first) return rows(all);
  const area = el("div", { class: "facts" },
    el("p", { class: "soft small" }, `The first ${first} of ${all.length} devices.`),
    rows(all.slice(0, first)),
    el("button", { type: "button", onclick: () => {
      const whole = rows(all);
      whole.classList.add("tall");
      area.replaceChildren(el("p", { class: "soft small" }, `All ${all.length} devices.`), whole);
      whole.focus();
    } }, `Show all ${all.length} devices`));
  return area;
}

function changes(all) {
  const kinds = { "+": "comes", "-": "goes" };
  const texts = all.filter(({ lines }) => lines.length > 0);
  return [
    table("Before and after", ["Field", "Before", "After"], all.map(({ field, before, after }) => [field, before, after]), [], "even"),
    texts.map(({ field, lines }) => el("figure", {}, el("figcaption", {}, field),
      el("pre", { class: "diff", tabindex: "0", "aria-label": field }, lines.map((line) => el("span", { class: kinds[line[0]] ?? "" }, line))))),
  ].flat();
}

/** What the call makes run or installs, with the text of scripts. */
function content({ title, about, lines }) {
  return el("div", {},
    el("p", {}, el("strong", {}, title)),
    about ? el("p", { class: "soft small" }, about) : null,
    lines.length > 0 ? el("details", { open: true }, el("summary", {}, "Text"), el("pre", { tabindex: "0", "aria-label": title }, lines.join("\n"))) : null);
}
