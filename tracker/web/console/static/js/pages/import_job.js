// The page of an import: refreshes while a worker is at it.
import { text } from "../parts/http.js";
import { patch } from "../parts/patch.js";

const EVERY = 1500;
const job = document.querySelector("[data-import-job]");

async function refresh() {
  try {
    const fresh = new DOMParser().parseFromString(await text(location.pathname), "text/html");
    const found = fresh.querySelector("[data-import-job]");
    if (!found) return;
    if (!("atWork" in found.dataset)) return location.reload();
    patch(job, found);
  } catch {
    // The next refresh tries again.
  }
  setTimeout(refresh, EVERY);
}

if (job && "atWork" in job.dataset) setTimeout(refresh, EVERY);
