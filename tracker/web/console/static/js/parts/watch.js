// The buttons "Alert me about this page": one click switches alerts on or off, on every button of the same page.
import { post, Refused } from "./http.js";

function show(form, { id, is_on: isOn }) {
  form.action = isOn ? `/watched-pages/${encodeURIComponent(id)}/stop` : "/watched-pages";
  const button = form.querySelector("button");
  button.dataset.state = isOn ? "on" : "off";
  button.querySelector("span").textContent = isOn ? button.dataset.on : button.dataset.off;
}

async function toggle(form) {
  const error = form.querySelector("[data-error]");
  error.hidden = true;
  try {
    const response = await post(form.getAttribute("action"), new FormData(form));
    const state = await response.json();
    for (const other of document.querySelectorAll("form[data-watch]")) if (other.dataset.watch === form.dataset.watch) show(other, state);
  } catch (problem) {
    error.textContent = problem instanceof Refused ? problem.message : "No connection. Nothing was changed. Try again.";
    error.hidden = false;
  }
}

export function start() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("watch" in form.dataset) || event.defaultPrevented) return;
    event.preventDefault();
    toggle(form).finally(() => delete form.dataset.sent);
  });
}
