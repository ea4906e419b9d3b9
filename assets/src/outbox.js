// The outbox: forms that could not be sent wait here, encrypted, in order.
// Both pages and the service worker use it.

const lockName = "bilin-outbox";

// keep stores a form. What comes back once it is settled is durable.
export async function keep({ id, url, label, account, fields }) {
  const db = await open();
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(await pack(fields)));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(db), plain);
  const record = { id, url, label, account, at: Date.now(), state: "waiting", why: "", iv, data };
  await run(db, "outbox", "readwrite", (store) => store.add(record));
  announce();
}

// all lists what waits, oldest first, without its contents.
export async function all() {
  const db = await open();
  const records = await run(db, "outbox", "readonly", (store) => store.getAll());
  return records.map(({ seq, id, url, label, account, at, state, why }) => ({ seq, id, url, label, account, at, state, why }));
}

export async function remove(seq) {
  await run(await open(), "outbox", "readwrite", (store) => store.delete(seq));
  announce();
}

// contents opens one form: a list of [name, value], a file being {file, type, bytes}.
export async function contents(seq) {
  const db = await open();
  const record = await run(db, "outbox", "readonly", (store) => store.get(seq));
  if (!record) return [];
  return unseal(db, record);
}

// flush sends what waits, one after the other, and stops where the network or
// the server isn't there. Only one tab or worker does it at a time.
export function flush() {
  if (!navigator.locks) return flushAll();
  return navigator.locks.request(lockName, flushAll);
}

async function flushAll() {
  const db = await open();
  for (const record of await run(db, "outbox", "readonly", (store) => store.getAll())) {
    if (record.state === "returned") continue;
    if (!(await send(db, record))) break;
  }
  announce();
}

// send reports whether the next one may be tried.
async function send(db, record) {
  let response;
  try {
    response = await fetch(record.url, request(record, await unseal(db, record), "later"));
  } catch {
    return false;
  }
  if (!ours(response)) return false;
  if (response.ok) {
    await run(db, "outbox", "readwrite", (store) => store.delete(record.seq));
    return true;
  }
  if (response.status === 401) return settle(db, record, "login", "");
  if (response.status === 429 || response.status >= 500) return false;
  return settle(db, record, "returned", await reason(response));
}

async function settle(db, record, state, why) {
  await run(db, "outbox", "readwrite", (store) => store.put({ ...record, state, why }));
  return state === "returned";
}

// ours tells our server from a hotel's login page or a broken proxy.
export function ours(response) {
  return response.type !== "opaqueredirect" && response.headers.get("X-Bilin") === "1";
}

// request makes the request of a form sent "now" or "later".
export function request({ id, account }, fields, when) {
  return {
    method: "POST",
    body: body(fields),
    redirect: "manual",
    credentials: "same-origin",
    signal: AbortSignal.timeout?.(30000),
    headers: { "X-Bilin-Outbox": when, "X-Bilin-Account": account, "Idempotency-Key": id, Accept: "application/json" },
  };
}

function body(fields) {
  const files = fields.some(([, value]) => typeof value !== "string");
  const form = files ? new FormData() : new URLSearchParams();
  for (const [name, value] of fields) {
    if (typeof value === "string") form.append(name, value);
    else form.append(name, new File([new Uint8Array(value.bytes)], value.file, { type: value.type }));
  }
  return form;
}

async function reason(response) {
  const problem = await response.json().catch(() => ({}));
  const fields = (problem.errors ?? []).map((e) => e.detail);
  return [problem.detail ?? String(response.status), ...fields].join(" ");
}

// pack makes files storable as text.
export async function pack(fields) {
  const out = [];
  for (const [name, value] of fields) {
    if (!(value instanceof File)) out.push([name, value]);
    else if (value.size) out.push([name, { file: value.name, type: value.type, bytes: [...new Uint8Array(await value.arrayBuffer())] }]);
  }
  return out;
}

async function unseal(db, record) {
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: record.iv }, await key(db), record.data);
  return JSON.parse(new TextDecoder().decode(plain));
}

// key returns this browser's key, which no script can read out.
async function key(db) {
  const had = await run(db, "keys", "readonly", (store) => store.get("outbox"));
  if (had) return had;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await run(db, "keys", "readwrite", (store) => store.put(made, "outbox"));
  return made;
}

let database;

function open() {
  database ??= new Promise((resolve, reject) => {
    const ask = indexedDB.open("bilin", 1);
    ask.onupgradeneeded = () => {
      ask.result.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true }).createIndex("id", "id", { unique: true });
      ask.result.createObjectStore("keys");
    };
    ask.onsuccess = () => resolve(ask.result);
    ask.onerror = () => reject(ask.error);
  });
  return database;
}

// run resolves when the transaction is complete, not merely when asked.
function run(db, store, mode, work) {
  return new Promise((resolve, reject) => {
    const tx = db.transaction(store, mode, { durability: "strict" });
    const ask = work(tx.objectStore(store));
    tx.oncomplete = () => resolve(ask.result);
    tx.onerror = tx.onabort = () => reject(tx.error ?? ask.error);
  });
}

function announce() {
  if (!("BroadcastChannel" in self)) return;
  const channel = new BroadcastChannel("bilin-outbox");
  channel.postMessage("changed");
  channel.close();
}
