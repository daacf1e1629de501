/*
 * Leadlight's snippet: reports to the edge what a visitor reads on the company's own site. Served by routes/snippet.py as
 * <script async src="https://…/t.js?s=<site key>"></script>; made of the sources
 * that deploy/build_snippet.py lists, in its order, as one function; `known` is the site's configuration. No dependency.
 *
 * - Active time is time visible with activity (pointer, key, touch, wheel, scroll) in the last minute. It begins with the first input
 *   on the page: a page that is only shown counts nothing. It, the scroll depth and the inputs are cumulative per page view.
 * - Inputs are counted where the browser itself made the event (isTrusted); a page's first input is reported at once. Scroll events
 *   are no inputs, since scripts cause them too. A form counts as sent by a person within five seconds of a press or key.
 * - A page that the browser prerenders is reported once it is shown, and its landing token is kept until then.
 * - A view is a change of what is read: see view.js. Only the top page is a visit: see frames.js.
 * - Activity on a page after half an hour of silence is a new view. Changes of the tab meanwhile are not: shown in passing, or
 *   closed. A visible page without activity is reported for five minutes.
 * - Nothing is stored or sent before consent(true) with data-consent="wait" or with &consent=wait in the script's address, nor under
 *   Global Privacy Control or Do Not Track.
 *   A page may say window.leadlight = {consent: true} (or false) before this script loads. The choice in one tab applies to all.
 * - Form values leave the browser only for the fields the company allows; passwords, hidden fields and cards never. Of fields with
 *   autocomplete=cc-* and of what is marked data-private, not even the names.
 *   What identifies a form goes with it: id or name, address, and the types and names of at most 30 fields, of passwords the type only.
 * - Confidential parts of addresses are removed before an address is told (confidential.js).
 * - A page framed by the console's replay (frame name or hash "leadlight-replay") is not a visit; it scrolls where the replay asks it to.
 * - Every failure is silent: the page is never affected.
 */
var w = window, d = document, n = navigator, h = history, place = location, script = d.currentScript;
var IDLE = 6e4, BEAT = 1e4, GIVE_UP = 3e5, GAP = 18e5, SETTLE = 300, STORE = "leadlight", SAVED = "leadlight.unsent";
var preset = w.leadlight && w.leadlight.consent;
// The replay shows this page: it is told that the snippet runs, and sends the scroll depth of the lead. 100 is the end of the page.
if (w !== w.top && /^#?leadlight-replay/.test(w.name || place.hash)) {
  w.addEventListener("message", function (event) {
    var asked = event.data || 0;
    if (asked.leadlight) w.scrollTo(0, asked.scroll / 100 * d.documentElement.scrollHeight - w.innerHeight);
  });
  w.parent.postMessage({ leadlight: "replay" }, "*");
  return;
}
if (!script || (preset && preset.call)) return;

var endpoint = script.src.replace(/t\.js(\?.*)?$/, "e");
var waits = script.getAttribute("data-consent") === "wait" || /[?&]consent=wait(&|$)/.test(script.src);
var hasSignal = n.globalPrivacyControl || n.doNotTrack === "1" || w.doNotTrack === "1";
var refused = waits || hasSignal;
var agreed = preset === !!preset ? preset : null;
var queue = [], page = null, landing = null, visitor = null, key = "", wait = 0, sending = false, pressed = -BEAT;
var origins = known.origins || [], isFramed = w !== w.top;
var timing = w.performance.getEntriesByType && performance.getEntriesByType("navigation")[0];
var prerendered = d.prerendering || (timing && timing.activationStart > 0) || undefined;

function safe(work) {
  return function (event) {
    try { return work(event); } catch (_) { /* the page comes first */ }
  };
}

function uid() {
  return [].map.call(crypto.getRandomValues(new Uint8Array(12)), function (byte) {
    return (byte + 256).toString(16).slice(1);
  }).join("");
}

function recall(name) {
  try { return localStorage.getItem(name); } catch (_) { return null; }
}

function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(name); else localStorage.setItem(name, value);
  } catch (_) { /* storage is blocked: this page view stands alone */ }
}

function allowed() {
  return agreed === null ? !refused : agreed;
}
