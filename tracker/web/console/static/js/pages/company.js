// The page of a company: submits its form in place, and refreshes when one of its people is on the site.
import { post, text } from "../parts/http.js";
import { patch } from "../parts/patch.js";
import { refuse, settle } from "../parts/stale.js";
import { listen } from "../parts/stream.js";
import { tick } from "../parts/times.js";

const DEBOUNCE = 600;
const EVERY = 60000;
const page = document.querySelector("[data-company]");
let timer = 0;

async function redraw() {
  const fresh = new DOMParser().parseFromString(await text(location.pathname), "text/html").querySelector("[data-company]");
  if (!fresh) return;
  patch(page, fresh);
  tick(page);
}

/** Refreshes soon, but not while a form is in use. */
function soon() {
  timer ||= setTimeout(() => {
    timer = 0;
    if (page.querySelector("details.more[open]")) soon();
    else redraw().catch(() => {});
  }, DEBOUNCE);
}

page.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("patch" in form.dataset)) return;
  event.preventDefault();
  const error = form.querySelector("[data-error]");
  error.hidden = true;
  try {
    await post(form.getAttribute("action"), new FormData(form));
    settle(form);
    const box = form.closest("details");
    box.open = false;
    await redraw();
    box.querySelector("summary").focus();
  } catch (problem) {
    refuse(form, error, problem);
  } finally {
    delete form.dataset.sent;
  }
});

const isShown = (lead) => lead && page.querySelector(`[data-row][data-key="${CSS.escape(lead)}"]`);
listen((kind, data) => {
  if (["event", "alert", "presence"].includes(kind) && isShown(data?.lead)) soon();
});
setInterval(soon, EVERY);
