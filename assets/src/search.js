// Search as you type, with Chinese input methods: letters that are still being
// composed into characters are no query.

export function watchSearch() {
  document.addEventListener("input", holdBack, true);
  document.addEventListener("compositionend", (event) => {
    if (searches(event.target)) event.target.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

function holdBack(event) {
  if (event.isComposing && searches(event.target)) event.stopImmediatePropagation();
}

function searches(element) {
  return element instanceof HTMLInputElement && element.type === "search";
}
