// The wall of lights: one indicator after the other, until somebody stops it.
// Without this file the page leads on by its links.
const every = 20000;

let timer = 0;
let paused = false;

const wall = () => document.getElementById("o-wall");

function start() {
  wire();
  window.addEventListener("keydown", press, true);
  document.addEventListener("visibilitychange", plan);
  plan();
}

// wire shows the buttons that only work here, and takes the links over.
function wire() {
  const pause = document.getElementById("o-pause");
  const full = document.getElementById("o-full");
  pause.hidden = full.hidden = false;
  pause.addEventListener("click", toggle);
  full.addEventListener("click", fullScreen);
  for (const [id, way] of [["o-next", "next"], ["o-before", "before"]]) {
    document.getElementById(id).addEventListener("click", (event) => {
      event.preventDefault();
      turn(way);
    });
  }
  label();
}

function label() {
  const pause = document.getElementById("o-pause");
  pause.textContent = paused ? pause.dataset.go : pause.dataset.pause;
  pause.setAttribute("aria-pressed", String(paused));
}

function plan() {
  clearTimeout(timer);
  if (!paused && !document.hidden) timer = setTimeout(() => turn("next"), every);
}

function toggle() {
  paused = !paused;
  label();
  plan();
}

function fullScreen() {
  const done = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  done.catch((err) => console.warn("wall: full screen", err));
}

// turn puts the next indicator in the place of this one. What fails is tried
// again in its time; the one that is shown stays.
async function turn(way) {
  clearTimeout(timer);
  const href = wall().dataset[way];
  try {
    const response = await fetch(href);
    if (!response.ok) throw new Error(`${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("o-wall");
    if (!fresh) throw new Error("no wall");
    const focused = document.activeElement?.id;
    wall().replaceWith(document.adoptNode(fresh));
    document.title = page.title;
    history.replaceState(null, "", href);
    wire();
    if (focused) document.getElementById(focused)?.focus();
  } catch (err) {
    console.warn("wall:", href, err);
  }
  plan();
}

// press comes before the keys of the desk, which have other meanings.
function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest?.("input,textarea,select,dialog[open]")) return;
  const onButton = event.target.closest?.("a,button,summary");
  const acts = { ArrowRight: () => turn("next"), ArrowLeft: () => turn("before"), f: fullScreen, F: fullScreen };
  if (!onButton) acts[" "] = toggle;
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  act();
}

if (wall()) start();
