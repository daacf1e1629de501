// The address of the page as it is told. Whatever may not leave the browser is removed here (see confidential.js).
function address() {
  var hash = /^#[!\/]/.test(place.hash) ? place.hash : "";
  var whole = place.origin + place.pathname + place.search + hash;
  return told(whole, place.origin + place.pathname);
}

// Every address that leaves the browser goes through here: that of the page, its referrer, and what a link or form leads to.
function told(whole, short) {
  var found = cleaned(whole);
  return found.length > 2000 ? cleaned(short || whole).slice(0, 2000) : found;
}
