function put(kind, more) {
  if (isFramed) return handUp(kind, more);
  if (!page || isRefused || !allowed()) return;
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
  if (sending || isRefused || !queue.length || !allowed()) return;
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
    answered(answer);
    return answer.status >= 500;
  }, function () {
    answered();
    return !isRefused;
  }).then(safe(done));
  sending = true;
}

// The page is being closed: events that a beacon does not accept are kept for this or the next page of this site.
function flushLast() {
  while (queue.length && allowed() && !isRefused) {
    if (!n.onLine || !n.sendBeacon || !n.sendBeacon(endpoint, body(queue.slice(0, 12)))) {
      unsave();
      localStorage.setItem(SAVED, JSON.stringify(queue.slice(-200)));
      queue = [];
      return;
    }
    queue.splice(0, 12);
    landing = null;
    if (isForeign) stop();
  }
}

// Kept events are sent before new ones. Repeats are harmless: events have ids.
function unsave() {
  if (!visitor) return;
  var saved = recall(SAVED);
  remember(SAVED, null);
  if (saved) queue = JSON.parse(saved).concat(queue);
}
