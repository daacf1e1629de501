/*
 * Leadlight's snippet: reports to the edge what a visitor reads on the company's own site. Served by routes/snippet.py as
 * <script async src="https://…/t.js?s=<site key>"></script>; minified by deploy/build_snippet.py. No dependency.
 *
 * - Active time is time visible with activity (pointer, key, touch, wheel, scroll) in the last minute. It begins with the first input
 *   on the page: a page that is only shown counts nothing. It, the scroll depth and the inputs are cumulative per page view.
 * - Inputs are counted where the browser itself made the event (isTrusted); a page's first input is reported at once. Scroll events
 *   are no inputs, since scripts cause them too. A form counts as sent by a person within five seconds of a press or key.
 * - A page that the browser prerenders is reported once it is shown, and its landing token is kept until then.
 * - Activity on a page after half an hour of silence is a new view. Changes of the tab meanwhile are not: shown in passing, or
 *   closed. A visible page without activity is reported for five minutes.
 * - Nothing is stored or sent before consent(true) with data-consent="wait", nor under Global Privacy Control or Do Not Track.
 *   A page may say window.leadlight = {consent: true} (or false) before this script loads. The choice in one tab applies to all.
 * - Form values leave the browser only for the fields the company allows; passwords, hidden fields and cards never.
 *   What identifies a form goes with it: id or name, address, and the types and names of at most 30 fields, of passwords the type only.
 * - A page framed by the console's replay (frame name or hash "leadlight-replay") is not a visit; it scrolls where the replay asks it to.
 * - Every failure is silent: the page is never affected.
 */
