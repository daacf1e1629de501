// Loaded by every page: small behaviours bound by data attributes, the live stream, toasts.
import { post } from "./http.js";
import { start as startMenus } from "./menus.js";
import { start as startSound } from "./sound.js";
import { start as startStream } from "./stream.js";
import { start as startTimes } from "./times.js";
import { start as startToasts } from "./toasts.js";

startTimes();
startMenus();
startSound();
startToasts();
startStream();

// On a phone there are more tabs than fit; the one that is open is in sight.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// A rep whose time zone nobody has told yet gets that of the browser.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const field = document.querySelector("[data-browser-zone]");
if (field && field.value === "UTC") field.value = zone;
if (document.body.dataset.zone === "UTC" && zone && zone !== "UTC" && !sessionStorage.getItem("leadlight-zone")) {
  sessionStorage.setItem("leadlight-zone", zone);
  post("/settings/me/zone", { timezone: zone }).catch(() => {});
}
