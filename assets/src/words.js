// The words that scripts say, in the page's language.

export function word(name, slots = {}) {
  const text = document.getElementById("words")?.dataset[name] ?? "";
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (slot, key, one, many) => {
    if (!(key in slots)) return slot;
    if (one === undefined) return slots[key];
    return Number(slots[key]) === 1 ? one : many;
  });
}

let hiding = 0;

// say shows a short message at the foot of the screen, and to screen readers.
export function say(text) {
  const line = document.getElementById("say");
  if (!line || !text) return;
  line.textContent = text;
  line.classList.add("say-on");
  clearTimeout(hiding);
  hiding = setTimeout(() => line.classList.remove("say-on"), 8000);
}
