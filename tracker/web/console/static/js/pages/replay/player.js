// The replay player: one position drives the track, the list and the stage.
import { duration } from "../../parts/times.js";
import { json } from "../../parts/http.js";
import { bind } from "../../parts/keys/keys.js";
import { activeAt, depthAt, huesOf, layOut, marksBetween, nextPage, pageNear, sceneAt } from "./clock.js";
import { legendOf } from "./legend.js";
import { Stage } from "./stage.js";

const SPEEDS = [1, 2, 4, 8];
const STEP_MS = 5000;
const CAPTION_MS = 2400;

class Player {
  constructor(root) {
    this.root = root;
    this.plan = layOut(JSON.parse(root.querySelector("[data-scenes]").textContent));
    this.position = 0;
    this.speed = 1;
    this.playing = false;
    this.last = 0;
    const stage = root.querySelector("[data-stage]");
    this.stage = new Stage(stage, { ask: (scene) => this.askFraming(scene) });
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.rows = new Map([...root.querySelectorAll("[data-row]")].map((row) => [row.dataset.row, row]));
    this.times = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: document.body.dataset.zone || "UTC" });
    this.drawTrack();
    this.bind();
    this.find("transport").hidden = false;
    this.seek(this.startOf(root.dataset.from) || 0);
    root.dataset.mode = "start";
    root.dataset.ready = "yes";
  }

  startOf(row) {
    return row && this.plan.scenes.find((scene) => scene.kind === "page" && `${scene.visit}-${scene.page}` === row)?.start;
  }

  async askFraming(scene) {
    const address = `${this.root.dataset.framing}?${new URLSearchParams({ url: scene.url })}`;
    return json(address).then((answer) => answer.framing, () => "ask");
  }

  drawTrack() {
    const track = this.find("track");
    const hues = huesOf(this.plan);
    for (const scene of this.plan.scenes) {
      const piece = document.createElement("span");
      piece.className = `piece piece-${scene.kind}`;
      if (scene.kind === "page") piece.classList.add(`hue-${hues.get(scene.label)}`);
      piece.style.flexGrow = String(scene.ms);
      piece.title = scene.kind === "page" ? `${scene.label} ${duration(scene.active_ms)}` : scene.label;
      track.append(piece);
    }
    for (const mark of marksBetween(this.plan, -1, this.plan.length)) {
      const dot = document.createElement("i");
      dot.className = `mark-dot mark-${mark.kind}`;
      dot.title = mark.text;
      dot.style.left = `${(mark.position / this.plan.length) * 100}%`;
      track.append(dot);
    }
    this.find("legend").prepend(...legendOf(this.plan, hues));
    const range = this.find("range");
    range.max = String(this.plan.length);
    range.step = "100";
  }

  bind() {
    this.root.querySelectorAll("[data-play]").forEach((button) => button.addEventListener("click", () => this.toggle()));
    this.find("back").addEventListener("click", () => this.jump(-1));
    this.find("next").addEventListener("click", () => this.jump(1));
    this.find("range").addEventListener("input", (event) => this.seek(Number(event.target.value)));
    this.root.querySelectorAll("[data-speed]").forEach((button) => button.addEventListener("click", () => this.setSpeed(Number(button.dataset.speed))));
    for (const [name, row] of this.rows) row.addEventListener("click", () => this.seek(this.startOf(name), true));
    this.bindKeys();
    requestAnimationFrame((now) => this.frame(now));
  }

  bindKeys() {
    const jump = (step) => () => this.jump(step);
    bind({
      "replay-play": (event) => (event.target.closest?.("button, a, summary") ? false : this.toggle()),
      "replay-back": () => this.seek(this.position - STEP_MS),
      "replay-on": () => this.seek(this.position + STEP_MS),
      "replay-page-back": jump(-1),
      "replay-page-on": jump(1),
      "replay-start": () => this.seek(0),
      "replay-end": () => this.seek(this.plan.length),
      "replay-speed": (event) => this.setSpeed(Number(event.key)),
    });
  }

  toggle(playing = !this.playing) {
    if (playing && this.position >= this.plan.length) this.seek(0);
    this.playing = playing && this.plan.length > 0;
    this.last = 0;
    if (this.playing) this.find("stage").scrollIntoView({ block: "nearest" });
    this.draw();
  }

  jump(step) {
    const page = pageNear(this.plan, this.position, step);
    if (page) this.seek(page.start);
  }

  setSpeed(speed) {
    this.speed = speed;
    this.root.querySelectorAll("[data-speed]").forEach((button) => button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === speed)));
  }

  seek(position, play = false) {
    this.position = Math.max(0, Math.min(this.plan.length, position ?? 0));
    this.caption("");
    if (play) return this.toggle(true);
    this.draw();
  }

  frame(now) {
    if (this.playing) {
      const before = this.position;
      const scene = sceneAt(this.plan, before);
      // A gap lasts equally long at any speed, so that its label is readable.
      const speed = scene.kind === "page" ? this.speed : 1;
      this.position = Math.min(this.plan.length, before + (this.last ? now - this.last : 0) * speed);
      for (const mark of marksBetween(this.plan, before, this.position)) this.caption(mark.text, mark.kind);
      if (this.position >= this.plan.length) this.playing = false;
      this.draw();
    }
    this.last = now;
    requestAnimationFrame((next) => this.frame(next));
  }

  caption(text, kind = "") {
    const caption = this.find("caption");
    clearTimeout(this.captionTimer);
    caption.textContent = text;
    caption.dataset.kind = kind;
    caption.hidden = !text;
    if (text) this.captionTimer = setTimeout(() => (caption.hidden = true), CAPTION_MS);
  }

  draw() {
    const scene = sceneAt(this.plan, this.position);
    if (!scene) return;
    const ended = this.position >= this.plan.length;
    this.root.dataset.mode = ended ? "end" : this.playing ? scene.kind : this.position ? "paused" : "start";
    this.root.dataset.scene = scene.kind;
    this.root.querySelectorAll("[data-play]").forEach((button) => {
      button.setAttribute("aria-label", this.playing ? "Pause" : ended ? "Play again" : "Play");
      button.classList.toggle("is-playing", this.playing);
    });
    const range = this.find("range");
    range.value = String(this.position);
    range.setAttribute("aria-valuetext", `${duration(activeAt(this.plan, this.position))} of ${duration(this.plan.active)}, ${scene.label}`);
    this.find("played").textContent = duration(activeAt(this.plan, this.position));
    this.find("head").style.left = `${(this.position / this.plan.length) * 100}%`;
    if (scene.kind === "page") this.drawPage(scene);
    else this.find("veil-text").textContent = scene.label;
    this.drawRows(scene);
  }

  drawPage(scene) {
    const depth = depthAt(scene, this.position);
    if (this.shown !== scene) {
      this.shown = scene;
      this.find("address").textContent = scene.address;
      this.find("card-name").textContent = scene.label;
      this.find("card-address").textContent = scene.address;
      this.find("card-dwell").textContent = scene.active_ms ? duration(scene.active_ms) : "a glance";
      this.find("card-depth").textContent = scene.scroll ? `${scene.scroll} %` : "not known";
      this.stage.show(scene);
      this.stage.prepare(nextPage(this.plan, scene));
    }
    this.find("depth").style.height = `${depth}%`;
    this.find("reach").style.top = `${scene.scroll}%`;
    this.find("reach").hidden = !scene.scroll;
    this.root.querySelectorAll("[data-line]").forEach((line) => line.classList.toggle("read", Number(line.dataset.line) <= depth));
    this.find("wall").textContent = this.times.format(new Date(scene.at + Math.min(this.position - scene.start, scene.ms)));
    this.stage.scroll(depth);
  }

  drawRows(scene) {
    const name = scene.page >= 0 ? `${scene.visit}-${scene.page}` : "";
    const row = this.rows.get(name);
    if (this.row !== row) {
      this.row?.removeAttribute("aria-current");
      row?.setAttribute("aria-current", "true");
      this.row = row;
      const list = this.find("list");
      if (row && list.scrollHeight > list.clientHeight) list.scrollTo({ top: row.offsetTop - list.clientHeight / 2, behavior: "smooth" });
    }
    for (const other of this.plan.scenes) {
      if (other.kind !== "page") continue;
      const part = Math.max(0, Math.min(1, (this.position - other.start) / other.ms));
      const bar = this.rows.get(`${other.visit}-${other.page}`)?.querySelector("[data-done]");
      bar?.setAttribute("width", `${Number(bar.dataset.done) * part}%`);
    }
  }
}

const root = document.querySelector("[data-replay]");
if (root) new Player(root);
