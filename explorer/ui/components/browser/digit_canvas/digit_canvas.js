// A drawing as strokes on a large canvas, and the small picture that is made of it. Python is told the picture at the
// end of each stroke, and replaces the drawing by sending a new token with another picture.

import { component } from "../shared/component.js";
import { drawingOn, part } from "../shared/dom.js";
import { clamp } from "../shared/numbers.js";
import { Drawing } from "./drawing.js";
import { fromHex, normalise, toHex } from "./ink.js";
import { greyOf } from "./paper.js";
import { drawStroke, inkCanvas, inkOf, penOn } from "./strokes.js";

const SIDE = 280; // pixels of the large canvas, in the shape's longer direction
const SMALLEST = SIDE / 2; // pixels of a drawing that is made as large as a digit
const STEP = 8; // pixels that an arrow key moves the cross

/** @typedef {import("../shared/component.js").Tell} Tell */
/** @typedef {import("./drawing.js").Stroke} Stroke */
/** @typedef {import("./drawing.js").Spot} Spot */

/** @typedef {object} Data what digit_canvas.py sends
 * @property {string} key
 * @property {[rows: number, columns: number]} shape of the small picture
 * @property {string} label
 * @property {import("./paper.js").Paper} paper
 * @property {import("../shared/shared_value.js").Shared<string | null>} drawing a picture in hexadecimal digits */

/** @type {Map<string, {drawing: Drawing, reported: string | null}>} by the component's key; outlives a visit to another
 * page */
const memories = new Map();

const MARKUP = `
  <div class="title"></div>
  <div class="row">
    <div class="pad" tabindex="0" role="application" aria-describedby="help">
      <canvas role="img"></canvas>
      <div class="invitation" aria-hidden="true">Draw here,<br>or focus and use the arrow keys and space</div>
      <div class="cross" hidden></div>
    </div>
    <div class="side">
      <canvas class="preview" role="img"></canvas>
      <div class="hint"></div>
      <div class="buttons">
        <button type="button" class="undo" title="Undo the last stroke (Ctrl+Z)">Undo</button>
        <button type="button" class="clear" title="Clear (Delete)">Clear</button>
      </div>
    </div>
  </div>
  <div class="spoken" id="help">Arrow keys move the cross, space puts the pen down and lifts it, Delete clears.</div>
  <div class="spoken" aria-live="polite"></div>`;

