// Roll-calls: what the phone keeps until there is a network stays marked on the
// page, so that nobody wonders which household was done. And paper is printed.

export function watchRoll() {
  document.addEventListener("bilin:kept", ({ target, detail: pressed }) => {
    for (const row of rowsOf(target, pressed)) mark(row);
  });
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

function rowsOf(form, pressed) {
  if (pressed?.hasAttribute("data-kept-all")) return [...form.querySelectorAll("[data-kept-rest]:not(.kept)")];
  return [pressed?.closest("[data-kept]")].filter(Boolean);
}

function mark(row) {
  row.classList.add("kept");
  for (const open of row.querySelectorAll("details[open]")) open.removeAttribute("open");
}
