// "Where I am now": asked only when the button is pressed.

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
