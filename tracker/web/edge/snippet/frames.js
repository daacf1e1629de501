// Only the top page is a visit. In a frame of the site, clicks and sent forms are handed to the snippet of the top page, if that is a page
// of the site too; it tells them as its own, if the visitor agreed to it.
function topOrigin() {
  var above = place.ancestorOrigins;
  try { return w.top.location.origin; } catch (_) { return above ? above[above.length - 1] : originOf(d.referrer); }
}

function handUp(kind, more) {
  var origin = topOrigin();
  if (agreed !== false && origins.indexOf(origin) >= 0) w.top.postMessage({ leadlight: kind, act: more }, origin);
}

function handedUp(event) {
  var kind = event.data && event.data.leadlight, act = event.data.act;
  if (!/^(click|download|submit)$/.test(kind) || origins.indexOf(event.origin) < 0) return;
  alive({ isTrusted: kind !== "submit" || act.trusted, type: "click" });
  put(kind, { target: act.target, text: act.text, fields: act.fields, form: act.form, trusted: act.trusted });
}
