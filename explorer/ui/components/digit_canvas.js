// A drawing as strokes on a large canvas, and the small picture that is made of it. Python is told the picture at the
// end of each stroke, and replaces the drawing by sending a new token with another picture.

const SIDE = 280; // pixels of the large canvas, in the shape's longer direction
const BRUSH = 26; // pixels: about two and a half of MNIST's, at the size digits are usually drawn
const SOFT = 2; // pixels of blur at the brush's edge
const INNER = 20 / 28; // share of the picture that the drawing's bounding box is fitted into
const SMALLEST = SIDE / 2; // a smaller drawing stays small, or a dot would fill the picture
const STEP = 8; // pixels that an arrow key moves the cross
const HISTORY = 100; // steps that can be undone

const memories = new Map(); // key -> the drawing; outlives a visit to another page
const pads = new WeakMap(); // root element -> Pad

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".digit-canvas");
  if (!pads.has(root)) pads.set(root, new Pad(root));
  pads.get(root).update(data, setStateValue);
  return () => {}; // all listeners are on elements of the component's own, which go with it
}

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

/** Where ink begins and ends: {left, top, right, bottom}, the ends excluded, or null without any. */
function boundingBox(ink, width, height) {
  const box = { left: width, top: height, right: 0, bottom: 0 };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (ink[y * width + x] < 16) continue;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y + 1);
    }
  }
  return box.right ? box : null;
}

/** How pixels [0, length) of a row fall on `count` cells, cell 0 starting at `start` and each `size` wide, as
 * [pixel, cell, share of the cell] triples. */
function overlaps(start, size, length, count) {
  const found = [];
  for (let cell = 0; cell < count; cell += 1) {
    const from = start + cell * size;
    for (let pixel = Math.max(0, Math.floor(from)); pixel < Math.min(length, from + size); pixel += 1) {
      const share = (Math.min(pixel + 1, from + size) - Math.max(pixel, from)) / size;
      if (share > 0) found.push([pixel, cell, share]);
    }
  }
  return found;
}

/** Area-averaged cut-out of the ink: cell (0, 0) starts at (left, top), each cell is `size` pixels wide and high. */
function resample(ink, width, height, left, top, size, rows, columns) {
  const narrow = new Float32Array(height * columns);
  for (const [x, column, share] of overlaps(left, size, width, columns)) {
    for (let y = 0; y < height; y += 1) narrow[y * columns + column] += share * ink[y * width + x];
  }
  const cells = new Float32Array(rows * columns);
  for (const [y, row, share] of overlaps(top, size, height, rows)) {
    for (let column = 0; column < columns; column += 1) {
      cells[row * columns + column] += share * narrow[y * columns + column];
    }
  }
  return cells;
}

/** The mean position of the ink in pixels, [x, y]. */
function centreOfMass(ink, width) {
  let [mass, x, y] = [0, 0, 0];
  ink.forEach((value, i) => {
    mass += value;
    x += value * ((i % width) + 0.5);
    y += value * (Math.floor(i / width) + 0.5);
  });
  return [x / mass, y / mass];
}

/** The picture that MNIST would have made of the ink: scaled by its bounding box, centred by its mass. */
function normalise(ink, width, height, rows, columns) {
  const box = boundingBox(ink, width, height);
  if (!box) return null;
  const extent = Math.max(box.right - box.left, box.bottom - box.top, SMALLEST);
  const size = extent / Math.round(Math.min(rows, columns) * INNER);
  const [x, y] = centreOfMass(ink, width);
  // a very uneven drawing is moved no further than its box stays inside
  const left = clamp(x - (size * columns) / 2, box.right - size * columns, box.left);
  const top = clamp(y - (size * rows) / 2, box.bottom - size * rows, box.top);
  const cells = resample(ink, width, height, left, top, size, rows, columns);
  return Uint8Array.from(cells, (value) => Math.round(Math.min(255, value)));
}

