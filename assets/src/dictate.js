// Dictation into a text, where the browser can: [data-dictate] names the box. On
// the device where that is possible; the page says that it may not be.
export function watchDictation() {
  const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;
  if (!Recognition) return;
  for (const place of document.querySelectorAll("[data-dictate]")) {
    const box = document.getElementById(place.dataset.dictate);
    if (box) offer(place, box, Recognition);
  }
}

function offer(place, box, Recognition) {
  const button = place.querySelector("button");
  const label = button.querySelector("span");
  const words = [label.textContent, label.dataset.on];
  let listening = null;
  place.hidden = false;
  const show = (on) => {
    button.setAttribute("aria-pressed", String(on));
    label.textContent = words[Number(on)];
    if (!on) listening = null;
  };
  button.addEventListener("click", async () => {
    if (listening) {
      listening.stop();
      return;
    }
    listening = new Recognition();
    listening.lang = document.documentElement.lang;
    listening.continuous = true;
    await onDevice(Recognition, listening);
    listening.onresult = (event) => {
      for (const result of [...event.results].slice(event.resultIndex)) if (result.isFinal) add(box, result[0].transcript);
    };
    listening.onend = listening.onerror = () => show(false);
    try {
      listening.start();
      show(true);
    } catch {
      show(false);
    }
  });
}

// onDevice keeps the sound on this device if the browser has the language here.
async function onDevice(Recognition, listening) {
  const has = await Recognition.available?.({ langs: [listening.lang], processLocally: true }).catch(() => "unavailable");
  if (has === "available") listening.processLocally = true;
}

function add(box, text) {
  const room = box.maxLength > 0 ? box.maxLength - box.value.length : text.length;
  box.setRangeText(text.trim().slice(0, room), box.selectionEnd, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
