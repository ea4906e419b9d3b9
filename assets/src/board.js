// The situation board. Its numbers come in the events of its topic, so that a
// change costs no request; what is more than a number is asked for in parts,
// each screen at a moment of its own. Without this file the page is a picture
// of the moment at which it was opened.
const board = document.getElementById("board");
const staleAfter = 65000; // three beats of the server without one
const most = 30; // lines of the timeline
const width = 600; // of a curve, as in internal/mobiliseweb/situationweb/curve.go
const height = 160;

let shown = null; // the latest numbers
let ahead = 0; // how far the server's clock is before ours, ms
let heard = Date.now();
let connected = true;
const waiting = new Map(); // part of the page → timer

function start() {
  ahead = Number(board.dataset.at) - Date.now();
  document.addEventListener("bilin:numbers", ({ detail }) => {
    if (detail.topic === board.dataset.numbers) take(JSON.parse(detail.data));
  });
  document.addEventListener("bilin:stream", ({ detail }) => {
    connected = detail.open;
    watch();
  });
  setInterval(tick, 1000);
  watchPress();
  watchKeys();
}

const now = () => Date.now() + ahead;
const format = new Intl.NumberFormat("en");

// take shows numbers, and asks for what they don't tell. An older snapshot than
// the one shown comes from another replica; it is left.
function take(numbers) {
  heard = Date.now();
  if (shown && numbers.at < shown.at) return;
  ahead = numbers.at - Date.now();
  const same = board.dataset.layout === numbers.layout;
  shown = numbers;
  show();
  if (!same) later("panels", 2000, fetchPanels);
  if (numbers.seq > Number(document.getElementById("b-lines").dataset.seq)) later("events", 2000, fetchEvents);
  if (numbers.ground !== board.dataset.ground) later("map", 20000, fetchMap);
  watch();
}

// later does something once, after a time that is another on each screen.
function later(what, within, act) {
  if (waiting.has(what)) return;
  waiting.set(what, setTimeout(() => {
    waiting.delete(what);
    act().catch((err) => {
      console.warn("board:", what, err);
      later(what, within * 4, act);
    });
  }, Math.random() * within));
}

async function part(path) {
  const response = await fetch(board.dataset.order + path);
  if (!response.ok || !response.headers.get("X-Bilin")) throw new Error(`${path}: ${response.status}`);
  return response.text();
}

const query = (values) => new URLSearchParams(values);

async function fetchPanels() {
  const { layout } = shown;
  const panels = document.getElementById("b-panels");
  const focused = document.activeElement?.closest("#b-panels section")?.id;
  const zoomed = panels.querySelector(".b-zoom")?.id;
  panels.innerHTML = await part(`/board/panels?${query({ face: board.dataset.face, layout })}`); // our own server's markup
  board.dataset.layout = layout;
  if (zoomed) document.getElementById(zoomed)?.classList.add("b-zoom");
  if (focused) document.getElementById(focused)?.focus();
  revealButtons(panels);
  show();
  tick();
  await fetchForms();
}

// fetchForms brings the forms up to date, unless somebody is writing in them.
async function fetchForms() {
  const forms = document.getElementById("b-act");
  if (!forms || forms.contains(document.activeElement)) return;
  if ([...forms.querySelectorAll("input:not([type=hidden]),textarea")].some((field) => field.value !== field.defaultValue)) return;
  const response = await fetch(location.pathname, { headers: { "X-Bilin-Live": "1" } });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("b-act");
  if (fresh && !forms.contains(document.activeElement)) forms.replaceWith(document.adoptNode(fresh));
}

async function fetchEvents() {
  const list = document.getElementById("b-lines");
  const seq = shown.seq;
  const box = document.createElement("template");
  box.innerHTML = await part(`/board/events?${query({ after: list.dataset.seq, to: seq })}`);
  const fresh = [...box.content.querySelectorAll("li")].filter((line) => Number(line.dataset.seq) > Number(list.dataset.seq));
  if (!fresh.length) return; // this replica hasn't read it yet: with the next beat
  list.dataset.seq = Math.max(...fresh.map((line) => line.dataset.seq));
  for (const line of fresh) line.classList.add("b-new");
  list.prepend(...fresh);
  while (list.children.length > most) list.lastElementChild.remove();
}

async function fetchMap() {
  const { ground } = shown;
  const box = document.getElementById("b-ground");
  board.dataset.ground = ground;
  if (!box) return;
  box.innerHTML = await part(`/board/map?${query({ ground })}`);
  paint();
}

