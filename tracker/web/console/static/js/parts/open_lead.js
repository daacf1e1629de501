// The lead that is open: the one that the peek panel shows, of the row with the focus, or of the page; and the steps that can be done with it.
import { currentRow } from "./rows.js";
import { open } from "./sheet.js";
import { say } from "./toasts.js";
import { offerUndo } from "./undo.js";

const SAID = { call: "Logged.", note: "Note added.", task: "Task added.", move: "Moved.", snooze: "Snoozed.", archive: "Archived.", done: "Done." };

/** The id in the address of a lead's page; empty for other addresses. */
export const leadIn = (href) => /^\/leads\/([0-9a-f]{32})$/.exec(href || "")?.[1] || "";

/** The lead that a row is about, as {id, name}, or null. */
export function leadOf(row) {
  const link = row?.querySelector("[data-row-link]");
  const id = leadIn(link?.getAttribute("href"));
  return id ? { id, name: link.textContent.trim() } : null;
}

/** The open lead as {id, name}, or null. */
export function openLead() {
  const page = document.querySelector("[data-lead-page]");
  return leadOf(currentRow()) || (page ? { id: page.dataset.lead, name: page.querySelector("h1").textContent.trim() } : null);
}

/** Does a step of the lead in a dialog. Pages renew what they show on `leadlight:changed`. */
export async function runStep(step, lead) {
  if (step === "email") return location.assign(`/leads/${lead.id}/write`);
  const answer = await open(step === "move" ? `/board/${lead.id}/move` : `/today/${lead.id}/${step}`);
  if (!answer) return;
  const renew = () => document.dispatchEvent(new CustomEvent("leadlight:changed", { detail: { lead: lead.id } }));
  if (answer.change) offerUndo(answer.text, answer.change, renew);
  else say(SAID[step] || "Saved.");
  renew();
}
