function on(target, types, work) {
  types.split(" ").forEach(function (type) { target.addEventListener(type, safe(work), { capture: true, passive: true }); });
}

safe(function () {
  land();
  w.leadlight = { consent: safe(consent), view: safe(function () { view(true); }) };
  ["pushState", "replaceState"].forEach(function (name) {
    var original = h[name];
    h[name] = function (state, title, url) {
      var given = [].slice.call(arguments);
      // An empty address would be the present one with its query.
      if (url && CARRIED.test(url)) given[2] = scrubbed(String(url)) || place.pathname;
      var result = original.apply(this, given);
      safe(moved)(name.slice(0, -5));
      return result;
    };
  });
  if (w.navigation) on(navigation, "currententrychange", function (event) { moved(event.navigationType); });
  on(w, "popstate hashchange", moved);
  if (isFramed) {
    on(d, "click auxclick", clicked);
    on(d, "submit", submitted);
    on(d, "pointerdown keydown touchstart", alive);
    return;
  }
  on(w, "message", handedUp);
  new MutationObserver(safe(titled)).observe(d.head, { childList: true, subtree: true, characterData: true });
  on(w, "pageshow", function (event) {
    if (event.persisted && visitor && !recall(STORE)) consent(false);
    if (!page) view();
  });
  on(w, "pagehide", function () { leave(d.title.slice(0, 300)); flushLast(); });
  on(w, "online", function () { unsave(); flush(); });
  on(w, "storage", heard);
  on(d, "visibilitychange prerenderingchange", seen);
  on(d, "pointermove pointerdown keydown touchstart wheel scroll", alive);
  on(d, "scroll", count);
  on(d, "click auxclick", clicked);
  on(d, "submit", submitted);
  setInterval(safe(function () {
    if (!d.hidden) beat();
  }), BEAT);
  view();
})();
