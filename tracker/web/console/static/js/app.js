// Loaded by every page: menus, keys, the palette, ticking times, the live stream and toasts.
import { post } from "./parts/http.js";
import { start as startChips } from "./parts/chips.js";
import { start as startForms } from "./parts/forms.js";
import { start as startHelp } from "./parts/keys/help.js";
import { start as startKeys } from "./parts/keys/keys.js";
import { start as startPlaces } from "./parts/keys/places.js";
import { start as startMenus } from "./parts/menus.js";
import { start as startPalette } from "./parts/palette/open.js";
import { start as startPeek } from "./parts/peek.js";
import { start as startRows } from "./parts/rows.js";
import { start as startSheet } from "./parts/sheet.js";
import { start as startSound } from "./parts/sound.js";
import { start as startStream } from "./parts/stream.js";
import { start as startTimes } from "./parts/times.js";
import { start as startToasts } from "./parts/toasts.js";
import { start as startUndo } from "./parts/undo.js";
import { start as startWatch } from "./parts/watch.js";

startTimes();
startMenus();
startForms();
startSound();
startToasts();
startStream();
startUndo();
startWatch();
startChips();
if (document.body.dataset.session) {
  startKeys();
  startPlaces();
  startPeek();
  startRows();
  startSheet();
  startHelp();
  startPalette();
}

// On a phone, scroll the current tab into view.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// A rep without a time zone gets the browser's.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const field = document.querySelector("[data-browser-zone]");
if (field && field.value === "UTC") field.value = zone;
if (document.body.dataset.zone === "UTC" && zone && zone !== "UTC" && !sessionStorage.getItem("leadlight-zone")) {
  sessionStorage.setItem("leadlight-zone", zone);
  post("/settings/me/zone", { timezone: zone }).catch(() => {});
}
