// The page's side of the outbox: sends marked forms, keeps them when there is
// no network, and says exactly what is unsent.
import { all, contents, flush, keep, ours, pack, remove, request } from "./outbox.js";
import { markBusy, unlock } from "./forms.js";
import { say, word } from "./words.js";

export function watchOutbox() {
  if (!("indexedDB" in window) || !crypto.subtle) return; // plain forms, then
  document.addEventListener("submit", onSubmit, true);
  window.addEventListener("online", flushSoon);
  document.addEventListener("click", onClick);
  if ("BroadcastChannel" in window) new BroadcastChannel("bilin-outbox").onmessage = show;
  show();
  flushSoon();
  setInterval(flushIfAny, 60000);
}

async function flushIfAny() {
  if (navigator.onLine && (await all()).some((r) => r.state !== "returned")) flushSoon();
}

function flushSoon() {
  sendAll().catch((err) => console.warn("outbox", err));
}

// sendAll asks the service worker to send what waits: it goes on when the page
// is left, so that nothing is cut off between sending and striking out.
function sendAll() {
  const worker = navigator.serviceWorker?.controller;
  if (!worker) return flush();
  return new Promise((resolve) => {
    const reply = new MessageChannel();
    reply.port1.onmessage = resolve;
    setTimeout(resolve, 30000);
    worker.postMessage("flush", [reply.port2]);
  });
}

function onSubmit(event) {
  const form = event.target;
  if (!form.matches("form[data-outbox]") || form.dataset.plain || event.submitter?.name === "_pick") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.dataset.sending) return;
  form.dataset.sending = "1";
  const data = new FormData(form, event.submitter ?? undefined);
  markBusy(form, event.submitter);
  deliver(form, entry(form, data), event.submitter).catch((err) => {
    console.warn("outbox", err);
    unlock(form);
    say(word("loststore"));
  });
}

function entry(form, data) {
  return {
    id: data.get("_key") || crypto.randomUUID(),
    url: form.getAttribute("action") || location.pathname,
    label: form.dataset.outbox,
    account: document.body.dataset.account ?? "",
    fields: [...data],
  };
}

// deliver sends the form at once if nothing waits before it; otherwise, or
// without a network, it is kept.
async function deliver(form, item, pressed) {
  await sendAll();
  const waiting = (await all()).some((r) => r.state === "waiting");
  const answer = waiting ? null : await attempt(item);
  if (answer?.ok) {
    follow(new URL((await answer.json()).location ?? "", location.href));
    return;
  }
  if (answer && answer.status !== 503) {
    form.dataset.plain = "1"; // let the server show its page; the key makes the repeat harmless
    unlock(form);
    form.requestSubmit(pressed ?? form.querySelector("button:not([type=button])"));
    return;
  }
  await keep(item);
  askForSync();
  unlock(form);
  form.reset();
  renewKey(form);
  form.dispatchEvent(new CustomEvent("bilin:kept", { bubbles: true, detail: pressed }));
  say(word("queued"));
}

// follow opens the page that the server names, anew if it is this one.
function follow(to) {
  if (to.pathname + to.search !== location.pathname + location.search) {
    location.assign(to);
    return;
  }
  history.replaceState(null, "", to);
  location.reload();
}

async function attempt(item) {
  try {
    const response = await fetch(item.url, request(item, await pack(item.fields), "now"));
    return ours(response) ? response : null;
  } catch {
    return null;
  }
}

function renewKey(form) {
  const input = form.querySelector("input[name=_key]");
  if (input) input.value = crypto.randomUUID();
}

function askForSync() {
  navigator.serviceWorker?.ready.then((reg) => reg.sync?.register("outbox")).catch(() => {});
}

let had = 0;

async function show() {
  const records = await all().catch(() => []);
  badge(records);
  if (had && !records.length) say(word("sent"));
  had = records.length;
  list(records);
}

function badge(records) {
  const link = document.getElementById("outbox-badge");
  if (!link) return;
  const stuck = records.filter((r) => r.state !== "waiting").length;
  const waiting = records.length - stuck;
  link.dataset.count = records.length;
  link.hidden = !records.length;
  link.classList.toggle("outbox-stuck", stuck > 0);
  link.textContent = [waiting && word("count", { n: waiting }), stuck && word("blocked", { n: stuck })].filter(Boolean).join(" · ");
}

function list(records) {
  const box = document.getElementById("outbox");
  if (!box) return;
  if (!records.length) {
    box.replaceChildren(element("p", "muted", word("empty")));
    return;
  }
  const rows = element("ul", "outbox-list");
  for (const record of records) rows.append(row(record));
  box.replaceChildren(rows, button("retry", ""));
}

function row(record) {
  const item = element("li", `outbox-item outbox-${record.state}`);
  const when = new Date(record.at).toLocaleString(document.documentElement.lang);
  const state = { waiting: word("waiting"), login: word("login"), returned: word("returned", { why: record.why }) }[record.state];
  item.append(element("strong", "", record.label), element("span", "muted", when), element("p", "", state));
  if (record.state === "returned") item.append(button("edit", record.seq));
  item.append(button("delete", record.seq));
  return item;
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

function button(what, seq) {
  const made = element("button", what === "retry" ? "btn btn-primary" : "btn", word(what));
  made.type = "button";
  made.dataset.outboxDo = what;
  made.dataset.seq = seq;
  return made;
}

function onClick(event) {
  const pressed = event.target.closest("[data-outbox-do]");
  if (!pressed) return;
  const seq = Number(pressed.dataset.seq);
  const what = pressed.dataset.outboxDo;
  if (what === "retry") flushSoon();
  if (what === "delete" && confirm(word("confirm"))) remove(seq);
  if (what === "edit") takeBack(seq, pressed);
}

// takeBack shows what a returned form held, so that it can be corrected and
// sent again under a new key. It stays in the list until it is deleted.
async function takeBack(seq, pressed) {
  const fields = (await contents(seq)).filter(([name, value]) => !name.startsWith("_") && typeof value === "string" && value);
  const card = element("dl", "outbox-fields");
  for (const [name, value] of fields) card.append(element("dt", "muted", name), element("dd", "", value));
  pressed.replaceWith(card);
}
