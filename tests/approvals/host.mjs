// A small client with MCP Apps: it shows the page of a tool in a sandboxed frame and speaks with it as the extension says.


/** What a host must enforce where a page asks for nothing. */
const POLICY = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self' data:; connect-src 'none';";

export const UI = { extensions: { "io.modelcontextprotocol/ui": { mimeTypes: ["text/html;profile=mcp-app"] } } };

const HOST = `<!doctype html><html lang="en"><head><title>A client</title><style>body { margin: 0; } iframe { border: 0; width: 100%; height: 20px; display: block; }</style></head>
<body><iframe sandbox="allow-scripts" title="Answer"></iframe></body></html>`;

/** Runs in the host's window. */
function serve({ html, given, result, theme, opensLinks }) {
  const frame = document.querySelector("iframe");
  globalThis.received = [];
  globalThis.send = (message) => frame.contentWindow.postMessage({ jsonrpc: "2.0", ...message }, "*");
  globalThis.opensLinks = opensLinks;
  globalThis.initialized = new Promise((resolve) => {
    addEventListener("message", ({ source, data }) => {
      if (source !== frame.contentWindow) return;
      globalThis.received.push(data);
      const { id, method, params } = data;
      if (method === "ui/initialize") {
        globalThis.send({ id, result: {
          protocolVersion: params.protocolVersion, hostInfo: { name: "a-client", version: "1" }, hostCapabilities: { openLinks: {} },
          hostContext: { theme, displayMode: "inline", containerDimensions: { maxHeight: 20000 } },
        } });
      } else if (method === "ui/notifications/initialized") {
        globalThis.send({ method: "ui/notifications/tool-input", params: { arguments: given } });
        if (result) globalThis.send({ method: "ui/notifications/tool-result", params: result });
        resolve();
      } else if (method === "ui/notifications/size-changed") {
        frame.style.height = `${params.height}px`;
      } else if (method === "ui/open-link") {
        globalThis.send(globalThis.opensLinks ? { id, result: {} } : { id, error: { code: -32000, message: "Link opening denied by user" } });
      }
    });
  });
  frame.srcdoc = html;
  return globalThis.initialized;
}

/** Show a page of the server with a result; answers its frame and what the host can do. */
export async function show(page, html, { given = {}, result, theme = "light", opensLinks = true }) {
  await page.goto("about:blank");
  await page.setContent(HOST);
  await page.evaluate(serve, { html: html.replace("<head>", `<head><meta http-equiv="Content-Security-Policy" content="${POLICY}">`), given, result, theme, opensLinks });
  const frame = page.frames().find((frame) => frame !== page.mainFrame());
  return {
    frame,
    send: (message) => page.evaluate((message) => globalThis.send(message), message),
    received: () => page.evaluate(() => globalThis.received),
    /** Wait until the frame is as high as its page; answers how high. */
    settle: async () => {
      await frame.waitForFunction(() => Math.abs(document.documentElement.getBoundingClientRect().height - window.innerHeight) < 1);
      return frame.evaluate(() => window.innerHeight);
    },
    setTheme: async (theme) => {
      await page.evaluate((theme) => globalThis.send({ method: "ui/notifications/host-context-changed", params: { theme } }), theme);
      await frame.waitForFunction((theme) => document.documentElement.style.colorScheme === theme, theme);
    },
  };
}
