// The table of leads: cells edited in place, rows selected, and the bar for the selected ones.
import { showChosen } from "../parts/chosen.js";
import { start as startCells } from "../parts/cells.js";
import { post, sentence, text } from "../parts/http.js";
import { patch } from "../parts/patch.js";
import { start as startSelection } from "../parts/selection.js";
import { tick } from "../parts/times.js";
import { say } from "../parts/toasts.js";
import { offerUndo } from "../parts/undo.js";

const root = document.querySelector("[data-leads]");
const bar = document.querySelector("[data-bulk]");
if (bar) {
  bar.dataset.enhanced = "";
  bar.addEventListener("change", () => showChosen(bar));
  showChosen(bar);
}

async function refresh() {
  const fresh = new DOMParser().parseFromString(await text(location.pathname + location.search), "text/html");
  const wanted = fresh.querySelector("[data-leads] tbody");
  if (!wanted) return location.reload();
  patch(root.querySelector("tbody"), wanted);
  tick(root);
  selection.show();
}

async function change(form, button) {
  const data = new FormData(form);
  data.set(button.name, button.value);
  button.disabled = true;
  try {
    const answer = await (await post(form.getAttribute("action"), data)).json();
    for (const menu of form.querySelectorAll("details[open]")) menu.open = false;
    await refresh();
    offerUndo(answer.text, answer.change, refresh);
  } catch (problem) {
    say(sentence(problem));
  }
  button.disabled = false;
}

const selection = root && startSelection(root, bar);
if (root) {
  startCells(root, refresh);
  document.addEventListener("leadlight:changed", () => refresh().catch(() => {}));
  bar.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    event.stopPropagation();
    change(bar, event.submitter);
  });
}
