// "Where I am now": asked only when the button is pressed. And the map on which
// anybody points at a place, fetched only when it is wanted: it is large.

export function watchWhere() {
  for (const box of document.querySelectorAll("[data-locate]")) {
    if (!("geolocation" in navigator)) continue;
    box.hidden = false;
    box.querySelector("button").addEventListener("click", () => locate(box));
  }
}

function locate(box) {
  const said = box.querySelector("[role=status]");
  const put = ({ coords }) => {
    box.querySelector("[name=lon]").value = coords.longitude.toFixed(6);
    box.querySelector("[name=lat]").value = coords.latitude.toFixed(6);
    said.textContent = said.dataset.done;
  };
  navigator.geolocation.getCurrentPosition(put, () => (said.textContent = said.dataset.failed), { enableHighAccuracy: true, timeout: 15000 });
}

export function watchPick() {
  offer("[data-pick]");
}

// watchRing offers the same map to draw on.
export function watchRing() {
  offer("[data-ring]");
}

function offer(boxes) {
  for (const box of document.querySelectorAll(boxes)) {
    box.hidden = false;
    box.querySelector("button").addEventListener("click", () => openMap(box), { once: true });
  }
}

function openMap(box) {
  box.querySelector("button").hidden = true;
  box.querySelector(".pick").hidden = false;
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: box.dataset.css });
  const script = Object.assign(document.createElement("script"), { type: "module", src: box.dataset.script });
  script.addEventListener("error", () => (box.querySelector("[role=status]").textContent = box.dataset.failed));
  document.head.append(sheet, script);
}
