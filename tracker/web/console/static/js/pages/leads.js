// Lists with filters (leads, emails): a changed filter applies at once, the search on submit.
import { startConditions } from "../parts/condition.js";
import { start as startCount } from "../parts/count.js";

startCount();

const panel = document.querySelector("[data-conditions]");
if (panel) startConditions(panel);
const form = document.querySelector("form[data-auto]");
if (form) {
  const go = () => {
    const chosen = [...new FormData(form)].filter(([, value]) => value);
    location.assign(`${form.getAttribute("action")}${chosen.length ? `?${new URLSearchParams(chosen)}` : ""}`);
  };
  form.querySelector("[data-auto-button]").hidden = true;
  form.addEventListener("change", (event) => event.target.matches("select") && go());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go();
  });
}
