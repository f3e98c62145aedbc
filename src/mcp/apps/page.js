// Which answers the page shows: those of a report, or the one that the client passes on.

const main = document.getElementById("main");
const { page, report } = JSON.parse(document.getElementById("data").textContent);

const show = (...children) => main.replaceChildren(el("div", { class: "answer" }, children));

if (report) {
  main.replaceChildren(
    el("p", { class: "soft small" }, report.heading),
    ...report.answers.map((answer) => el("article", { class: "answer" }, answerCards(answer.page, answer.text, openLink))));
} else if (window.parent === window) {
  show(el("p", {}, "A client with MCP Apps shows answers on this page."));
} else {
  connect({
    "ui/notifications/tool-result": ({ content = [], isError }) => {
      const texts = content.filter(({ type }) => type === "text").map(({ text }) => String(text));
      if (isError) show(el("h1", {}, "The call failed"), el("p", { class: "note danger answer-text" }, texts.join("\n")));
      else show(answerCards(page, texts[0] ?? "", openLink), texts.slice(1).map((text) => el("p", {}, text)));
    },
    "ui/notifications/tool-cancelled": ({ reason }) => show(el("p", { class: "note warn" }, `The call was cancelled${reason ? `: ${reason}` : ""}.`)),
  }).catch((error) => show(el("p", { class: "note danger" }, `The client does not speak with this page: ${error.message}`)));
}
