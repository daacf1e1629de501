// Only the top page is a visit. In a frame of the site, clicks and sent forms are handed to the snippet of the top page, if that is a page
// of the site too; it tells them as its own, if the visitor agreed to it.
function topOrigin() {
  var above = place.ancestorOrigins;
  if (above) return above[above.length - 1];
  try { return w.top.location.origin; } catch (_) { return w.parent === w.top ? originOf(d.referrer) : ""; }
}

function handUp(kind, more) {
  var origin = topOrigin();
  if (agreed !== false && origins.indexOf(origin) >= 0) w.top.postMessage({ leadlight: kind, trusted: performance.now() - pressed < 5e3, act: more }, origin);
}

function handedUp(event) {
  var found = event.data || 0, act = found.act || 0;
  if (!/^(click|download|submit)$/.test(found.leadlight) || origins.indexOf(event.origin) < 0) return;
  alive({ isTrusted: found.trusted, type: "click" });
  put(found.leadlight, { target: act.target, text: act.text, fields: act.fields, form: act.form, trusted: act.trusted });
}