(function (known) {
  "use strict";
  var w = window, d = document, n = navigator, h = history, place = location, script = d.currentScript;
  var IDLE = 6e4, BEAT = 1e4, GIVE_UP = 3e5, GAP = 18e5, STORE = "leadlight", SAVED = "leadlight.unsent";
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
  var refused = script.getAttribute("data-consent") === "wait" ||
    n.globalPrivacyControl || n.doNotTrack === "1" || w.doNotTrack === "1";
  var agreed = preset === !!preset ? preset : null;
  var queue = [], page = null, landing = null, visitor = null, key = "", wait = 0, sending = false, pressed = -BEAT;
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

  // The landing token: read once and removed from the address bar at once, so that it is not copied, bookmarked or leaked.
  function land() {
    var rest = place.search.slice(1).split("&").filter(function (part) {
      var token = /^ll=([\w-]{40,}\.[\w-]{43})$/.exec(part);
      if (token) landing = token[1];
      return !token;
    }).join("&");
    if (landing) h.replaceState(h.state, "", place.pathname + (rest && "?" + rest) + place.hash);
  }

  function address() {
    var hash = /^#[!\/]/.test(place.hash) ? place.hash : "";
    var whole = place.origin + place.pathname + place.search + hash;
    return whole.length > 2000 ? (place.origin + place.pathname).slice(0, 2000) : whole;
  }

  function put(kind, more) {
    if (!page || !allowed()) return;
    queue.push(Object.assign({ id: uid(), kind: kind, page: page.id, url: page.url, at: page.told = Date.now() }, more));
    setTimeout(safe(flush), 0);
  }

  function body(events) {
    var now = Date.now();
    return JSON.stringify({
      site: known.site, visitor: visitor, ll: landing || undefined, consent: agreed || undefined,
      events: events.map(function (event) {
        return Object.assign({}, event, { ago_ms: now - event.at, at: undefined });
      })
    });
  }

  function flush() {
    if (sending || !queue.length || !allowed()) return;
    var events = queue.slice(0, 12), carried = landing;
    function done(retry) {
      sending = false;
      if (retry) return setTimeout(flush, wait = Math.min(wait * 2 || 2e3, 6e4));
      wait = 0;
      queue = queue.filter(function (event) { return events.indexOf(event) < 0; });
      if (landing === carried) landing = null;
      flush();
    }
    fetch(endpoint, { method: "POST", body: body(events), keepalive: true, credentials: "omit" }).then(function (answer) {
      return answer.status >= 500;
    }, function () { return true; }).then(safe(done));
    sending = true;
  }

  // The page is being closed: events that a beacon does not accept are kept for this or the next page of this site.
  function flushLast() {
    while (queue.length && allowed()) {
      if (!n.onLine || !n.sendBeacon || !n.sendBeacon(endpoint, body(queue.slice(0, 12)))) {
        unsave();
        localStorage.setItem(SAVED, JSON.stringify(queue.slice(-200)));
        queue = [];
        return;
      }
      queue.splice(0, 12);
      landing = null;
    }
  }

  // Kept events are sent before new ones. Repeats are harmless: events have ids.
  function unsave() {
    if (!visitor) return;
    var saved = recall(SAVED);
    remember(SAVED, null);
    if (saved) queue = JSON.parse(saved).concat(queue);
  }

  function count() {
    if (!page) return;
    var now = performance.now(), until = page.inputs ? Math.min(now, page.alive + IDLE) : 0;
    if (page.since && until > page.since) page.active += until - page.since;
    page.since = d.hidden ? null : now;
    var tall = Math.max(d.documentElement.scrollHeight, d.body ? d.body.scrollHeight : 1);
    page.scroll = Math.max(page.scroll, Math.min(100, Math.round((w.scrollY + w.innerHeight) / tall * 100)));
  }

  function input() {
    return { count: page.inputs, first_ms: page.first, webdriver: n.webdriver || undefined, prerendered: prerendered };
  }

  function measured(more) {
    count();
    return Object.assign({ active_ms: Math.round(page.active), scroll: page.scroll, input: input() }, more);
  }

  // Half an hour without a message ended the visit. By wall-clock time: the monotonic clock may stop while a laptop sleeps.
  function isOver() {
    return !page || Date.now() - page.told >= GAP;
  }

  // Hidden, or without activity, the page was left one heartbeat after the last message.
  function leave() {
    if (!isOver()) put("leave", measured({ at: Math.min(Date.now(), page.told + BEAT) }));
    page = null;
  }

  function view(late) {
    if (!allowed() || d.hidden || d.prerendering) return;
    var referrer = key || d.referrer;
    leave();
    if (!visitor) {
      visitor = recall(STORE);
      if (!/^[\w-]{8,64}$/.test(visitor || "")) remember(STORE, visitor = uid());
    }
    var now = performance.now(), at = Date.now();
    var mine = page = { id: uid(), url: key = address(), active: 0, scroll: 0, since: now, began: now, alive: now, told: at, inputs: 0 };
    function tell() {
      if (page !== mine) return;
      count();
      page.isTold = true;
      put("view", { title: d.title.slice(0, 300), referrer: referrer, scroll: page.scroll, input: input(), at: at });
    }
    // A single-page application sets the title shortly after the URL.
    if (late) setTimeout(safe(tell), 300); else tell();
    unsave();
  }

  function moved() {
    if (address() !== key) view(true);
  }

  function alive(event) {
    if (!event.isTrusted) return;
    var isInput = !/^(scroll|submit)$/.test(event.type);
    if (isInput && !/^(pointermove|wheel)$/.test(event.type)) pressed = performance.now();
    if (isInput && isOver()) view();
    if (isOver() || !(isInput || page.inputs)) return;
    var now = performance.now(), isFirst = !page.inputs, isDue = isFirst || now - page.alive >= 1000;
    if (isDue) {
      count();
      page.alive = now;
    }
    if (isInput) page.inputs = Math.min(1000, page.inputs + 1);
    if (isFirst) page.first = Math.round(now - page.began);
    if (!isDue) return;
    // Before a late view is reported, the view itself carries the input.
    if ((isFirst && page.isTold) || Date.now() - page.told > BEAT) beat();
    moved();
  }

  function clicked(event) {
    alive(event);
    var link = event.target.closest("a[href],area[href]");
    if (!link || !event.isTrusted || event.button > 1 || !/^(https?|mailto|tel):/.test(link.href)) return;
    var isFile = link.hasAttribute("download") ||
      /\.(pdf|docx?|xlsx?|pptx?|csv|zip|rar|7z|gz|dmg|exe|msi|apk|mp[34]|mov|avi|epub|ics|vcf)$/i.test(link.pathname);
    if (isFile) put("download", { target: link.href.slice(0, 2000) });
    else if (link.host !== place.host) put("click", { target: link.href.slice(0, 2000) });
  }

  function submitted(event) {
    var form = event.target, fields = {}, total = 0, asked = {};
    [].map.call(form.elements, function (field) {
      var name = field.name, type = field.type, use = field.autocomplete + type, secret = /password/.test(use);
      if (/^(hidden|submit|button|reset|image|fieldset)$/.test(type)) return;
      asked[secret ? "password " : type + " " + (name || field.id)] = 1;
      if (!name || secret || total >= 40 || /^cc-|file$/.test(use)) return;
      if (/pass|card|cvc|cvv|iban|ssn/i.test(name) || (/^(radio|checkbox)$/.test(type) && !field.checked)) return;
      total++;
      fields[name.slice(0, 100)] = known.fields.indexOf(name.toLowerCase()) < 0 ? "" : String(field.value).slice(0, 1000);
    });
    // Not form.id, form.name and form.action: these are fields where a field has that name.
    var id = form.getAttribute("id") || form.getAttribute("name") || "", action = form.getAttribute("action") || "";
    alive(event);
    put("submit", measured({
      target: (id || action || "form").slice(0, 200), fields: fields,
      trusted: event.isTrusted && performance.now() - pressed < 5e3 || undefined,
      form: { id: id, action: action.split(/[?#]/)[0], fields: Object.keys(asked).slice(0, 30) }
    }));
  }

  function beat() {
    if (!isOver() && performance.now() - page.alive < GIVE_UP) put("beat", measured());
  }

  function seen() {
    if (!page) view();
    if (d.hidden) beat();
    count();
    if (d.hidden) flushLast(); else unsave();
  }

  function on(target, types, work) {
    types.split(" ").forEach(function (type) { target.addEventListener(type, safe(work), { capture: true, passive: true }); });
  }

  function consent(yes) {
    if (yes) agreed = true;
    else {
      forget(false);
      remember(STORE, null);
      remember(SAVED, null);
    }
    if (!page) view();
  }

  function forget(refusal) {
    agreed = refusal;
    page = visitor = landing = null;
    queue = [];
  }

  // Another tab withdrew the consent (0) or gave it again. A refusal in this tab (false) is not changed by another tab.
  function heard(event) {
    if (event.key !== STORE || agreed === false) return;
    if (!event.newValue) forget(0);
    else if (agreed === 0) agreed = null;
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
})(__LEADLIGHT__);
