// Requests of the approvals page to its server, and the passkeys that sign them.

export class Refused extends Error {}
export class SignedOut extends Error {}

export const session = {
  get token() { return sessionStorage.getItem("session"); },
  get name() { return sessionStorage.getItem("name") ?? ""; },
  begin({ session: token, name }) { sessionStorage.setItem("session", token); sessionStorage.setItem("name", name); },
  end() { sessionStorage.clear(); },
};

export async function ask(path, body) {
  const headers = { "x-approvals-page": "1" };
  if (session.token) headers.authorization = `Bearer ${session.token}`;
  if (body) headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(`/approvals/api/${path}`, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Refused("The server does not answer. It runs as long as a client uses it; this page goes on when it is back.");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.status === 401) { session.end(); throw new SignedOut(answer.error); }
  if (!response.ok) throw new Refused(answer.error ?? `The server answered ${response.status}.`);
  return answer;
}

// ---- passkeys ------------------------------------------------------------------------------------------------------

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const described = (keys) => keys?.map((key) => ({ ...key, id: bytes(key.id) }));

async function withPasskey(use) {
  if (!window.PublicKeyCredential) throw new Refused("This browser has no passkeys.");
  try {
    return await use();
  } catch (error) {
    if (error.name === "InvalidStateError") throw new Refused("This device has a passkey for this page already.");
    if (error.name === "NotAllowedError") throw new Refused("No passkey was used: it was cancelled, took too long, or there is none here.");
    throw new Refused(`The browser refused: ${error.message}`);
  }
}

export async function createPasskey({ publicKey }) {
  const options = {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    user: { ...publicKey.user, id: bytes(publicKey.user.id) },
    excludeCredentials: described(publicKey.excludeCredentials),
  };
  const made = await withPasskey(() => navigator.credentials.create({ publicKey: options }));
  return {
    id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {},
    response: {
      attestationObject: text(made.response.attestationObject),
      clientDataJSON: text(made.response.clientDataJSON),
      transports: made.response.getTransports?.() ?? [],
    },
  };
}

export async function signWithPasskey({ publicKey }) {
  const options = { ...publicKey, challenge: bytes(publicKey.challenge), allowCredentials: described(publicKey.allowCredentials) };
  const signed = await withPasskey(() => navigator.credentials.get({ publicKey: options }));
  const { authenticatorData, clientDataJSON, signature, userHandle } = signed.response;
  return {
    id: signed.id, rawId: text(signed.rawId), type: signed.type, clientExtensionResults: {},
    response: {
      authenticatorData: text(authenticatorData), clientDataJSON: text(clientDataJSON), signature: text(signature),
      userHandle: userHandle && text(userHandle),
    },
  };
}

/** Have a statement signed; answers what came of it. */
export async function declare(statement) {
  const { question, options } = await ask("say", statement);
  return ask("said", { question, credential: await signWithPasskey(options) });
}
