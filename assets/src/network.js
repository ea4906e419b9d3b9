// The banner that says there is no network.

export function watchNetwork() {
  const show = () => {
    document.getElementById("net").hidden = navigator.onLine;
    for (const part of document.querySelectorAll("[data-when=offline]")) part.hidden = navigator.onLine;
  };
  window.addEventListener("online", show);
  window.addEventListener("offline", show);
  show();
  document.querySelector("[data-reload]")?.addEventListener("click", () => location.reload());
}
