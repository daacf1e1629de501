// What a link to this page carries: the landing token of a click in a mail, or the visitor's name from another origin of the site.
// It is read once and removed from the address bar at once, so that it is not copied, bookmarked or leaked; and again wherever a
// router writes it back. It is kept in memory only: who has not consented yet takes it along on links of the site (see carry).
var parameter = known.landing === undefined ? "ll" : known.landing, handed = null, cleanings = 0;
var CARRIED = new RegExp("([?&#]|%3f|%26)(?:ll" + (parameter ? "|" + parameter : "") +
  ")(?:=|%3d)([\\w-]{40,}\\.[\\w-]{43}|v\\.[\\w-]{8,64}\\.\\d{13})(?:(?!%26)[^&#])*(&|%26)?", "i");
var HAND_OVER = 6e4;

function scrubbed(text) {
  for (var found; (found = CARRIED.exec(text));) {
    text = text.slice(0, found.index) + (found[3] ? found[1] : "") + text.slice(found.index + found[0].length);
  }
  return text;
}

function originOf(url) {
  try { return new URL(url).origin; } catch (_) { return ""; }
}

function land() {
  var found = CARRIED.exec(place.href), parts = found && found[2].split("."), from = originOf(d.referrer);
  if (!found) return;
  if (parts.length < 3) landing = found[2];
  else if (Math.abs(Date.now() - parts[2]) < HAND_OVER && from !== place.origin && origins.indexOf(from) >= 0) handed = parts[1];
  clean();
}

// The number of cleanings is limited: a page may insist on its address.
function clean() {
  if (CARRIED.test(place.href) && cleanings++ < 50) h.replaceState(h.state, "", scrubbed(place.href));
}

// A click on a link of the site takes along what the next page cannot know: the landing token while consent is awaited (nothing may
// be stored), or the visitor's name for another origin. Only for this click: the page's own link stays as it is.
function carry(link) {
  var value = waits && agreed === null && !hasSignal ? landing :
    link.origin !== place.origin && allowed() && visitor && "v." + visitor + "." + Date.now();
  if (!value || !parameter || origins.indexOf(link.origin) < 0) return;
  // A link within this page loads nothing.
  if (link.href.split("#")[0] === place.href.split("#")[0]) return;
  if (new RegExp("[?&]" + parameter + "(=|&|$)").test(link.search)) return;
  var before = link.getAttribute("href"), parts = link.href.split("#");
  link.href = parts.shift() + (link.search ? "&" : "?") + parameter + "=" + value + (parts.length ? "#" + parts.join("#") : "");
  var after = link.getAttribute("href");
  setTimeout(function () {
    if (link.getAttribute("href") === after) link.setAttribute("href", before);
  }, 0);
}
