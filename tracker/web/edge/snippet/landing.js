// The landing token: read once and removed from the address bar at once, so that it is not copied, bookmarked or leaked.
function land() {
  var rest = place.search.slice(1).split("&").filter(function (part) {
    var token = /^ll=([\w-]{40,}\.[\w-]{43})$/.exec(part);
    if (token) landing = token[1];
    return !token;
  }).join("&");
  if (landing) h.replaceState(h.state, "", place.pathname + (rest && "?" + rest) + place.hash);
}
