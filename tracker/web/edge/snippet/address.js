// The address as the browser has it, without a plain anchor: a hash route (#/… or #!/…) says what is read, as a path does.
function address() {
  return place.origin + place.pathname + place.search + (/^#!?\//.test(place.hash) ? place.hash : "");
}

// What is read at an address: path and hash route, whatever their queries.
function route(url) {
  return url.split("#").map(function (part) { return part.split("?")[0]; }).join("#");
}

// Every address that leaves the browser goes through here: that of the page, its referrer, and what a link or form leads to.
function told(whole) {
  var found = cleaned(scrubbed(whole));
  return found.length > 2000 ? found.split(/[?#]/)[0].slice(0, 2000) : found;
}
