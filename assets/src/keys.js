// Keyboard shortcuts of the desk: / search, j and k through the rows, x selects, a accepts, ? help.

export function watchKeys() {
  if (!document.documentElement.classList.contains("face-desk")) return;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
    const action = { "/": focusSearch, j: () => step(1), k: () => step(-1), x: pick, a: accept, "?": showHelp }[event.key];
    if (action && action() !== false) event.preventDefault();
  });
}

function writing(element) {
  if (element.type === "checkbox") return false;
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
}

function focusSearch() {
  const box = document.querySelector("[data-search]");
  if (!box) return false;
  box.focus();
  box.select();
  return true;
}

// step moves the focus to the first link of the next or previous row.
function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  next?.querySelector("a,button")?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return next !== undefined;
}

// pick selects the row that has the focus, or no longer does.
function pick() {
  const box = document.activeElement?.closest("[data-row]")?.querySelector("[data-pick]");
  box?.click();
  return box != null;
}

// accept takes on what is selected, or else the row that has the focus.
function accept() {
  const button = document.querySelector("[data-bulk=accept]");
  if (!button) return false;
  if (!document.querySelector("[data-pick]:checked") && !pick()) return false;
  button.click();
  return true;
}

function showHelp() {
  const dialog = document.getElementById("keys");
  for (const line of dialog.querySelectorAll("[data-needs]")) line.hidden = !document.querySelector(line.dataset.needs);
  if (!dialog.open) dialog.showModal();
  return true;
}
