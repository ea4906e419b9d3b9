// Says, once, that an order is before somebody's eyes: [data-seen] is where to.
// Nothing that merely fetches the page says so.

export function watchSeen() {
  const box = document.querySelector("[data-seen]");
  if (!box) return;
  const tell = () => {
    if (document.hidden) return;
    document.removeEventListener("visibilitychange", tell);
    fetch(box.dataset.seen, { method: "POST", keepalive: true }).catch(() => {}); // it is told again when the page is opened again
  };
  document.addEventListener("visibilitychange", tell);
  tell();
}