class Pad {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.memory = { drawing: new Drawing("", null), reported: /** @type {string | null} */ (null) };
    this.paper = { background: 0, ink: 255 };
    this.rows = 1; // of the picture
    this.columns = 1;
    this.width = 1; // of the large canvas, in pixels
    this.height = 1;
    /** @type {Uint8Array | null} what the model gets */
    this.picture = null;
    this.crossAt = { x: SIDE / 2, y: SIDE / 2 };
    /** @type {Set<string>} the arrow keys held down, two for a diagonal */
    this.arrows = new Set();
    /** @type {Stroke | null} the one being drawn */
    this.stroke = null;
    /** @type {Tell | undefined} */
    this.tell = undefined;
    root.setAttribute("role", "group");
    root.innerHTML = MARKUP;
    this.title = part(root, ".title", HTMLElement);
    this.pad = part(root, ".pad", HTMLElement);
    this.canvas = part(this.pad, "canvas", HTMLCanvasElement);
    this.invitation = part(root, ".invitation", HTMLElement);
    this.cross = part(root, ".cross", HTMLElement);
    this.preview = part(root, ".preview", HTMLCanvasElement);
    this.hint = part(root, ".hint", HTMLElement);
    this.undo = part(root, ".undo", HTMLButtonElement);
    this.clear = part(root, ".clear", HTMLButtonElement);
    this.spoken = part(root, "[aria-live]", HTMLElement);
    this.undo.addEventListener("click", () => this.undoStep());
    this.clear.addEventListener("click", () => this.clearAll());
    this.listenToPointer();
    this.listenToKeys();
  }

  /** @param {Data} data
   * @param {Tell} tell */
  update({ key, shape, label, paper, drawing: { token, value } }, tell) {
    this.tell = tell;
    this.paper = paper;
    [this.rows, this.columns] = shape;
    const scale = SIDE / Math.max(this.rows, this.columns);
    this.width = Math.round(this.columns * scale);
    this.height = Math.round(this.rows * scale);
    this.title.textContent = label;
    this.pad.style.setProperty("--aspect", String(this.columns / this.rows));
    this.pad.style.setProperty("--invitation", paper.ink ? "#bbb" : "#444");
    for (const named of [this.root, this.pad]) named.setAttribute("aria-label", label);
    this.hint.textContent = `what the model gets, ${this.rows}×${this.columns}`;
    let memory = memories.get(key);
    if (memory?.drawing.token !== token) {
      memory = { drawing: new Drawing(token, value ? fromHex(value) : null), reported: value };
      memories.set(key, memory);
      this.stroke = null;
    }
    this.memory = memory;
    this.redraw();
  }

  listenToPointer() {
    this.pad.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.stroke) return;
      this.pad.setPointerCapture(event.pointerId);
      this.penDown(this.position(event));
    });
    this.pad.addEventListener("pointermove", (event) => {
      if (!this.stroke || !this.pad.hasPointerCapture(event.pointerId)) return;
      const events = event.getCoalescedEvents?.() ?? [];
      for (const each of events.length ? events : [event]) this.penTo(this.position(each));
    });
    for (const type of /** @type {const} */ (["pointerup", "pointercancel"])) {
      this.pad.addEventListener(type, (event) => {
        if (this.pad.hasPointerCapture(event.pointerId)) this.penUp();
      });
    }
  }

  /** @param {PointerEvent} event
   * @returns {Spot} */
  position(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.width;
    const y = ((event.clientY - box.top) / box.height) * this.height;
    return { x, y };
  }

  listenToKeys() {
    this.root.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.undoStep();
      }
    });
    this.pad.addEventListener("keydown", (event) => this.onKeyDown(event));
    this.pad.addEventListener("keyup", (event) => this.onKeyUp(event));
    this.pad.addEventListener("focus", () => this.showCross(this.pad.matches(":focus-visible")));
    this.pad.addEventListener("blur", () => {
      this.arrows.clear();
      if (this.stroke) this.penUp();
      this.showCross(false);
    });
  }

  /** @param {KeyboardEvent} event */
  onKeyDown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith("Arrow")) {
      this.arrows.add(event.key);
      this.moveCross();
    } else if (event.key === " ") {
      if (!event.repeat) this.onSpace();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.clearAll();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Space held while the arrows are used draws until it is released; a tap leaves the pen down until the next one,
   * for who cannot hold two keys. */
  onSpace() {
    this.showCross(true);
    if (this.stroke) {
      this.penUp();
    } else {
      this.penDown(this.crossAt);
      this.spoken.textContent = "Pen down";
    }
    this.showCross(true);
  }

  /** @param {KeyboardEvent} event */
  onKeyUp(event) {
    this.arrows.delete(event.key);
    if (event.key === " " && this.stroke && this.stroke.points.length > 1) {
      this.penUp();
      this.showCross(true);
    }
  }

  moveCross() {
    /** @param {string} key */
    const held = (key) => Number(this.arrows.has(key));
    const x = this.crossAt.x + STEP * (held("ArrowRight") - held("ArrowLeft"));
    const y = this.crossAt.y + STEP * (held("ArrowDown") - held("ArrowUp"));
    this.crossAt = { x: clamp(x, 0, this.width), y: clamp(y, 0, this.height) };
    if (this.stroke) this.penTo(this.crossAt);
    this.showCross(true);
  }

  /** @param {boolean} visible */
  showCross(visible) {
    this.cross.hidden = !visible;
    this.cross.classList.toggle("down", Boolean(this.stroke));
    this.cross.style.left = `${(100 * this.crossAt.x) / this.width}%`;
    this.cross.style.top = `${(100 * this.crossAt.y) / this.height}%`;
  }

  /** @param {Spot} spot */
  penDown(spot) {
    this.stroke = this.drawing.begin(spot);
    this.invitation.hidden = true;
    drawStroke(penOn(this.canvas), this.stroke, this.paper);
  }

  /** @param {Spot} spot */
  penTo(spot) {
    if (!this.stroke) return;
    this.stroke.points.push(spot);
    drawStroke(penOn(this.canvas), { points: this.stroke.points.slice(-2) }, this.paper);
  }

  penUp() {
    this.stroke = null;
    this.redraw();
    this.report();
  }

  undoStep() {
    if (!this.drawing.earlier.length) return;
    this.drawing.undo();
    this.penUp();
  }

  clearAll() {
    if (this.drawing.blank) return;
    this.drawing.clear();
    this.penUp();
  }

  get drawing() {
    return this.memory.drawing;
  }

  redraw() {
    this.canvas.width = this.width; // also empties it
    this.canvas.height = this.height;
    const context = penOn(this.canvas);
    context.fillStyle = greyOf(this.paper.background);
    context.fillRect(0, 0, this.width, this.height);
    const { base, strokes } = this.drawing.now;
    context.imageSmoothingQuality = "high";
    const { width, height, rows, columns, paper } = this;
    if (base) context.drawImage(inkCanvas(base, rows, columns, paper), 0, 0, width, height);
    for (const stroke of strokes) drawStroke(context, stroke, paper);
    const drawn = () => normalise(inkOf(this.canvas, paper), width, height, rows, columns, SMALLEST);
    this.picture = strokes.length ? drawn() : base;
    this.showPicture();
  }

  showPicture() {
    this.preview.width = this.columns;
    this.preview.height = this.rows;
    drawingOn(this.preview).drawImage(inkCanvas(this.picture, this.rows, this.columns, this.paper), 0, 0);
    const { description, blank, earlier } = this.drawing;
    this.canvas.setAttribute("aria-label", `Drawing: ${description}`);
    this.preview.setAttribute("aria-label", `Picture that the model gets: ${description}`);
    this.spoken.textContent = description;
    this.invitation.hidden = !blank;
    this.undo.disabled = !earlier.length;
    this.clear.disabled = blank;
  }

  report() {
    const value = this.picture ? toHex(this.picture) : null;
    if (value === this.memory.reported) return;
    this.memory.reported = value;
    this.tell?.("drawing", { token: this.drawing.token, value });
  }
}

export default component("digit-canvas", Pad);
