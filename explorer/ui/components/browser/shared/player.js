import { icon, part } from "./dom.js";
import { clamp } from "./numbers.js";

const KEY_PAUSE = 250; // milliseconds without a key before the frame counts as settled
const NAP = 100; // milliseconds that a player at most makes up for: a tab that slept goes on where it was

/** The markup of a player's parts. */
export const PLAYER = `
  <button type="button" class="play">
    ${icon("M4 2 14 8 4 14z", "to-play")}${icon("M3 2h4v12H3zM9 2h4v12H9z", "to-pause")}
  </button>
  <input type="range" class="slider" min="0" step="1" value="0">
  <output class="label"></output>
  <select class="speed" aria-label="Speed in frames per second" title="Speed"></select>`;

/** Where a player is after so many milliseconds, if it was at `position` and shows the frame `shown`.
 * @param {number} position in frames
 * @param {number} shown
 * @param {number} milliseconds
 * @param {number} speed in frames a second */
export function advanced(position, shown, milliseconds, speed) {
  const ahead = position + (clamp(milliseconds, 0, NAP) / 1000) * speed;
  return Math.min(ahead, shown + 1 + (NAP / 1000) * speed); // what is drawn slowly is not raced through afterwards
}

/** The frame that a key goes to from the one that is shown, or undefined.
 * @param {string} key
 * @param {number} shown
 * @param {number} last
 * @returns {number | undefined} */
export function goalOf(key, shown, last) {
  const goals = new Map([
    ["ArrowLeft", shown - 1],
    ["ArrowRight", shown + 1],
    ["Home", 0],
    ["End", last],
  ]);
  const goal = goals.get(key);
  return goal === undefined ? undefined : clamp(goal, 0, last);
}

/** @typedef {object} PlayerOptions
 * @property {HTMLElement} keys where keys are listened to
 * @property {number[]} speeds frames a second to choose from
 * @property {number} speed the one at first
 * @property {boolean} [glides] whether there is something to see between two frames, too
 * @property {() => void} show called with each frame, and between two
 * @property {(at: number | null) => void} settle called with the frame that the user comes to rest on, null for the last
 *   one, however many there are */

/** A slider over frames, which also plays; its parts lie in `controls`. */
export class Player {
  /** @param {HTMLElement} controls
   * @param {PlayerOptions} options */
  constructor(controls, { keys, speeds, speed, glides = false, show, settle }) {
    this.play = part(controls, ".play", HTMLButtonElement);
    this.slider = part(controls, ".slider", HTMLInputElement);
    this.output = part(controls, ".label", HTMLOutputElement);
    this.speed = part(controls, ".speed", HTMLSelectElement);
    this.firstSpeed = speed;
    this.glides = glides;
    this.show = show;
    this.settle = settle;
    this.position = 0;
    this.follow = false;
    /** @type {number | null} where the user is at rest; null for the last frame, however many there are */
    this.at = null;
    /** @type {string[]} */
    this.labels = [];
    /** @type {{speed?: string}} */
    this.memory = {};
    /** @type {number | undefined} the next frame of the screen, while it plays */
    this.ticking = undefined;
    for (const each of speeds) this.speed.add(new Option(`${each} fps`, String(each)));
    this.listen(keys);
  }

  /** @param {HTMLElement} keys */
  listen(keys) {
    let byKey = false;
    this.slider.addEventListener("input", () => {
      this.stop();
      this.goTo(Number(this.slider.value));
    });
    this.slider.addEventListener("pointerdown", () => {
      byKey = false;
    });
    this.slider.addEventListener("keydown", () => {
      byKey = true;
    });
    // A key held down changes the slider many times a second: report once it rests.
    this.slider.addEventListener("change", () => this.report(byKey ? KEY_PAUSE : 0));
    this.play.addEventListener("click", () => this.toggle());
    this.speed.addEventListener("change", () => {
      this.memory.speed = this.speed.value;
    });
    keys.addEventListener("keydown", (event) => this.onKey(event));
  }

