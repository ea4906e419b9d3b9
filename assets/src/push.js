// The button with which somebody hears of call-outs in this browser, and what
// stands in its place where that can't be. The server lists the person's
// browsers by a mark, and this one knows itself by its own.
import { markBusy, unlock } from "./forms.js";

export function watchPush() {
  endAddress();
  const box = document.querySelector("[data-push]");
  if (box) show(box);
}

async function show(box) {
  const state = await stateOf(box);
  for (const part of box.querySelectorAll("[data-push-when]")) part.hidden = part.dataset.pushWhen !== state;
  const form = box.querySelector("form[data-push-form]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(box, form, event.submitter);
  });
}

// stateOf says what can be done in this browser, in the words of the page.
async function stateOf(box) {
  if (!window.isSecureContext) return "insecure";
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  const mark = await ownMark();
  const line = mark && document.querySelector(`[data-push-mark="${mark}"]`);
  if (!line) return "off";
  line.dataset.here = "1";
  for (const part of line.querySelectorAll("[data-push-here]")) part.hidden = false;
  return "on";
}

async function subscription() {
  const registration = await navigator.serviceWorker?.getRegistration();
  return registration?.pushManager?.getSubscription();
}

// ownMark is how the server lists this browser: the digest of its address.
async function ownMark() {
  const own = await subscription();
  if (!own) return "";
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(own.endpoint));
  return base64(sum);
}

function base64(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// ask lets the browser ask for leave and for an address, and sends both on.
async function ask(box, form, button) {
  const said = box.querySelector("[role=status]");
  said.textContent = "";
  markBusy(form, button);
  try {
    if ((await Notification.requestPermission()) !== "granted") {
      said.textContent = said.dataset.denied;
      return unlock(form);
    }
    const own = await freshSubscription(box.dataset.push);
    form.elements.endpoint.value = own.endpoint;
    form.elements.p256dh.value = base64(own.getKey("p256dh"));
    form.elements.auth.value = base64(own.getKey("auth"));
    form.submit();
  } catch (err) {
    console.warn("no push address", err);
    said.textContent = said.dataset.failed;
    unlock(form);
  }
}

// freshSubscription gives up an address that was handed out for another key.
async function freshSubscription(key) {
  const { pushManager } = await navigator.serviceWorker.ready;
  const old = await pushManager.getSubscription();
  if (old && base64(old.options.applicationServerKey ?? new ArrayBuffer(0)) !== key) await old.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

// endAddress gives up this browser's address when it is taken off the list, and
// at logout: the browser may be somebody else's next. The service worker does
// it, because this page is about to go.
function endAddress() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const here = "logout" in form.dataset || (form.dataset.pushEnd !== undefined && form.closest("[data-here]"));
    if (!event.defaultPrevented && here) navigator.serviceWorker?.controller?.postMessage("no-push");
  });
}
