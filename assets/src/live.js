// Live pages: one event stream per browser, whichever tab holds it, and each
// tab fetches again the regions whose topic has moved. A topic that a page
// follows for its numbers (data-numbers) brings them along; they are handed to
// that page's own script.
import htmx from "htmx.org";
import { word } from "./words.js";

const wantEvery = 20000;
const channel = "BroadcastChannel" in window ? new BroadcastChannel("bilin-live") : null;
const me = crypto.randomUUID?.() ?? String(Math.random());
const wanted = new Map(); // tab → its topics, kept by the tab that holds the stream
const stale = new Set(); // topics that moved and aren't shown yet
const numbers = new Map(); // topic → the numbers it last brought
let leading = false;
let source = null;
let broken = false; // the stream ended, and hasn't begun again
let timer = 0;

export function watchLive() {
  const mine = topics();
  if (!mine.length || !("EventSource" in window)) return;
  if (channel) channel.onmessage = ({ data }) => receive(data);
  document.addEventListener("visibilitychange", schedule);
  window.addEventListener("pagehide", () => tell({ bye: me }));
  if (channel && navigator.locks) {
    navigator.locks.request("bilin-live", () => lead(mine));
    announce(mine);
    setInterval(() => announce(mine), wantEvery);
  } else {
    lead(mine);
  }
  if (soon()) setInterval(() => soon() && moved(mine), 3000);
}

// soon says whether a region is about to change, such as a file being checked:
// that may happen before the stream is open, so it is asked for as well.
const soon = () => document.querySelector("[data-soon]") !== null;

function topics() {
  const page = document.body.dataset.livePage?.split(" ") ?? [];
  const regions = [...document.querySelectorAll("[data-live]")].flatMap((e) => e.dataset.live.split(" "));
  const counted = [...document.querySelectorAll("[data-numbers]")].map((e) => e.dataset.numbers);
  return [...new Set([...page, ...regions, ...counted, own()])].filter(Boolean);
}

// own is the reader's own account: a session that is ended elsewhere takes its
// open pages with it.
const own = () => document.body.dataset.account && `account:${document.body.dataset.account}`;

const check = () => own() && leave().catch((err) => console.warn("is the session over?", err));

// leave sends the page away whose session is over. What others may not find on
// this screen goes with it.
async function leave() {
  const response = await fetch("/account/still", { headers: { Accept: "application/json" } });
  if (response.status !== 401) return;
  const next = location.pathname + location.search;
  location.replace(`/login?${new URLSearchParams({ ended: "1", next })}`);
}

const brings = (topic) => topic.startsWith("board:");

function announce(mine) {
  if (leading) note(me, mine);
  else tell({ want: mine, from: me });
}

function tell(message) {
  channel?.postMessage(message);
}

function receive(message) {
  if (message.want && leading) welcome(message.from, message.want);
  if (message.bye && leading) wanted.delete(message.bye);
  if (message.who && !leading) announce(topics());
  if (message.moved) moved(message.moved);
  if (message.topic) hand(message);
  if (message.stream !== undefined) say("stream", { open: message.stream });
}

// welcome notes what a tab wants, and gives it the numbers that are known: the
// server gives them to a new stream only.
function welcome(tab, list) {
  note(tab, list);
  for (const topic of list) if (numbers.has(topic)) tell({ topic, data: numbers.get(topic) });
}

function hand({ topic, data }) {
  numbers.set(topic, data);
  say("numbers", { topic, data });
}

function say(what, detail) {
  document.dispatchEvent(new CustomEvent(`bilin:${what}`, { detail }));
}

// lead holds the stream until this tab goes; the promise never settles, and
// with the page its lock goes to the next tab.
function lead(mine) {
  leading = true;
  note(me, mine);
  tell({ who: true });
  return new Promise(() => {});
}

function note(tab, list) {
  const before = union();
  wanted.set(tab, list);
  const now = union();
  if (now !== before) open(now);
}

function union() {
  return [...new Set([...wanted.values()].flat())].sort().join("\n");
}

function open(list) {
  source?.close();
  const query = new URLSearchParams(list.split("\n").map((topic) => ["topic", topic]));
  source = new EventSource(`/live?${query}`);
  source.onerror = () => {
    if (!broken) streams(false);
    broken = true;
    if (source.readyState !== EventSource.CLOSED) return;
    retry(list); // an answer that was no stream: the browser gives up
    check(); // refused, perhaps because the session is over
  };
  source.onopen = () => { // what moved meanwhile is unknown: look at everything
    if (broken) {
      streams(true);
      spread(list.split("\n").filter((topic) => !brings(topic)));
    }
    broken = false;
  };
  for (const topic of list.split("\n")) {
    source.addEventListener(topic, ({ data }) => {
      if (!brings(topic)) return spread([topic]);
      tell({ topic, data });
      hand({ topic, data });
    });
  }
}

// retry opens a stream again that shows numbers: nobody may be there to reload it.
function retry(list) {
  if (!list.split("\n").some(brings)) return;
  setTimeout(() => list === union() && open(list), 4000 + Math.random() * 8000);
}

function streams(open) {
  tell({ stream: open });
  say("stream", { open });
}

function spread(list) {
  tell({ moved: list });
  moved(list);
}

function moved(list) {
  if (list.includes(own())) check();
  for (const topic of list) stale.add(topic);
  schedule();
}

// schedule waits a moment for more, and a little longer at random, so that ten
// thousand screens don't ask at once. A hidden tab waits until it is seen.
function schedule() {
  if (document.hidden || !stale.size || timer) return;
  timer = setTimeout(() => {
    timer = 0;
    refresh().catch((err) => console.warn("live refresh failed", err));
  }, 150 + Math.random() * 500);
}

async function refresh() {
  const due = new Set(stale);
  stale.clear();
  const regions = affected(due);
  if (!regions.length) return;
  const response = await fetch(location.href, { headers: { "X-Bilin-Live": "1" } });
  if (!response.ok || !response.headers.get("X-Bilin")) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const region of regions) show(region, fresh.getElementById(region.id));
}

function affected(due) {
  const has = (value) => value?.split(" ").some((topic) => due.has(topic));
  const regions = [...document.querySelectorAll("[data-live]")].filter((e) => e.id && has(e.dataset.live));
  if (!has(document.body.dataset.livePage)) return regions;
  return [document.getElementById("main")];
}

function show(region, fresh) {
  if (!fresh || fresh.innerHTML === region.innerHTML) return;
  if (busy(region)) {
    offer(region);
    return;
  }
  const opened = new Set([...region.querySelectorAll("details[open] > summary")].map((s) => s.textContent));
  region.replaceWith(document.adoptNode(fresh));
  for (const summary of fresh.querySelectorAll("details > summary")) summary.parentElement.open ||= opened.has(summary.textContent);
  htmx.process(fresh);
  fresh.classList.add("live-changed");
}

// busy says whether somebody is writing in the region, whose words a swap would lose.
function busy(region) {
  if (region.contains(document.activeElement) && document.activeElement.matches("input,textarea,select,button")) return true;
  return [...region.querySelectorAll("textarea,input:not([type=hidden]):not([type=radio]):not([type=checkbox])")].some(
    (field) => field.value !== field.defaultValue,
  );
}

function offer(region) {
  if (region.querySelector(":scope > .live-offer")) return;
  const bar = document.createElement("p");
  bar.className = "live-offer notice";
  bar.setAttribute("role", "status");
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = word("show");
  bar.append(`${word("updated")} `, link);
  region.prepend(bar);
}
