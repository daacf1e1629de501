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
  if (!page) return more;
  count();
  return Object.assign({ active_ms: Math.round(page.active), scroll: page.scroll, input: input() }, more);
}

// Half an hour without a message ended the visit. By wall-clock time: the monotonic clock may stop while a laptop sleeps.
function isOver() {
  return !page || Date.now() - page.told >= GAP;
}

// Hidden, or without activity, the page was left one heartbeat after the last message.
function leave(title) {
  if (!isOver()) {
    if (!page.isTold) page.tell();
    put("leave", measured({ at: Math.min(Date.now(), page.told + BEAT), title: page.amending ? title || page.title : undefined }));
  }
  page = null;
}

function view(late) {
  if (isFramed || !allowed() || d.hidden || d.prerendering) return;
  var referrer = told(key || d.referrer);
  leave();
  if (!visitor) {
    visitor = recall(STORE);
    if (!/^[\w-]{8,64}$/.test(visitor || "")) remember(STORE, visitor = handed || uid());
    handed = null;
  }
  var now = performance.now(), at = Date.now();
  key = address();
  var mine = page = { id: uid(), url: told(key), active: 0, scroll: 0, since: now, began: now, moved: now, alive: now, told: at, inputs: 0, amended: 0, acts: 0 };
  page.tell = function () {
    if (page !== mine || page.isTold) return;
    count();
    page.isTold = true;
    put("view", { title: page.title = d.title.slice(0, 300), referrer: referrer, scroll: page.scroll, input: input(), at: at });
  };
  // A single-page application sets the title shortly after the URL, and may go on to another one.
  if (late) setTimeout(safe(page.tell), SETTLE); else page.tell();
  unsave();
}

// A view is a change of what is read. Not one: the same address; another query or anchor by replaceState; a run of changes without a
// press or key between them, such as a router's redirects while the page loads. These are folded: the view has the last address.
function moved(how) {
  clean();
  var now = address();
  if (now === key) return;
  var isSame = route(now) === route(key);
  if (page && (how === "replace" && isSame || isRun(how))) {
    if (!isSame) page.moved = performance.now();
    key = now;
    page.url = told(now);
    amend();
  } else view(true);
}

function isRun(how) {
  if (isOver() || pressed > page.moved) return;
  return !page.isTold || d.readyState !== "complete" || how === "replace" && performance.now() - page.moved < SETTLE;
}

// Tells the last address and title of a view that was told with others.
function amend() {
  var mine = page;
  if (!page.isTold || page.amending || page.amended > 19) return;
  page.amending = setTimeout(safe(function () {
    if (page !== mine) return;
    page.amending = 0;
    page.amended++;
    page.title = d.title.slice(0, 300);
    beat({ title: page.title });
  }), SETTLE);
}

// A title that comes late. One that changes later on is a message to the reader, such as a number of unread mails.
function titled() {
  if (page && !d.hidden && d.title.slice(0, 300) !== page.title && performance.now() - page.began < BEAT) amend();
}
