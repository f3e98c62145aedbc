// Speaks with the client that shows the page: JSON-RPC by messages to the window above, as MCP Apps has it.

const PROTOCOL = "2026-01-26";

let lastId = 0;
const unanswered = new Map();

const send = (message) => window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");

/** Ask the client; answers its result. */
function ask(method, params) {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve, reject) => {
    unanswered.set(id, { resolve, reject });
    send({ id, method, params });
  });
}

/** Follow the theme of the client, which can differ from that of the browser. */
function applyContext({ theme } = {}) {
  if (theme !== "light" && theme !== "dark") return;
  document.documentElement.style.colorScheme = theme;
  for (const rule of [...document.styleSheets].flatMap(({ cssRules }) => [...cssRules])) {
    if (!(rule instanceof CSSMediaRule)) continue;
    rule.ofTheme ??= rule.conditionText.includes("prefers-color-scheme: dark");
    if (rule.ofTheme) rule.media.mediaText = theme === "dark" ? "all" : "not all";
  }
}

/** Take a message of the client. Requests get an answer; of notifications those that matter here are taken. */
function take({ id, method, params, result, error }, handlers) {
  if (method === undefined) {
    const asked = unanswered.get(id);
    unanswered.delete(id);
    if (error) asked?.reject(new Error(String(error.message ?? "refused")));
    else asked?.resolve(result ?? {});
    return;
  }
  if (id !== undefined) {
    const isKnown = method === "ping" || method === "ui/resource-teardown";
    send(isKnown ? { id, result: {} } : { id, error: { code: -32601, message: `there is no method ${method}` } });
    return;
  }
  if (method === "ui/notifications/host-context-changed") applyContext(params);
  handlers[method]?.(params ?? {});
}

/** Begin to speak; `handlers` take notifications by their method. */
export async function connect(handlers) {
  addEventListener("message", ({ source, data }) => {
    if (source === window.parent && data?.jsonrpc === "2.0") take(data, handlers);
  });
  const { hostContext } = await ask("ui/initialize", {
    appInfo: { name: "jamf-pro-mcp", version: "1" }, appCapabilities: { availableDisplayModes: ["inline"] }, protocolVersion: PROTOCOL,
  });
  applyContext(hostContext);
  send({ method: "ui/notifications/initialized", params: {} });
  let last = "";
  new ResizeObserver(() => {
    const size = { width: window.innerWidth, height: Math.ceil(document.documentElement.getBoundingClientRect().height) };
    if (last === JSON.stringify(size)) return;
    last = JSON.stringify(size);
    send({ method: "ui/notifications/size-changed", params: size });
  }).observe(document.documentElement);
}

/** Have the client open an address in a browser. */
export async function openLink(url) {
  const { isError } = await ask("ui/open-link", { url });
  if (isError) throw new Error("refused");
}
