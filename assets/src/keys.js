// Keyboard shortcuts of the desk: / search, j and k through the rows, ? help.

export function watchKeys() {
  if (!document.documentElement.classList.contains("face-desk")) return;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
    const action = { "/": focusSearch, j: () => step(1), k: () => step(-1), "?": showHelp }[event.key];
    if (action && action() !== false) event.preventDefault();
  });
}

function writing(element) {
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

function showHelp() {
  const dialog = document.getElementById("keys");
  if (!dialog.open) dialog.showModal();
  return true;
}
