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
  if (isFirst) {
    page.first = Math.round(now - page.began);
    page.since = null; // active time begins when this is told, so that the first message tells none
  }
  if (!isDue) return;
  // Before a late view is reported, the view itself carries the input.
  if ((isFirst && page.isTold) || Date.now() - page.told > BEAT) beat();
  moved();
}

function beat(more) {
  if (!isOver() && performance.now() - page.alive < GIVE_UP) put("beat", measured(more));
}

function seen() {
  if (!page) view();
  if (d.hidden) beat();
  count();
  if (d.hidden) flushLast(); else unsave();
}
