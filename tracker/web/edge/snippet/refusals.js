// Refusals that no retry can change: once `isRefused` is set, nothing is sent any more, on this page and in this tab. A page of an origin
// that the site does not have is told once, so that the company sees it; its answer cannot be read. The note in sessionStorage names
// the site, and the origin if it is the reason: once that origin is added, it does not apply any more.
var REFUSED = "leadlight.refused", isForeign = !!known.origins && known.origins.indexOf(place.origin) < 0;
var refusal = known.site + (isForeign ? " " + place.origin : ""), isRefused = safe(function () {
  return sessionStorage.getItem(REFUSED) === refusal;
})();

function stop() {
  isRefused = true;
  queue = [];
  safe(function () { sessionStorage.setItem(REFUSED, refusal); })();
}

// Called with every answer, and without one after a failed request. Other answers of status 400 refuse these events only.
function answered(answer) {
  var status = answer ? answer.status : 0;
  if (isForeign ? answer || n.onLine : /^(403|404|410)$/.test(status)) return stop();
  if (status === 400) answer.text().then(function (code) {
    if (/^(unknown_site|wrong_origin)\b/.test(code)) stop();
  });
}
