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
  var referrer = key || told(d.referrer);
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
