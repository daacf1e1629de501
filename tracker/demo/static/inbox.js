/* The inbox notices new mail by itself and writes times in the reader's own zone. */
"use strict";
(() => {
  const time = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  for (const element of document.querySelectorAll("time[datetime]")) {
    element.textContent = time.format(new Date(element.dateTime));
  }
  const known = document.body.dataset.newest;
  const look = async () => {
    if (document.visibilityState !== "visible") return;
    let newest = known;
    try {
      const answer = await fetch("/inbox/newest", { cache: "no-store" });
      if (answer.ok) newest = await answer.text();
    } catch {
      return; // The demo was removed or restarts; the next look will tell.
    }
    if (newest === known) return;
    if (document.body.classList.contains("reading")) document.querySelector(".news").hidden = false;
    else location.reload();
  };
  setInterval(look, 1500);
  document.addEventListener("visibilitychange", look);
})();
