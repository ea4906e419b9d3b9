// Passkeys: a form marked data-passkey asks the server for a question, has the
// browser's owner answer it, and is sent with the answer. Where a browser knows
// no passkeys such a form stays hidden; the way with a code is always there.
import { markBusy, unlock } from "./forms.js";

export function watchPasskeys() {
  if (!window.isSecureContext || !window.PublicKeyCredential) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer(form, event.submitter);
    });
  }
  for (const note of document.querySelectorAll("[data-no-passkey]")) note.hidden = true;
}

async function answer(form, button) {
  const said = form.querySelector("[role=status]");
  said.textContent = "";
  markBusy(form, button);
  try {
    const response = await fetch(form.dataset.passkey, { method: "POST", headers: { Accept: "application/json" } });
    if (response.status === 401) return location.reload(); // the page asks who is there
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const { secret, options } = await response.json();
    const made = form.dataset.passkeyNew !== undefined;
    const key = made ? await navigator.credentials.create({ publicKey: readable(options) }) : await navigator.credentials.get({ publicKey: readable(options) });
    form.querySelector("[data-passkey-secret]").value = secret;
    form.querySelector("[data-passkey-key]").value = JSON.stringify(written(key));
    form.submit();
  } catch (err) {
    console.warn("no passkey", err);
    said.textContent = err.name === "InvalidStateError" ? said.dataset.known : said.dataset.failed;
    unlock(form);
  }
}

// readable turns the server's text into the bytes that the browser wants.
function readable(options) {
  const list = (keys) => keys?.map((k) => ({ ...k, id: bytes(k.id) }));
  const out = { ...options, challenge: bytes(options.challenge) };
  if (options.user) out.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) out.excludeCredentials = list(options.excludeCredentials);
  if (options.allowCredentials) out.allowCredentials = list(options.allowCredentials);
  return out;
}

// written is a credential as the server reads it.
function written(key) {
  const out = { id: key.id, rawId: text(key.rawId), type: key.type, clientExtensionResults: {}, response: { clientDataJSON: text(key.response.clientDataJSON) } };
  if (key.authenticatorAttachment) out.authenticatorAttachment = key.authenticatorAttachment;
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (key.response[part]) out.response[part] = text(key.response[part]);
  }
  if (key.response.getTransports) out.response.transports = key.response.getTransports();
  return out;
}

function bytes(base64url) {
  const base64 = base64url.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

function text(buffer) {
  const raw = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return raw.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
