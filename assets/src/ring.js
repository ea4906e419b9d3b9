// Drawing a line around places on a map: [data-ring] is the map's ground, and
// the field named polygon takes the corners as "lon,lat lon,lat …".
import { Marker, NavigationControl, Map as GLMap } from "maplibre-gl";

const most = 200; // corners

// ring lets somebody click corners, or set them at the cross in the middle,
// which needs no pointer.
export async function ring(box, { style, bounds, name }) {
  const said = box.querySelector("[role=status]");
  const field = box.closest("form").querySelector("[name=polygon]");
  const response = await fetch(box.dataset.ring).catch(() => null);
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
    doubleClickZoom: false, // two quick clicks are two corners
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  map.on("error", (event) => console.warn("map", event.error));
  name(map, data);
  const line = drawing(map, box, field, said);
  map.on("load", () => line.begin());
  map.on("click", (event) => line.add(event.lngLat));
  box.addEventListener("click", (event) => {
    const what = event.target.closest("[data-ring-do]")?.dataset.ringDo;
    if (what === "here") line.add(map.getCenter());
    if (what === "undo") line.undo();
    if (what === "clear") line.clear();
  });
}

// drawing keeps the corners, in the field and on the map.
function drawing(map, box, field, said) {
  let corners = field.value.split(" ").filter(Boolean).map((c) => c.split(",").map(Number));
  let pins = [];
  const show = () => {
    field.value = corners.map((c) => c.map((v) => String(Number(v.toFixed(6)))).join(",")).join(" ");
    map.getSource("ring")?.setData(shape(corners));
    pins.forEach((pin) => pin.remove());
    pins = corners.map((at) => new Marker({ color: "#8f1d1d", scale: 0.6 }).setLngLat(at).addTo(map));
    said.textContent = corners.length ? `${corners.length < 3 ? box.dataset.more : box.dataset.corners}${corners.length}` : "";
  };
  const change = (next) => {
    corners = next;
    show();
    if (corners.length === 0 || corners.length > 2) field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  return {
    begin() {
      map.addSource("ring", { type: "geojson", data: shape(corners) });
      map.addLayer({ id: "ring-area", type: "fill", source: "ring", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": "#8f1d1d", "fill-opacity": 0.18 } });
      map.addLayer({ id: "ring-line", type: "line", source: "ring", paint: { "line-color": "#8f1d1d", "line-width": 2.5 } });
      show();
    },
    add({ lng, lat }) {
      if (corners.length >= most) said.textContent = box.dataset.full;
      else change([...corners, [lng, lat]]);
    },
    undo: () => change(corners.slice(0, -1)),
    clear: () => change([]),
  };
}

function shape(corners) {
  const closed = corners.length > 2;
  const geometry = closed ? { type: "Polygon", coordinates: [[...corners, corners[0]]] } : { type: "LineString", coordinates: corners };
  return { type: "FeatureCollection", features: corners.length > 1 ? [{ type: "Feature", properties: {}, geometry }] : [] };
}