  /** Take over what the frames show, their labels, whether to stay at the end as frames are added, and where the speed is
   * remembered.
   * @param {string} name
   * @param {string[]} labels
   * @param {boolean} follow
   * @param {{speed?: string}} memory */
  update(name, labels, follow, memory) {
    Object.assign(this, { labels, follow, memory });
    this.slider.setAttribute("aria-label", `Frame of: ${name}`);
    this.slider.max = String(this.last);
    this.speed.value = memory.speed ?? String(this.firstSpeed);
    // the longest label keeps its room, so that the slider does not change its length under the pointer
    this.output.style.minWidth = `${Math.max(1, ...labels.map((label) => label.length))}ch`;
    this.moveTo(this.ticking === undefined ? this.index : this.position);
  }

  get last() {
    return Math.max(0, this.labels.length - 1);
  }

  /** The frame at rest. */
  get index() {
    return this.at === null ? this.last : clamp(this.at, 0, this.last);
  }

  /** The frame that is shown, or the nearer one of two. */
  get shown() {
    return Math.round(this.position);
  }

  /** The name of that frame. */
  get label() {
    return this.labels[this.shown] ?? "";
  }

  /** Be somewhere else from the next update on, at rest.
   * @param {number | null} at */
  place(at) {
    this.rest();
    this.at = at;
  }

  /** @param {number} index */
  goTo(index) {
    const at = clamp(index, 0, this.last);
    this.at = this.follow && at === this.last ? null : at;
    this.moveTo(at);
  }

  /** @param {number} position */
  moveTo(position) {
    this.position = clamp(position, 0, this.last);
    this.slider.value = String(this.shown);
    this.slider.style.setProperty("--done", `${(100 * this.position) / Math.max(1, this.last)}%`);
    this.slider.setAttribute("aria-valuetext", this.label);
    this.output.textContent = this.label;
    this.showPlaying();
    this.show();
  }

  /** @param {number} pause in milliseconds */
  report(pause) {
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.settle(this.at), pause);
  }

  toggle() {
    if (this.ticking === undefined) {
      this.start();
    } else {
      this.stop();
      this.report(0);
    }
  }

  start() {
    clearTimeout(this.pending);
    if (this.index === this.last) this.goTo(0);
    const glides = this.glides && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    let [position, before] = [this.position, performance.now()];
    /** @param {number} now */
    const tick = (now) => {
      position = advanced(position, this.shown, now - before, Number(this.speed.value));
      before = now;
      this.ticking = requestAnimationFrame(tick);
      if (glides) this.moveTo(position);
      else if (position >= this.shown + 1) this.moveTo(this.shown + 1); // each frame is seen
      if (this.position >= this.last) this.toggle();
    };
    this.ticking = requestAnimationFrame(tick);
    this.showPlaying();
  }

  /** Stop at the nearest frame. */
  stop() {
    if (this.ticking === undefined) return;
    this.rest();
    this.goTo(this.shown);
  }

  showPlaying() {
    const playing = this.ticking !== undefined;
    this.play.classList.toggle("playing", playing);
    this.play.setAttribute("aria-label", playing ? "Pause" : "Play");
    this.play.title = playing ? "Pause (space)" : "Play (space)";
  }

  /** Keys but where they have a meaning of their own: space on buttons, arrows on the slider and the menu, and what an
   * element inside has taken for itself.
   * @param {KeyboardEvent} event */
  onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.target instanceof Element ? event.target.tagName : "";
    if (this.labels.length < 2 || at === "SELECT") return;
    if (event.key === " " && at !== "BUTTON") {
      event.preventDefault();
      this.toggle();
    }
    const goal = goalOf(event.key, this.shown, this.last);
    if (goal === undefined || at === "INPUT") return;
    event.preventDefault();
    this.stop();
    this.goTo(goal);
    this.report(KEY_PAUSE);
  }

  /** Let nothing run on. */
  rest() {
    if (this.ticking !== undefined) cancelAnimationFrame(this.ticking);
    clearTimeout(this.pending);
    this.ticking = undefined;
    this.showPlaying();
  }
}
