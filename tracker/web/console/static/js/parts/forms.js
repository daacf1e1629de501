// Forms: a test alert without leaving the page, so that its toast and sound come at once; and a question before typed text is lost.
import { post } from "./http.js";
import { say } from "./toasts.js";

const changed = new Set();

/** Forms that people fill in and save. Others, such as filters and searches, lose nothing. */
const isKept = (form) => form?.matches("form.form[method=post], form[data-compose]") && !form.querySelector("[type=password]");

async function testHere(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await post(form.action);
  } catch (error) {
    say(error.message, "quiet");
  }
  button.disabled = false;
}

export function start() {
  addEventListener("input", (event) => event.isTrusted && isKept(event.target.form) && changed.add(event.target.form));
  addEventListener("submit", (event) => {
    changed.delete(event.target);
    if (!event.target.getAttribute("action")?.endsWith("/settings/alerts/me/console/test")) return;
    event.preventDefault();
    testHere(event.target);
  });
  addEventListener("beforeunload", (event) => {
    if ([...changed].some((form) => form.isConnected)) event.preventDefault();
  });
}
