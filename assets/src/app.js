// Progressive enhancement of every page. All of it is comfort: the pages work
// without this file.
import "htmx.org";
import { watchCare } from "./care.js";
import { watchDictation } from "./dictate.js";
import { watchDrafts } from "./draft.js";
import { watchForms } from "./forms.js";
import { watchKeys } from "./keys.js";
import { watchLive } from "./live.js";
import { watchNarrow } from "./narrow.js";
import { watchNetwork } from "./network.js";
import { watchOutbox } from "./outboxpage.js";
import { watchPasskeys } from "./passkey.js";
import { watchPhotos } from "./photos.js";
import { watchPush } from "./push.js";
import { watchRoll } from "./roll.js";
import { watchSearch } from "./search.js";
import { watchSeen } from "./seen.js";
import { watchSpeech } from "./speak.js";
import { watchPick, watchRing, watchWhere } from "./where.js";

watchForms();
watchSearch();
watchKeys();
watchSpeech();
watchDictation();
watchDrafts();
watchNetwork();
watchWhere();
watchPick();
watchRing();
watchSeen();
watchNarrow();
watchPasskeys();
watchPhotos();
watchPush();
watchCare();
watchOutbox();
watchRoll();
watchLive();

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js").catch((err) => console.warn("no service worker", err));
  // A worker that began between two pages took neither: this one asks to be taken.
  navigator.serviceWorker.ready.then((reg) => {
    if (!navigator.serviceWorker.controller) reg.active?.postMessage("claim");
  });
}
