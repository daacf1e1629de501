// Compose: live preview, tracked links, merge fields at the cursor, switching between text and HTML.
import { post } from "../parts/http.js";

const WAIT = 450;
const form = document.querySelector("[data-compose]");
const find = (name) => form.querySelector(`[data-${name}]`);
const body = find("body");
let timer = 0;
let asked = 0;
let plainText = null; // kept while HTML is shown

const base = form.dataset.base || form.getAttribute("action");

/** The form without its files, which no preview needs. */
function fields() {
  const data = new FormData(form);
  data.delete("files");
  return data;
}

function item(link) {
  const row = document.createElement("li");
  const label = document.createElement("span");
  label.className = "grow";
  label.append(Object.assign(document.createElement("b"), { className: "cut", textContent: link.label }));
  label.append(Object.assign(document.createElement("i"), { textContent: link.url }));
  const tag = Object.assign(document.createElement("span"), { className: link.tracked ? "tag tag-accent" : "tag", textContent: link.tracked ? "tracked" : "not tracked" });
  row.append(label, tag);
  if (link.reason) row.append(Object.assign(document.createElement("i"), { className: "why", textContent: link.reason }));
  return row;
}

/** Posts the draft into a new frame each time, so that previews add no entries to the browser's history. */
function drawBody() {
  const frame = document.createElement("iframe");
  frame.name = `preview-${Date.now()}`;
  frame.title = "Preview of the email";
  frame.setAttribute("sandbox", "");
  frame.className = "mail-frame loading";
  const box = find("preview");
  box.append(frame);
  const sender = document.createElement("form");
  Object.assign(sender, { method: "post", action: `${base}/preview`, target: frame.name, hidden: true });
  for (const [name, value] of fields()) sender.append(Object.assign(document.createElement("textarea"), { name, value }));
  document.body.append(sender);
  frame.addEventListener("load", () => {
    for (const other of [...box.children]) if (other !== frame && box.contains(frame)) other.remove();
    frame.classList.remove("loading");
  }, { once: true });
  sender.submit();
  sender.remove();
}

async function draw() {
  timer = 0;
  const turn = (asked += 1);
  drawBody();
  const answer = await post(`${base}/check`, fields());
  const found = await answer.json();
  if (turn !== asked) return;
  find("preview-subject").textContent = found.subject || form.elements.subject.value || "No subject yet";
  find("problem").textContent = found.problem || "";
  find("problem").hidden = !found.problem;
  const notes = found.notes || [];
  find("notes").textContent = notes.join(" ");
  find("notes").hidden = !notes.length;
  find("links").replaceChildren(...found.links.map(item));
  find("links-box").hidden = !found.links.length;
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(() => draw().catch(() => {}), WAIT);
}

function insert(text, from = text.length, to = from) {
  const start = body.selectionStart;
  body.setRangeText(text, start, body.selectionEnd, "end");
  body.setSelectionRange(start + from, start + to);
  body.focus();
  soon();
}

/** A snippet in the format of the message: in HTML its special characters and line breaks are written as such. */
function textIn(text) {
  if (form.elements.mode.value !== "html") return text;
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return escaped.replaceAll("\n", "<br>\n");
}

function insertLink() {
  const chosen = body.value.slice(body.selectionStart, body.selectionEnd).replaceAll("\n", " ") || "our prices";
  const isHtml = form.elements.mode.value === "html";
  const text = isHtml ? `<a href="https://">${chosen}</a>` : `[${chosen}](https://)`;
  const at = text.indexOf("https://");
  insert(text, at, at + 8);
}

async function changeMode(mode) {
  find("text-help").hidden = mode === "html";
  if (mode === "html") {
    plainText = body.value;
    const data = fields();
    data.set("mode", "text");
    const answer = await post(`${base}/check`, data);
    body.value = (await answer.json()).html;
  } else if (plainText !== null) body.value = plainText;
  soon();
}

form.addEventListener("input", soon);
form.addEventListener("change", (event) => {
  if (event.target.name === "mode") changeMode(event.target.value).catch(() => {});
  if (event.target.name === "kind") find("kind-help").hidden = event.target.value !== "proposal";
  soon();
});
form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (button) {
    insert("insertText" in button.dataset ? textIn(button.dataset.insert) : button.dataset.insert);
    button.closest("details").open = false;
  }
  if (event.target.closest("[data-insert-link]")) insertLink();
});
draw().catch(() => {});