const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** A canvas with the bytes as grey levels. */
function greyCanvas(bytes, rows, columns) {
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  for (let i = 0; i < rows * columns; i += 1) {
    const grey = bytes?.[i] ?? 0;
    image.data.set([grey, grey, grey, 255], 4 * i);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

class Pad {
  constructor(root) {
    this.root = root;
    this.cross = { x: SIDE / 2, y: SIDE / 2 };
    this.arrows = new Set(); // the arrow keys held down, two for a diagonal
    this.stroke = null; // the one being drawn
    this.build();
    this.listenToPointer();
    this.listenToKeys();
  }

  build() {
    this.root.setAttribute("role", "group");
    this.root.innerHTML = `
      <div class="title"></div>
      <div class="row">
        <div class="pad" tabindex="0" role="application" aria-describedby="help">
          <canvas role="img"></canvas>
          <div class="invitation" aria-hidden="true">Draw here,<br>or focus and use the arrow keys and space</div>
          <div class="cross-mark cross" hidden></div>
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
    for (const name of ["title", "pad", "invitation", "preview", "hint", "undo", "clear"]) {
      this[name] = this.root.querySelector(`.${name}`);
    }
    this.canvas = this.pad.querySelector("canvas");
    this.crossMark = this.root.querySelector(".cross-mark");
    this.spoken = this.root.querySelector("[aria-live]");
    this.undo.addEventListener("click", () => this.undoStep());
    this.clear.addEventListener("click", () => this.clearAll());
  }

  update(data, setStateValue) {
    this.setStateValue = setStateValue;
    this.data = data;
    [this.rows, this.columns] = data.shape;
    const scale = SIDE / Math.max(this.rows, this.columns);
    this.width = Math.round(this.columns * scale);
    this.height = Math.round(this.rows * scale);
    this.title.textContent = data.label;
    this.pad.style.setProperty("--aspect", this.columns / this.rows);
    for (const named of [this.root, this.pad]) named.setAttribute("aria-label", data.label);
    this.hint.textContent = `what the model gets, ${this.rows}×${this.columns}`;
    const remembered = memories.get(data.key);
    if (remembered?.token !== data.drawing.token) {
      // `base` is a picture under the strokes: the one that Python sent
      const base = data.drawing.value ? fromHex(data.drawing.value) : null;
      memories.set(data.key, { token: data.drawing.token, base, strokes: [], earlier: [], reported: data.drawing.value });
      this.stroke = null;
    }
    this.memory = memories.get(data.key);
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
    for (const type of ["pointerup", "pointercancel"]) {
      this.pad.addEventListener(type, (event) => this.pad.hasPointerCapture(event.pointerId) && this.penUp());
    }
  }

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
      this.penDown(this.cross);
      this.spoken.textContent = "Pen down";
    }
    this.showCross(true);
  }

  onKeyUp(event) {
    this.arrows.delete(event.key);
    if (event.key === " " && this.stroke?.points.length > 1) {
      this.penUp();
      this.showCross(true);
    }
  }

  moveCross() {
    const held = (key) => Number(this.arrows.has(key));
    const x = this.cross.x + STEP * (held("ArrowRight") - held("ArrowLeft"));
    const y = this.cross.y + STEP * (held("ArrowDown") - held("ArrowUp"));
    this.cross = { x: clamp(x, 0, this.width), y: clamp(y, 0, this.height) };
    if (this.stroke) this.penTo(this.cross);
    this.showCross(true);
  }

  showCross(visible) {
    this.crossMark.hidden = !visible;
    this.crossMark.classList.toggle("down", Boolean(this.stroke));
    this.crossMark.style.left = `${(100 * this.cross.x) / this.width}%`;
    this.crossMark.style.top = `${(100 * this.cross.y) / this.height}%`;
  }

  penDown(point) {
    this.remember();
    this.stroke = { points: [point] };
    this.memory.strokes = [...this.memory.strokes, this.stroke];
    this.invitation.hidden = true;
    this.drawStroke(this.stroke);
  }

  penTo(point) {
    this.stroke.points.push(point);
    this.drawStroke({ points: this.stroke.points.slice(-2) });
  }

  penUp() {
    this.stroke = null;
    this.redraw();
    this.report();
  }

  /** Keep the present state, so that it can be gone back to. */
  remember() {
    const { base, strokes, earlier } = this.memory;
    earlier.push({ base, strokes });
    if (earlier.length > HISTORY) earlier.shift();
  }

  undoStep() {
    const before = this.memory.earlier.pop();
    if (!before) return;
    Object.assign(this.memory, before);
    this.stroke = null;
    this.redraw();
    this.report();
  }

  clearAll() {
    if (this.blank) return;
    this.remember();
    Object.assign(this.memory, { base: null, strokes: [] });
    this.stroke = null;
    this.redraw();
    this.report();
  }

  get blank() {
    return !this.memory.base && !this.memory.strokes.length;
  }

  drawStroke({ points }) {
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    context.strokeStyle = "#fff";
    context.shadowColor = "#fff";
    context.shadowBlur = SOFT;
    context.lineWidth = BRUSH;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.beginPath();
    if (points.length === 1) {
      // a dot: some browsers draw nothing for a line without length
      context.fillStyle = "#fff";
      context.arc(points[0].x, points[0].y, BRUSH / 2, 0, 2 * Math.PI);
      context.fill();
      return;
    }
    context.moveTo(points[0].x, points[0].y);
    for (const { x, y } of points.slice(1)) context.lineTo(x, y);
    context.stroke();
  }

  redraw() {
    this.canvas.width = this.width; // also empties it
    this.canvas.height = this.height;
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.width, this.height);
    const { base, strokes } = this.memory;
    context.imageSmoothingQuality = "high";
    if (base) context.drawImage(greyCanvas(base, this.rows, this.columns), 0, 0, this.width, this.height);
    strokes.forEach((stroke) => this.drawStroke(stroke));
    this.picture = strokes.length ? this.normalised(context) : base;
    this.showPicture();
  }

  normalised(context) {
    const { data } = context.getImageData(0, 0, this.width, this.height);
    const ink = Float32Array.from({ length: this.width * this.height }, (_, i) => data[4 * i]);
    return normalise(ink, this.width, this.height, this.rows, this.columns);
  }

  showPicture() {
    this.preview.width = this.columns;
    this.preview.height = this.rows;
    this.preview.getContext("2d").drawImage(greyCanvas(this.picture, this.rows, this.columns), 0, 0);
    const count = this.memory.strokes.length;
    const state = this.blank ? "empty" : count ? `${count} stroke${count > 1 ? "s" : ""}` : "a picture";
    this.canvas.setAttribute("aria-label", `Drawing: ${state}`);
    this.preview.setAttribute("aria-label", `Picture that the model gets: ${state}`);
    this.spoken.textContent = state;
    this.invitation.hidden = !this.blank;
    this.undo.disabled = !this.memory.earlier.length;
    this.clear.disabled = this.blank;
  }

  report() {
    const value = this.picture ? toHex(this.picture) : null;
    if (value === this.memory.reported) return;
    this.memory.reported = value;
    this.setStateValue("drawing", { token: this.memory.token, value });
  }
}
