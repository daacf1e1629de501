// Undo: a toast with a button for ten seconds after a change; Ctrl+Z outside of fields does the same. Text only, never markup.
import { post, sentence } from "./http.js";
import { bind } from "./keys/keys.js";
import { say } from "./toasts.js";

const SHOWN_FOR = 10000;
let last = null;

/** Shows what was done, with *Undo*. `change`: its id, or a function that reverses it. `after` runs when it was undone. */
export function offerUndo(message, change, after = () => location.reload()) {
  if (!change) return message && say(message);
  last?.close();
  const toast = document.createElement("article");
  toast.className = "toast toast-quiet";
  const head = document.createElement("h3");
  head.textContent = message;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "toast-undo";
  button.textContent = "Undo";
  head.append(" ", button);
  toast.append(head);
  document.querySelector("[data-toasts]").prepend(toast);
  const shown = { run: () => run(change, button, shown, after), close: () => (clearTimeout(shown.timer), toast.remove(), last === shown && (last = null)) };
  shown.timer = setTimeout(shown.close, SHOWN_FOR);
  button.addEventListener("click", shown.run);
  last = shown;
}

async function run(change, button, shown, after) {
  button.disabled = true;
  try {
    const answer = typeof change === "function" ? await change() : await post(`/changes/${encodeURIComponent(change)}/undo`);
    shown.close();
    say(typeof change === "function" ? "Undone." : (await answer.json()).text);
    await after();
  } catch (problem) {
    shown.close();
    say(sentence(problem));
  }
}

/** Undo of the last change by keyboard, and of a change that the page reports above its content, for ten seconds. */
export function start() {
  const flash = document.querySelector("[data-undo]");
  if (flash) setTimeout(() => flash.remove(), SHOWN_FOR);
  bind({
    undo: () => {
      const form = document.querySelector("[data-undo]");
      if (last) last.run();
      else if (form) form.requestSubmit();
      else return false;
    },
  });
}
