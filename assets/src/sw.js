// The service worker: keeps the shell at hand, shows the offline page, and
// sends the outbox when the network returns. It keeps lessons, and no personal page.
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

// A page that was on its way while the worker began asks to be served by it.
self.addEventListener("message", (event) => {
  if (event.data === "claim") event.waitUntil(self.clients.claim());
});

// Whoever uses this browser next is not who was to be called out here.
self.addEventListener("message", (event) => {
  if (event.data !== "no-push") return;
  event.waitUntil(self.registration.pushManager?.getSubscription().then((own) => own?.unsubscribe()));
});

// flushOrFail fails while something waits, so that the browser tries again.
async function flushOrFail() {
  await flush();
  if ((await all()).some((record) => record.state === "waiting")) throw new Error("the outbox is not empty yet");
}

// A call-out: what was said before under the same tag is replaced; a repeat of
// the same message makes no second sound.
self.addEventListener("push", (event) => {
  event.waitUntil(notify(read(event.data)));
});

// A tap opens the page of the call-out. Opening it answers nothing.
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage(event.notification.data?.url));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(lessons.test(url.pathname) ? lesson(event, url.pathname) : fetch(request).catch(offlinePage));
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

// Lessons that were opened, and their list, can be read without a network.
const lessons = /^\/lessons(\/[0-9a-f-]{36})?$/;

async function lesson(event, path) {
  try {
    const page = await fetch(event.request);
    if (page.ok) event.waitUntil(keep(path));
    return page;
  } catch {
    const cache = await caches.open(cacheName);
    return (await cache.match(path, { ignoreVary: true })) ?? offlinePage();
  }
}

// keep fetches a page once more, as it is for nobody in particular.
async function keep(path) {
  const page = await fetch(path, { credentials: "omit" }).catch(() => null);
  if (page?.ok && !page.redirected) await (await caches.open(cacheName)).put(path, page);
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

function read(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return {};
  }
}

async function notify({ id, tag, title, text, url }) {
  const before = tag ? await self.registration.getNotifications({ tag }) : [];
  await self.registration.showNotification(title || "比邻 Bilin", {
    body: text ?? "",
    tag: tag || undefined,
    renotify: Boolean(tag) && !before.some((shown) => shown.data?.id === id),
    requireInteraction: true,
    icon: ICON,
    lang: "zh-CN",
    data: { id, url },
  });
}

// openPage goes only to pages of our own.
async function openPage(target) {
  const url = new URL(target ?? "/", location.origin);
  const href = url.origin === location.origin ? url.href : location.origin + "/";
  for (const client of await self.clients.matchAll({ type: "window", includeUncontrolled: true })) {
    if (client.url === href) return client.focus();
  }
  return self.clients.openWindow(href);
}
