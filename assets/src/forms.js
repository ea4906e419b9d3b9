// Forms: no double sending, focus on what is wrong, folding panels.
import { word } from "./words.js";

export function watchForms() {
  document.addEventListener("submit", lock);
  window.addEventListener("pageshow", unlockAll); // back from the cache of visited pages
  document.addEventListener("htmx:finally:request", unlockAll);
  document.addEventListener("click", (event) => {
    event.target.closest("[data-close]")?.closest("details")?.removeAttribute("open");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closePrefs();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".prefs")) closePrefs();
  });
  document.querySelector("[data-focus]")?.focus();
  document.addEventListener("change", fill);
}

// fill puts a kept answer into the box that its list names, after what is there: select[data-fills].
function fill(event) {
  const box = document.getElementById(event.target.dataset?.fills);
  const text = event.target.selectedOptions?.[0]?.dataset.text;
  if (!box || !text) return;
  box.value = [box.value.trim(), text].filter(Boolean).join("\n");
  box.focus();
}

function closePrefs() {
  for (const open of document.querySelectorAll(".prefs[open]")) open.removeAttribute("open");
}

// lock disables the buttons after the browser has taken the pressed one's value.
function lock(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method === "get" || form.method === "dialog") return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "1";
  setTimeout(() => markBusy(form, event.submitter));
}

export function markBusy(form, button) {
  form.setAttribute("aria-busy", "true");
  for (const b of form.querySelectorAll("button:not([type=button])")) b.disabled = true;
  if (!button || button.dataset.label) return;
  button.dataset.label = button.innerHTML;
  button.textContent = word("sending");
}

export function unlock(form) {
  delete form.dataset.sending;
  form.removeAttribute("aria-busy");
  for (const b of form.querySelectorAll("button:disabled")) {
    b.disabled = false;
    if (b.dataset.label) b.innerHTML = b.dataset.label; // our own markup, kept above
    delete b.dataset.label;
  }
}

function unlockAll() {
  for (const form of document.querySelectorAll("form[data-sending]")) unlock(form);
}
