// Read-aloud buttons, for pages that mark what to read.
import { word } from "./words.js";

export function watchSpeech() {
  if (!("speechSynthesis" in window)) return;
  for (const button of document.querySelectorAll("[data-speak]")) {
    button.hidden = false;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => toggle(button));
  }
  window.addEventListener("pagehide", () => speechSynthesis.cancel());
}

function toggle(button) {
  const speaking = button.getAttribute("aria-pressed") === "true";
  speechSynthesis.cancel();
  if (speaking) return;
  const text = document.getElementById(button.dataset.speak)?.innerText;
  if (!text) return;
  const voice = new SpeechSynthesisUtterance(text);
  voice.lang = document.documentElement.lang;
  voice.rate = document.documentElement.classList.contains("elder") ? 0.85 : 0.95;
  voice.onend = voice.onerror = () => show(button, false);
  show(button, true);
  speechSynthesis.speak(voice);
}

function show(button, speaking) {
  button.setAttribute("aria-pressed", String(speaking));
  button.querySelector("span").textContent = word(speaking ? "stop" : "read");
}
