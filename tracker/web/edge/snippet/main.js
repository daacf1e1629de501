function on(target, types, work) {
  types.split(" ").forEach(function (type) { target.addEventListener(type, safe(work), { capture: true, passive: true }); });
}

safe(function () {
  land();
  w.leadlight = { consent: safe(consent), view: safe(function () { view(true); }) };
  ["pushState", "replaceState"].forEach(function (name) {
    var original = h[name];
    h[name] = function () {
      var result = original.apply(this, arguments);
      safe(moved)();
      return result;
    };
  });
  on(w, "popstate hashchange", moved);
  on(w, "pageshow", function (event) {
    if (event.persisted && visitor && !recall(STORE)) consent(false);
    if (!page) view();
  });
  on(w, "pagehide", function () { leave(); flushLast(); });
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