// show writes the numbers into the page.
function show() {
  if (!shown) return;
  const { n } = shown;
  for (const e of document.querySelectorAll("[data-n]")) write(e, format.format(n[e.dataset.n] ?? 0));
  for (const e of document.querySelectorAll(":not(rect)[data-part][data-whole]")) write(e, share(n[e.dataset.part] ?? 0, n[e.dataset.whole] ?? 0));
  for (const e of document.querySelectorAll("[data-bar-of]")) e.setAttribute("width", round(1000 * ratio(n[e.dataset.barOf], n[e.dataset.whole])));
  for (const bar of document.querySelectorAll("[data-bar]")) stack(bar, n);
  for (const part of document.querySelectorAll(".b-leg-released")) part.hidden = !n.released;
  const at = document.getElementById("b-at");
  if (at) {
    at.dateTime = new Date(shown.at).toISOString();
    at.textContent = clock(shown.at);
  }
  if (board.dataset.layout === shown.layout) goals();
  const roll = document.querySelector("[data-roll] .b-curve");
  if (roll && n.reported !== undefined) extend(roll, shown.at, n.reported);
  places();
  paint();
}

function write(element, text) {
  if (element.textContent === text) return;
  element.textContent = text;
  element.classList.remove("b-moved");
  void element.getBoundingClientRect(); // so that the animation starts again
  element.classList.add("b-moved");
}

const round = (v) => Math.round(v * 10) / 10;
const ratio = (part, whole) => (whole > 0 ? Math.min(1, part / whole) : 0);

// share writes a percentage as the server does: never all when one is missing.
function share(part, whole) {
  if (!whole) return "—";
  const text = ((100 * part) / whole).toFixed(1);
  return `${text === "100.0" && part < whole ? "99.9" : text}%`;
}

function stack(bar, n) {
  let x = 0;
  for (const rect of bar.querySelectorAll("rect[data-part]")) {
    const wide = 1000 * ratio(n[rect.dataset.part], n[bar.dataset.bar]);
    rect.setAttribute("x", round(x));
    rect.setAttribute("width", round(wide));
    x += wide;
  }
}

// goals writes the values of objectives, and draws their curves on.
function goals() {
  for (const goal of document.querySelectorAll("[data-goal]")) {
    const [value, since, version] = shown.o[goal.dataset.goal] ?? [];
    if (value === undefined) continue;
    write(goal.querySelector("[data-value]"), format.format(value));
    goal.querySelector("[data-meter]").setAttribute("width", round(1000 * way(value, Number(goal.dataset.start), Number(goal.dataset.target))));
    const updated = goal.querySelector("[data-updated]");
    if (updated) updated.textContent = clock(since);
    extend(goal.querySelector(".b-curve"), shown.at, value, since);
    for (const field of document.querySelectorAll(`[data-version="${Number(goal.dataset.goal) + 1}"]`)) field.value = version;
  }
}

// way is how much of the way from start to target is done.
function way(value, start, target) {
  return Math.max(0, Math.min(1, (value - start) / (target - start)));
}

// extend adds a value to a curve and draws it until now.
function extend(svg, at, value, since = at) {
  if (!svg) return;
  const points = (svg.dataset.points || "").split(" ").filter(Boolean).map((p) => p.split(":").map(Number));
  const last = points.at(-1);
  if (!last || last[1] !== value || since > last[0]) points.push([Math.max(since, last?.[0] ?? 0), value]);
  svg.dataset.points = points.map((p) => p.join(":")).join(" ");
  draw(svg, points, stopped() || at);
}

function draw(svg, points, end) {
  const from = Number(svg.dataset.from);
  const to = Math.max(Number(svg.dataset.to), end);
  const low = Math.min(Number(svg.dataset.low), ...points.map((p) => p[1]));
  const high = Math.max(Number(svg.dataset.high), ...points.map((p) => p[1]));
  const x = (ms) => round(Math.max(0, Math.min(1, (ms - from) / Math.max(1, to - from))) * width);
  const y = (v) => round((1 - (v - low) / (high - low)) * height);
  const line = points.map(([ms, v], i) => (i ? `H${x(ms)}V${y(v)}` : `M${x(ms)} ${y(v)}`)).join("") + `H${x(Math.max(end, points.at(-1)[0]))}`;
  svg.querySelector(".k-line").setAttribute("d", line);
  svg.querySelector(".k-area").setAttribute("d", `${line}V${height}H${x(points[0][0])}Z`);
  const due = svg.querySelector(".k-due");
  if (due && to > Number(svg.dataset.to)) for (const side of ["x1", "x2"]) due.setAttribute(side, x(Number(svg.dataset.to)));
  const axis = svg.nextElementSibling?.querySelector("[data-axis-end]");
  if (axis) axis.textContent = clock(to);
}

function places() {
  if (!shown.p) return;
  for (const row of document.querySelectorAll("[data-place]")) {
    const at = 5 * Number(row.dataset.place);
    [...row.cells].slice(1).forEach((cell, i) => { cell.textContent = format.format(shown.p[at + i] ?? 0); });
  }
}

