// Maps: MapLibre with our own GeoJSON and no tiles from anywhere. Where WebGL
// is missing, the drawing that the server put into the page stays.
import { Map as GLMap, Marker, NavigationControl, Popup, setWorkerUrl } from "maplibre-gl";

import { ring } from "./ring.js";

setWorkerUrl(WORKER_URL);

for (const box of document.querySelectorAll("[data-map]")) {
  if (canDraw()) draw(box);
}

for (const box of document.querySelectorAll("[data-pick]")) {
  if (canDraw()) pick(box);
  else box.querySelector("[role=status]").textContent = box.dataset.failed;
}

for (const box of document.querySelectorAll("[data-ring]")) {
  if (canDraw()) ring(box, { style, bounds, name }).catch((err) => console.warn("map", err));
  else box.querySelector("[role=status]").textContent = box.dataset.failed;
}

function canDraw() {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2") ?? canvas.getContext("webgl"));
}

// draw replaces the server's drawing once the map has loaded. The GeoJSON's
// properties say how: fill, stroke, radius (of points), label, href, hint.
async function draw(box) {
  const response = await fetch(box.dataset.map);
  if (!response.ok) return;
  const data = await response.json();
  const canvas = document.createElement("div");
  canvas.className = "map-canvas";
  box.prepend(canvas);
  const map = new GLMap({
    container: canvas,
    style: style(data),
    bounds: bounds(data),
    fitBoundsOptions: { padding: 24 },
    attributionControl: false,
    dragRotate: false,
    cooperativeGestures: matchMedia("(pointer: coarse)").matches,
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  map.on("load", () => box.classList.add("map-drawn"));
  map.on("error", (event) => console.warn("map", event.error));
  follow(map, box);
  name(map, data);
}

// name writes the captions of points beside them. MapLibre's own text would need
// files of glyphs; these are set in the page's type.
function name(map, data) {
  const spots = data.features.filter((f) => f.properties.caption);
  for (const spot of spots.slice(0, 60)) {
    const element = Object.assign(document.createElement("span"), { className: "map-name", textContent: spot.properties.caption });
    element.setAttribute("aria-hidden", "true"); // the table beside the map has the names
    new Marker({ element, anchor: "top", offset: [0, 6] }).setLngLat(spot.geometry.coordinates).addTo(map);
  }
}

function style(data) {
  return {
    version: 8,
    sources: { units: { type: "geojson", data } },
    layers: [
      { id: "area", type: "fill", source: "units", filter: ["in", ["geometry-type"], ["literal", ["Polygon", "MultiPolygon"]]], paint: { "fill-color": ["coalesce", ["get", "fill"], "#dfe8e3"], "fill-opacity": 0.85 } },
      { id: "edge", type: "line", source: "units", filter: ["in", ["geometry-type"], ["literal", ["Polygon", "MultiPolygon", "LineString", "MultiLineString"]]], paint: { "line-color": ["coalesce", ["get", "stroke"], "#8a9a92"], "line-width": ["coalesce", ["get", "width"], 0.8] } },
      { id: "spot", type: "circle", source: "units", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": ["coalesce", ["get", "fill"], "#0b5d4e"], "circle-radius": ["coalesce", ["get", "radius"], 5], "circle-stroke-color": ["coalesce", ["get", "stroke"], "#ffffff"], "circle-stroke-width": 1.5 } },
    ],
  };
}

function bounds(data) {
  let [west, south, east, north] = data.bbox ?? [180, 90, -180, -90];
  const visit = (c) => {
    if (Array.isArray(c[0])) {
      c.forEach(visit);
      return;
    }
    west = Math.min(west, c[0]);
    east = Math.max(east, c[0]);
    south = Math.min(south, c[1]);
    north = Math.max(north, c[1]);
  };
  if (!data.bbox) data.features.forEach((f) => visit(f.geometry.coordinates));
  return [[west, south], [east, north]];
}

// follow shows a unit's name under the pointer and opens its page on a click.
function follow(map, box) {
  const popup = new Popup({ closeButton: false, closeOnClick: false, className: "map-tip" });
  const layers = ["spot", "area"];
  map.on("mousemove", (event) => {
    const [hit] = map.queryRenderedFeatures(event.point, { layers });
    map.getCanvas().style.cursor = hit?.properties.href ? "pointer" : "";
    if (!hit?.properties.label) {
      popup.remove();
      return;
    }
    const tip = document.createElement("div");
    tip.append(Object.assign(document.createElement("strong"), { textContent: hit.properties.label }));
    if (hit.properties.hint) tip.append(Object.assign(document.createElement("p"), { textContent: hit.properties.hint }));
    popup.setLngLat(event.lngLat).setDOMContent(tip).addTo(map);
  });
  map.on("click", (event) => {
    const [hit] = map.queryRenderedFeatures(event.point, { layers });
    if (hit?.properties.href?.startsWith("/")) location.assign(hit.properties.href);
  });
  box.addEventListener("mouseleave", () => popup.remove());
}

// pick lets somebody point at a place: by a tap, or by moving the map under the
// cross and pressing the button, which needs no pointer. The form's fields lon
// and lat take it.
async function pick(box) {
  const said = box.querySelector("[role=status]");
  const response = await fetch(box.dataset.pick).catch(() => null);
  const data = response?.ok ? await response.json() : { features: [] };
  if (data.features.length === 0) {
    said.textContent = box.dataset.failed;
    return;
  }
  const map = new GLMap({
    container: box.querySelector(".pick-map"),
    style: style(data),
    bounds: bounds(data),
    fitBoundsOptions: { padding: 12 },
    maxZoom: 16,
    attributionControl: false,
    dragRotate: false,
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  map.on("error", (event) => console.warn("map", event.error));
  name(map, data);
  const pin = new Marker({ color: "#8f1d1d" });
  const put = (at) => {
    pin.setLngLat(at).addTo(map);
    const form = box.closest("form");
    form.querySelector("[name=lon]").value = at.lng.toFixed(6);
    form.querySelector("[name=lat]").value = at.lat.toFixed(6);
    const [hit] = map.queryRenderedFeatures(map.project(at), { layers: ["area"] });
    said.textContent = hit ? `${box.dataset.done} ${hit.properties.hint} ${hit.properties.label}` : box.dataset.outside;
  };
  map.on("click", (event) => put(event.lngLat));
  box.querySelector(".pick-here").addEventListener("click", () => put(map.getCenter()));
}
