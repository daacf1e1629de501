// Settings, Score: counts down the leads that are still to be scored again.
const status = document.querySelector("[data-rescoring]");
const EVERY_MS = 2000;

async function look() {
  const answer = await fetch("/settings/rules/progress", { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { left } = await answer.json();
  status.querySelector("[data-left]").textContent = left.toLocaleString("en");
  status.hidden = left === 0;
  if (left) setTimeout(look, EVERY_MS);
}

if (status && !status.hidden) setTimeout(look, EVERY_MS);
