// The service worker: keeps the shell at hand, shows the offline page, and
// sends the outbox when the network returns. It keeps no personal page.
import { all, flush } from "./outbox.js";

const cacheName = "shell-" + SHELL.join().split("").reduce((hash, c) => (hash * 31 + c.charCodeAt(0)) >>> 0, 7).toString(36);

self.addEventListener("install", (event) => {
  event.waitUntil(fillShell().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOld().then(() => self.clients.claim()));
});

self.addEventListener("sync", (event) => {
  if (event.tag === "outbox") event.waitUntil(flushOrFail());
});

self.addEventListener("message", (event) => {
  if (event.data !== "flush") return;
  event.waitUntil(flush().finally(() => event.ports[0]?.postMessage("done")));
});

// flushOrFail fails while something waits, so that the browser tries again.
async function flushOrFail() {
  await flush();
  if ((await all()).some((record) => record.state === "waiting")) throw new Error("the outbox is not empty yet");
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(offlinePage));
  else if (url.pathname.startsWith("/static/")) event.respondWith(fromShell(request));
});

async function fillShell() {
  const cache = await caches.open(cacheName);
  await cache.addAll(SHELL);
  for (const locale of ["zh-CN", "en"]) {
    // without credentials: the page kept here names nobody
    const page = await fetch("/offline", { credentials: "omit", headers: { "Accept-Language": locale } });
    if (page.ok) await cache.put(`/offline?lang=${locale}`, page);
  }
}

async function dropOld() {
  for (const name of await caches.keys()) if (name !== cacheName) await caches.delete(name);
}

async function offlinePage() {
  const cache = await caches.open(cacheName);
  const locale = navigator.language.startsWith("en") ? "en" : "zh-CN";
  return (await cache.match(`/offline?lang=${locale}`)) ?? Response.error();
}

async function fromShell(request) {
  const cache = await caches.open(cacheName);
  return (await cache.match(request, { ignoreVary: true })) ?? fetch(request);
}
