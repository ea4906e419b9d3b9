// Drafts: what is typed into a marked form stays on this phone, encrypted, until
// it is sent: a page that closes, or a battery that ends, loses nothing.
const stale = 24 * 3600 * 1000;

export function watchDrafts() {
  if (!("indexedDB" in window) || !crypto.subtle) return;
  if (!document.body.dataset.account) { // logged out: the next reader finds nothing
    indexedDB.deleteDatabase("bilin-drafts");
    return;
  }
  for (const form of document.querySelectorAll("form[data-draft]")) watch(form).catch((err) => console.warn("draft", err));
}

async function watch(form) {
  const id = `${document.body.dataset.account ?? ""}/${form.dataset.draft}`;
  const db = await open();
  db.onversionchange = () => db.close();
  await restore(db, id, form);
  let waiting = 0;
  const save = () => keep(db, id, form).catch((err) => console.warn("draft", err));
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, 400);
  });
  const drop = () => {
    clearTimeout(waiting);
    run(db, "drafts", "readwrite", (store) => store.delete(id));
  };
  form.addEventListener("bilin:kept", drop); // the outbox has it now
}

// restore puts back what was typed, unless somebody saved something else since.
async function restore(db, id, form) {
  const had = await run(db, "drafts", "readonly", (store) => store.get(id));
  if (!had) return;
  const fields = Date.now() - had.at < stale ? JSON.parse(await unseal(db, had).catch(() => "null")) : null;
  if (!fields || fields._version !== form.elements._version?.value) {
    await run(db, "drafts", "readwrite", (store) => store.delete(id));
    return;
  }
  let changed = false;
  for (const input of typed(form)) {
    if (fields[input.name] === undefined || fields[input.name] === input.value) continue;
    input.value = fields[input.name];
    changed = true;
  }
  const note = form.querySelector("[data-draft-note]");
  if (note) note.hidden = !changed;
}

function typed(form) {
  return [...form.elements].filter((e) => e.matches("textarea, input:not([type=hidden])"));
}

async function keep(db, id, form) {
  const fields = Object.fromEntries(typed(form).map((e) => [e.name, e.value]));
  fields._version = form.elements._version?.value;
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(db), new TextEncoder().encode(JSON.stringify(fields)));
  await run(db, "drafts", "readwrite", (store) => store.put({ iv, data, at: Date.now() }, id));
}

async function unseal(db, { iv, data }) {
  return new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await key(db), data));
}

// key returns this browser's key, which no script can read out.
async function key(db) {
  const had = await run(db, "keys", "readonly", (store) => store.get("draft"));
  if (had) return had;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await run(db, "keys", "readwrite", (store) => store.put(made, "draft"));
  return made;
}

function open() {
  return new Promise((resolve, reject) => {
    const ask = indexedDB.open("bilin-drafts", 1);
    ask.onupgradeneeded = () => {
      ask.result.createObjectStore("drafts");
      ask.result.createObjectStore("keys");
    };
    ask.onsuccess = () => resolve(ask.result);
    ask.onerror = () => reject(ask.error);
  });
}

function run(db, store, mode, work) {
  return new Promise((resolve, reject) => {
    const tx = db.transaction(store, mode, { durability: "strict" });
    const ask = work(tx.objectStore(store));
    tx.oncomplete = () => resolve(ask.result);
    tx.onerror = tx.onabort = () => reject(tx.error ?? ask.error);
  });
}