// paint colours the map: each village's shade is 6 times the grade of how many
// were reached, plus that of how many come.
function paint() {
  if (!shown?.shades || board.dataset.ground !== shown.ground) return;
  for (const path of document.querySelectorAll("[data-v]")) {
    const shade = parseInt(shown.shades[path.dataset.v] ?? ".", 36);
    path.setAttribute("class", Number.isNaN(shade) ? "none" : `r${Math.floor(shade / 6)} c${shade % 6}`);
  }
}

// clock writes a moment of the city's clock.
function clock(ms) {
  return new Date(ms + 8 * 3600000).toISOString().slice(11, 16);
}

const stopped = () => Number(board.dataset.stopped);
const two = (n) => String(n).padStart(2, "0");
const fill = (text, slots) => text.replace(/\{(\w+)\}/g, (slot, key) => slots[key] ?? slot);

// tick moves the clocks, and says when nothing was heard for too long.
function tick() {
  const seconds = Math.max(0, Math.floor(((stopped() || now()) - Number(board.dataset.since)) / 1000));
  const days = Math.floor(seconds / 86400);
  const time = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const line = document.getElementById("b-clock");
  if (line) line.textContent = days ? `${fill(board.dataset.days, { n: days })} ${time}` : time;
  for (const due of document.querySelectorAll("[data-due]")) {
    const left = Math.max(0, Math.floor((Number(due.dataset.due) - now()) / 60000));
    if (left >= 2880) continue; // days, as the server wrote them
    due.textContent = fill(board.dataset.left, { hours: Math.floor(left / 60), minutes: two(left % 60) });
  }
  watch();
}

// watch tells the room when the numbers have stopped. A board that looks alive
// and isn't would be worse than none.
function watch() {
  const bar = document.getElementById("b-stale");
  const lost = !stopped() && (!connected || Date.now() - heard > staleAfter);
  if (lost && bar.hidden) document.getElementById("b-stale-at").textContent = clock(shown?.at ?? Number(board.dataset.at));
  bar.hidden = !lost;
}

function revealButtons(within) {
  for (const button of within.querySelectorAll("[data-do]")) button.hidden = false;
}

const acts = { full: fullScreen, print: () => window.print(), help: showHelp };

function watchPress() {
  revealButtons(board);
  board.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) acts[button.dataset.do]();
    const measure = event.target.closest("a[data-by]");
    if (!measure) return;
    event.preventDefault();
    colour(measure.dataset.by);
  });
}

function colour(by) {
  const box = document.getElementById("b-ground");
  if (!box) return;
  box.className = `b-ground by-${by}`;
  for (const link of document.querySelectorAll("a[data-by]")) {
    if (link.dataset.by === by) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function swapColours() {
  colour(document.getElementById("b-ground")?.classList.contains("by-coming") ? "reached" : "coming");
}

function fullScreen() {
  const done = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  done.catch((err) => console.warn("board: full screen", err));
}

function showHelp() {
  const help = document.getElementById("b-help");
  if (!help.open) help.showModal();
}

const panels = () => [...board.querySelectorAll(".b-panel")].filter((p) => p.offsetParent !== null || p.classList.contains("b-zoom"));

function focusOn(panel) {
  if (!panel) return;
  const zoomed = board.querySelector(".b-zoom");
  if (zoomed && zoomed !== panel) {
    zoomed.classList.remove("b-zoom");
    panel.classList.add("b-zoom");
  }
  panel.focus();
  panel.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const list = panels();
  const at = list.findIndex((p) => p.contains(document.activeElement));
  focusOn(list[at < 0 ? 0 : (at + by + list.length) % list.length]);
}

// zoom enlarges the panel that has the focus, and puts it back.
function zoom() {
  const panel = document.activeElement?.closest(".b-panel");
  if (!panel || document.activeElement !== panel) return false;
  const was = panel.classList.contains("b-zoom");
  for (const p of panels()) p.classList.remove("b-zoom");
  if (!was) panel.classList.add("b-zoom");
  panel.focus();
  return true;
}

function restore() {
  const zoomed = board.querySelector(".b-zoom");
  zoomed?.classList.remove("b-zoom");
  return zoomed !== null;
}

// watchKeys comes before the keys of the desk, which have other meanings.
function watchKeys() {
  const keys = { f: fullScreen, p: acts.print, m: swapColours, "?": showHelp, ArrowRight: () => step(1), ArrowLeft: () => step(-1), Enter: zoom, Escape: restore };
  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest?.("input,textarea,select,dialog[open],.table-wrap") || event.target.isContentEditable) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const panel = board.querySelector(`[data-key="${CSS.escape(key)}"]`);
    const act = panel ? () => focusOn(panel) : keys[key];
    if (!act || act() === false) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
}

if (board) start();
