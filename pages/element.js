// Shared by the pages of this program.

/** An element with attributes and children; a child that is a string becomes text. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A message as a sentence; what stands between backticks is code. */
export function sentence(text) {
  const whole = text && text[0].toUpperCase() + text.slice(1) + (/[.!?…:]$/.test(text) ? "" : ".");
  return whole.split("`").map((part, at) => (at % 2 === 1 ? el("code", {}, part) : part));
}

export const plural = (number, one, many) => `${number} ${number === 1 ? one : many}`;

export const badge = ({ text, tone }) => el("span", { class: `badge ${tone}` }, text);

/** Rows of cells, the first of which names its row. */
export function table(name, columns, rows, classes = [], kind = "") {
  return el("div", { class: "scroll", role: "region", "aria-label": `Table: ${name.toLowerCase()}`, tabindex: "0" }, el("table", { class: `stack ${kind}` },
    el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, column)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, at) => at === 0
      ? el("th", { scope: "row" }, cell)
      : el("td", { "data-label": columns[at], class: classes[at] }, cell)))))));
}
