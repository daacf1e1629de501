// The stage: shows a page in a frame if its site allows it, else as a card. Two frames allow preloading.
//
// The frames are called "leadlight-replay": our snippet in the page sees that name, tracks nothing, sends a message, and scrolls on request.
// Frames are sandboxed: scripts run; forms, pop-ups and top navigation are blocked.

const NAME = "leadlight-replay";
const MESSAGE_TIMEOUT_MS = 4000;
const DESKTOP = 1280;
const PHONE = 390;

function makeElement(holder) {
  const frame = document.createElement("iframe");
  frame.name = NAME;
  frame.title = "The page that the lead viewed";
  frame.tabIndex = -1;
  frame.referrerPolicy = "no-referrer";
  holder.append(frame);
  return frame;
}

function makeFrame(holder) {
  return { element: makeElement(holder), url: "", origin: "", state: "empty", width: DESKTOP, timer: 0, scrolls: false };
}

export class Stage {
  /** `ask(scene)` promises "yes", "no" or "ask": whether its page may be framed. */
  constructor(root, { ask }) {
    this.root = root;
    this.holder = root.querySelector("[data-frames]");
    this.ask = ask;
    this.answers = new Map();
    this.frames = [makeFrame(this.holder), makeFrame(this.holder)];
    this.front = null;
    this.scene = null;
    addEventListener("message", (event) => this.heard(event));
    new ResizeObserver(() => this.fit()).observe(this.holder);
  }

  /** Scales the frames to show the whole page width: a desktop's, or a phone's if the lead used one. */
  fit() {
    for (const { element, width } of this.frames) {
      const room = width === PHONE ? Math.min(PHONE, this.holder.clientWidth) : this.holder.clientWidth;
      const scale = room / width;
      element.width = width;
      element.style.left = `${(this.holder.clientWidth - room) / 2}px`;
      element.style.transform = `scale(${scale})`;
      element.style.height = `${Math.ceil(this.holder.clientHeight / scale)}px`;
    }
  }

  /** Shows a page scene. */
  show(scene) {
    if (this.scene === scene) return;
    this.scene = scene;
    this.sent = -1;
    const frame = scene.frame ? this.load(scene) : null;
    this.front = frame;
    this.draw();
  }

  /** Loads a page that will be shown soon. */
  prepare(scene) {
    if (scene && scene.frame) this.load(scene);
  }

  /** Scrolls the page to `depth`, 0 to 100. */
  scroll(depth) {
    if (!this.front?.scrolls || Math.abs(depth - this.sent) < 0.15) return;
    this.sent = depth;
    this.front.element.contentWindow.postMessage({ leadlight: "replay", scroll: depth }, this.front.origin);
  }

  load(scene) {
    const known = this.frames.find((frame) => frame.url === scene.url && frame.width === (scene.phone ? PHONE : DESKTOP));
    if (known) return known;
    const frame = this.frames.find((other) => other !== this.front);
    clearTimeout(frame.timer);
    Object.assign(frame, { url: scene.url, origin: scene.origin, width: scene.phone ? PHONE : DESKTOP, state: "loading", scrolls: false, refuses: false });
    // The previous page may still be loading. A new element ignores its events.
    frame.element.remove();
    frame.element = makeElement(this.holder);
    this.fit();
    this.open(frame, scene);
    return frame;
  }

  async open(frame, scene) {
    if (!this.answers.has(scene.url)) this.answers.set(scene.url, this.ask(scene));
    const answer = await this.answers.get(scene.url);
    if (frame.url !== scene.url) return;
    frame.refuses = answer === "no";
    if (frame.refuses) return this.settle(frame, "refused");
    // Not before there is an address: the empty page that a frame starts with has the console's origin, and browsers warn about it.
    frame.element.setAttribute("sandbox", "allow-scripts allow-same-origin");
    frame.element.src = scene.url;
    frame.element.onload = () => answer === "yes" && this.settle(frame, "shown");
    frame.timer = setTimeout(() => this.settle(frame, answer === "yes" ? "shown" : "refused"), MESSAGE_TIMEOUT_MS);
  }

  heard(event) {
    const frame = this.frames.find((other) => other.element.contentWindow === event.source);
    if (!frame || frame.refuses || event.origin !== frame.origin || event.data?.leadlight !== "replay") return;
    frame.scrolls = true;
    this.sent = -1;
    this.settle(frame, "shown");
  }

  settle(frame, state) {
    clearTimeout(frame.timer);
    if (frame.state === "shown") return;
    frame.state = state;
    this.draw();
  }

  draw() {
    const state = this.front?.state || "refused";
    this.root.dataset.page = state;
    for (const frame of this.frames) frame.element.classList.toggle("front", frame === this.front && state === "shown");
  }
}
