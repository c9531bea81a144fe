// Frames of one or more panels under one slider. Everything happens here, without the server: Python is told where the
// user settled (`index`, `selection`), and moves the strip by sending a new token with where to go.

const SHEETS_KEPT = 24;
const LARGEST_CANVAS = 4096; // pixels a side
const SPEEDS = [2, 5, 10, 25]; // frames a second
const KEY_PAUSE = 250; // milliseconds without a key before the frame counts as settled

const sheets = new Map(); // content hash -> Promise<ImageBitmap>, least recently used first
const memories = new Map(); // key -> what Python was told last; outlives a visit to another page
const strips = new WeakMap(); // root element -> Filmstrip

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".filmstrip");
  if (!strips.has(root)) strips.set(root, new Filmstrip(root));
  const strip = strips.get(root);
  const turn = strip.update(data, setStateValue);
  // An outdated call is cleaned up too, while a newer one has the strip in use.
  return () => strip.turn === turn && strip.rest();
}

/** The panel's frames on one sheet, decoded once for each content. */
function decode({ hash, sheet }) {
  const decoded = sheets.get(hash) ?? decodePng(sheet);
  sheets.delete(hash);
  sheets.set(hash, decoded);
  if (sheets.size > SHEETS_KEPT) sheets.delete(sheets.keys().next().value);
  return decoded;
}

async function decodePng(base64) {
  const image = new Image();
  image.src = `data:image/png;base64,${base64}`;
  await image.decode();
  return createImageBitmap(image); // an <img> may be decoded again at any draw, a bitmap never
}

function element(tag, className, attributes = {}) {
  const made = document.createElement(tag);
  made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function icon(className, path) {
  return `<svg class="${className}" viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"/></svg>`;
}

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

/** One panel: its canvas with title, caption, and the marks on its tiles. */
class Picture {
  constructor(strip) {
    this.figure = element("figure", "panel");
    this.title = element("div", "title");
    this.frame = element("div", "picture");
    this.canvas = element("canvas", "", { role: "img" });
    this.hovered = element("div", "mark hovered");
    this.selected = element("div", "mark selected");
    this.note = element("div", "note", { "aria-hidden": "true" });
    this.caption = element("figcaption", "caption");
    this.frame.append(this.canvas, this.hovered, this.selected, this.note);
    this.figure.append(this.title, this.frame, this.caption);
    this.listen(strip);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.frame);
  }

  listen(strip) {
    const cellHere = (event) => (this.panel.grid ? this.cellAt(event) : null);
    this.frame.addEventListener("pointermove", (event) => strip.hover(cellHere(event), this));
    this.frame.addEventListener("pointerleave", () => strip.hover(null, this));
    this.frame.addEventListener("blur", () => strip.hover(null, this));
    this.frame.addEventListener("focus", () => {
      if (this.panel.grid && this.frame.matches(":focus-visible")) strip.hover(strip.cursor, this);
    });
    this.frame.addEventListener("click", (event) => {
      const cell = cellHere(event);
      if (cell !== null) strip.select(strip.isSelected(cell, this) ? null : cell, this); // a second click clears
    });
    this.frame.addEventListener("keydown", (event) => this.panel.grid && strip.moveCursor(event, this));
  }

  update(panel, sheet) {
    this.panel = panel;
    this.sheet = sheet;
    this.title.textContent = panel.title || "\u00a0"; // beside a panel with a title, this one keeps its height
    this.caption.hidden = !panel.captions;
    this.figure.style.setProperty("--aspect", panel.width / panel.height);
    this.canvas.style.aspectRatio = `${panel.width} / ${panel.height}`;
    this.frame.classList.toggle("grid", Boolean(panel.grid));
    if (panel.grid) {
      this.frame.tabIndex = 0;
      this.frame.setAttribute("role", "application"); // the arrow keys are ours, not the screen reader's
      const help = `${panel.grid.count} tiles: arrow keys move, Enter selects, Escape clears`;
      this.frame.setAttribute("aria-label", panel.title ? `${panel.title}, ${help}` : help);
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) this.frame.removeAttribute(name);
    }
  }

  /** Give the canvas whole multiples of the picture's pixels, at least as many as the screen shows: CSS then only
   * shrinks it, which keeps all pixels equally large and sharp at any width. */
  fit() {
    if (!this.sheet || !this.frame.clientWidth) return;
    const { width, height } = this.panel;
    const wanted = Math.ceil((this.frame.clientWidth * devicePixelRatio) / width);
    const zoom = clamp(wanted, 1, Math.max(1, Math.floor(LARGEST_CANVAS / Math.max(width, height))));
    if (this.canvas.width !== width * zoom || this.canvas.height !== height * zoom) {
      this.canvas.width = width * zoom; // also empties it
      this.canvas.height = height * zoom;
    }
    this.paint(this.canvas.getContext("2d"), zoom);
  }

  show(index, label) {
    this.index = Math.min(index, this.panel.frames - 1); // a panel of one frame stands still
    this.canvas.setAttribute("aria-label", `${this.panel.alt}, ${label}`);
    this.caption.textContent = this.panel.captions?.[this.index] ?? "";
    this.fit();
  }

  paint(context, zoom) {
    const { width, height, columns } = this.panel;
    const x = (this.index % columns) * width;
    const y = Math.floor(this.index / columns) * height;
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, width * zoom, height * zoom);
    context.drawImage(this.sheet, x, y, width, height, 0, 0, width * zoom, height * zoom);
  }

  /** The frame on a canvas of its own, in whole multiples of its pixels, at least so high. */
  copy(atLeast) {
    const zoom = Math.ceil(atLeast / this.panel.height);
    const canvas = element("canvas", "");
    canvas.width = this.panel.width * zoom;
    canvas.height = this.panel.height * zoom;
    this.paint(canvas.getContext("2d"), zoom);
    return canvas;
  }

  cellAt(event) {
    const { width, height, grid } = this.panel;
    const box = this.canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * width;
    const y = ((event.clientY - box.top) / box.height) * height;
    const column = clamp(Math.floor(x / (grid.width + grid.gap)), 0, grid.columns - 1);
    const row = clamp(Math.floor(y / (grid.height + grid.gap)), 0, grid.rows - 1);
    const cell = row * grid.columns + column;
    return cell < grid.count ? cell : null;
  }

  mark(hovered, selected) {
    this.place(this.hovered, hovered);
    this.place(this.selected, selected);
    this.note.textContent = this.hovered.hidden ? "" : (this.panel.notes?.[hovered] ?? "");
    this.note.hidden = !this.note.textContent;
    if (!this.note.hidden) this.placeNote();
  }

  place(mark, cell) {
    const { grid, width, height } = this.panel;
    mark.hidden = !grid || cell === null || cell >= grid.count;
    if (mark.hidden) return;
    const column = cell % grid.columns;
    const row = Math.floor(cell / grid.columns);
    mark.style.left = `${(100 * column * (grid.width + grid.gap)) / width}%`;
    mark.style.top = `${(100 * row * (grid.height + grid.gap)) / height}%`;
    mark.style.width = `${(100 * grid.width) / width}%`;
    mark.style.height = `${(100 * grid.height) / height}%`;
  }

  /** Above the tile, below it in the first rows, and never outside the picture's width. */
  placeNote() {
    const tile = this.hovered;
    const left = tile.offsetLeft + tile.offsetWidth / 2 - this.note.offsetWidth / 2;
    const above = tile.offsetTop - this.note.offsetHeight - 8;
    this.note.style.left = `${clamp(left, 0, Math.max(0, this.frame.clientWidth - this.note.offsetWidth))}px`;
    this.note.style.top = `${above >= 0 ? above : tile.offsetTop + tile.offsetHeight + 8}px`;
  }

  remove() {
    this.observer.disconnect();
    this.figure.remove();
  }
}

/** The whole strip: pictures, slider, buttons, and what they agree on. */
class Filmstrip {
  constructor(root) {
    this.root = root;
    this.pictures = [];
    this.turn = 0;
    this.hovering = { cell: null, picture: null };
    this.selection = null; // [cell, panel]
    this.cursor = 0; // the tile that the keyboard is on
    this.build();
    this.listen();
  }

  build() {
    this.root.setAttribute("role", "group");
    this.root.innerHTML = `
      <p class="empty" hidden></p>
      <div class="panels"></div>
      <div class="controls">
        <button type="button" class="play">
          ${icon("to-play", "M4 2 14 8 4 14z")}${icon("to-pause", "M3 2h4v12H3zM9 2h4v12H9z")}
        </button>
        <input type="range" class="slider" min="0" step="1" value="0" aria-label="Frame">
        <output class="label"></output>
        <select class="speed" aria-label="Speed in frames per second" title="Speed"></select>
        <button type="button" class="save" aria-label="Download this frame as PNG" title="Download this frame">
          ${icon("", "M7 1h2v7h3L8 12 4 8h3zM2 13h12v2H2z")}PNG
        </button>
      </div>
      <div class="spoken" aria-live="polite"></div>`;
    for (const name of ["empty", "panels", "controls", "play", "slider", "label", "speed", "save", "spoken"]) {
      this[name] = this.root.querySelector(`.${name}`);
    }
    for (const speed of SPEEDS) this.speed.add(new Option(`${speed} fps`, speed));
  }

  listen() {
    this.slider.addEventListener("input", () => {
      this.stop();
      this.goTo(Number(this.slider.value));
    });
    this.slider.addEventListener("pointerdown", () => (this.byKey = false));
    this.slider.addEventListener("keydown", () => (this.byKey = true));
    // A key held down changes the slider many times a second: report once it rests.
    this.slider.addEventListener("change", () => this.reportIndex(this.byKey ? KEY_PAUSE : 0));
    this.play.addEventListener("click", () => this.toggle());
    this.speed.addEventListener("change", () => (this.memory.speed = this.speed.value));
    this.save.addEventListener("click", () => this.download());
    this.root.addEventListener("keydown", (event) => this.onKey(event));
  }

  /** Take over new data, with the pictures only once they are decoded, so that nothing flickers. */
  update(data, setStateValue) {
    this.setStateValue = setStateValue;
    this.turn += 1;
    const turn = this.turn;
    if (!this.data) this.apply(data, []); // takes up its room at once
    Promise.all(data.panels.map(decode))
      .then((bitmaps) => turn === this.turn && this.apply(data, bitmaps))
      .catch((error) => turn === this.turn && this.tell(`These pictures cannot be shown: ${error.message}`));
    return turn;
  }

  apply(data, bitmaps) {
    this.data = data;
    this.recall();
    this.root.style.setProperty("--count", data.per_row ?? data.panels.length);
    this.root.style.setProperty("--aspect", Math.max(1e-3, ...data.panels.map((panel) => panel.width / panel.height)));
    this.root.style.setProperty("--max-width", data.max_width ? `${data.max_width}px` : "100vw");
    this.adjustPictures(data.panels.length);
    this.pictures.forEach((picture, i) => picture.update(data.panels[i], bitmaps[i]));
    for (const picture of this.pictures) picture.title.hidden = !data.panels.some((panel) => panel.title);
    this.tell(data.panels.length && data.labels.length ? "" : "No frames to show yet.");
    this.controls.hidden = !data.panels.length || !data.labels.length;
    this.controls.classList.toggle("small", data.small);
    this.controls.classList.toggle("still", data.labels.length < 2); // a single frame can only be downloaded
    this.slider.max = Math.max(0, data.labels.length - 1);
    this.speed.value = this.memory.speed ?? 5;
    // the longest label keeps its room, so that the slider does not change its length under the pointer
    this.label.style.minWidth = `${Math.max(1, ...data.labels.map((label) => label.length))}ch`;
    this.show();
    this.mark();
  }

  /** Stay where the user is, unless the token says that Python moved the slider or the selection. */
  recall() {
    const { key, index, selection } = this.data;
    if (!memories.has(key)) memories.set(key, {});
    this.memory = memories.get(key);
    if (this.indexToken !== index.token) {
      clearTimeout(this.pending);
      if (this.memory.index?.token !== index.token) this.memory.index = { token: index.token, value: index.value };
      this.at = this.memory.index.value;
      this.indexToken = index.token;
    }
    if (this.selectionToken !== selection.token) {
      if (this.memory.selection?.token !== selection.token) this.memory.selection = selection;
      this.selection = this.memory.selection.value;
      this.selectionToken = selection.token;
    }
  }

  adjustPictures(count) {
    while (this.pictures.length > count) this.pictures.pop().remove();
    while (this.pictures.length < count) {
      const picture = new Picture(this);
      this.pictures.push(picture);
      this.panels.append(picture.figure);
    }
  }

  tell(message) {
    this.empty.textContent = message;
    this.empty.hidden = !message;
    this.panels.hidden = Boolean(message);
  }

  get last() {
    return Math.max(0, this.data.labels.length - 1);
  }

  /** The frame that is shown; a position of null stands for the last one, however many there are. */
  get index() {
    return this.at === null ? this.last : clamp(this.at, 0, this.last);
  }

  goTo(index) {
    const at = clamp(index, 0, this.last);
    this.at = this.data.index.follow && at === this.last ? null : at;
    this.show();
  }

  show() {
    const index = this.index;
    const label = this.data.labels[index] ?? "";
    for (const picture of this.pictures) picture.show(index, label);
    this.slider.value = index;
    this.slider.style.setProperty("--done", `${(100 * index) / Math.max(1, this.last)}%`);
    this.slider.setAttribute("aria-valuetext", label);
    this.label.textContent = label;
    this.root.setAttribute("aria-label", `Pictures, ${label}`);
    this.setPlaying(Boolean(this.ticking));
  }

  reportIndex(pause) {
    clearTimeout(this.pending);
    this.pending = setTimeout(() => {
      if (this.memory.index.value === this.at) return;
      this.memory.index = { token: this.indexToken, value: this.at };
      this.setStateValue("index", this.memory.index);
    }, pause);
  }

  toggle() {
    if (this.ticking) {
      this.stop();
      this.reportIndex(0);
    } else {
      this.start();
    }
  }

  start() {
    if (this.index === this.last) this.goTo(0);
    let due = performance.now() + 1000 / this.speed.value;
    const tick = (now) => {
      this.ticking = requestAnimationFrame(tick);
      if (now < due) return;
      due = Math.max(due, now - 100) + 1000 / this.speed.value; // a tab that slept does not race to catch up
      this.goTo(this.index + 1);
      if (this.index === this.last) this.toggle();
    };
    this.ticking = requestAnimationFrame(tick);
    this.setPlaying(true);
  }

  stop() {
    cancelAnimationFrame(this.ticking);
    this.ticking = null;
    this.setPlaying(false);
  }

  setPlaying(playing) {
    this.play.classList.toggle("playing", playing);
    this.play.setAttribute("aria-label", playing ? "Pause" : "Play");
    this.play.title = playing ? "Pause (space)" : "Play (space)";
  }

  /** Keys anywhere but where they have a meaning of their own: space on buttons, arrows on the slider and the menu. */
  onKey(event) {
    const at = event.target.tagName;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.data.labels.length < 2 || at === "SELECT") return;
    if (event.key === " " && at !== "BUTTON") {
      event.preventDefault();
      this.toggle();
    }
    const goal = { ArrowLeft: this.index - 1, ArrowRight: this.index + 1, Home: 0, End: this.last }[event.key];
    if (goal === undefined || at === "INPUT") return;
    event.preventDefault();
    this.stop();
    this.goTo(goal);
    this.reportIndex(KEY_PAUSE);
  }

  hover(cell, picture) {
    if (this.hovering.cell === cell && this.hovering.picture === picture) return;
    this.hovering = { cell, picture };
    this.mark();
  }

  /** Light up the tile under the pointer and the selected one: in all panels if these are linked. */
  mark() {
    for (const picture of this.pictures) {
      const hovered = this.data.link_cells || this.hovering.picture === picture ? this.hovering.cell : null;
      const selected = this.selection && this.isSelected(this.selection[0], picture) ? this.selection[0] : null;
      picture.mark(hovered, selected);
    }
  }

  isSelected(cell, picture) {
    if (cell !== this.selection?.[0]) return false;
    return this.data.link_cells || this.pictures[this.selection[1]] === picture;
  }

  select(cell, picture) {
    if (cell === null && this.data.always_selected) return;
    this.selection = cell === null ? null : [cell, this.pictures.indexOf(picture)];
    if (cell !== null) this.cursor = cell;
    this.mark();
    this.memory.selection = { token: this.selectionToken, value: this.selection };
    this.setStateValue("selection", this.memory.selection);
  }

  moveCursor(event, picture) {
    const { count, columns } = picture.panel.grid;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -count, End: count };
    if (event.key === "Enter") {
      this.select(clamp(this.cursor, 0, count - 1), picture);
    } else if (event.key === "Escape") {
      if (this.selection) this.select(null, picture);
    } else if (event.key in steps) {
      const goal = this.cursor + steps[event.key];
      const vertical = event.key === "ArrowUp" || event.key === "ArrowDown";
      if (!vertical || (goal >= 0 && goal < count)) this.cursor = clamp(goal, 0, count - 1);
      this.hover(this.cursor, picture);
      const note = picture.panel.notes?.[this.cursor];
      this.spoken.textContent = `Tile ${this.cursor + 1} of ${count}${note ? `: ${note}` : ""}`;
    } else {
      return;
    }
    event.preventDefault();
  }

  /** The frame as it is shown, the panels in the rows they stand in under the label, on white as slides are. */
  composed() {
    const [margin, line] = [16, 28];
    const parts = this.pictures.map((picture) => picture.copy(560));
    const top = this.pictures[0].figure.offsetTop;
    const perRow = this.pictures.filter((picture) => picture.figure.offsetTop === top).length;
    const rows = [];
    for (let i = 0; i < parts.length; i += perRow) rows.push(parts.slice(i, i + perRow));
    const across = (row) => row.reduce((sum, part) => sum + part.width + margin, margin);
    const down = (row) => Math.max(...row.map((part) => part.height)) + line + margin;
    const canvas = element("canvas", "");
    canvas.width = Math.max(...rows.map(across));
    canvas.height = rows.reduce((sum, row) => sum + down(row), margin + line);
    const context = canvas.getContext("2d");
    const { fontFamily } = getComputedStyle(this.root);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = "#000";
    context.textBaseline = "top";
    context.font = `600 20px ${fontFamily}`;
    context.fillText(this.label.textContent, margin, margin, canvas.width - 2 * margin);
    context.font = `16px ${fontFamily}`;
    let y = margin + line;
    rows.forEach((row, r) => {
      let left = margin;
      row.forEach((part, i) => {
        context.fillText(this.data.panels[r * perRow + i].title, left, y, part.width);
        context.drawImage(part, left, y + line);
        left += part.width + margin;
      });
      y += down(row);
    });
    return canvas;
  }

  async download() {
    const blob = await new Promise((resolve) => this.composed().toBlob(resolve, "image/png"));
    const link = element("a", "", { href: URL.createObjectURL(blob) });
    link.download = `${this.data.file_name} ${this.label.textContent}.png`.replace(/[^\p{L}\p{N}._-]+/gu, "-");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  /** Let nothing run on; the rest goes with the element. */
  rest() {
    this.stop();
    clearTimeout(this.pending);
  }
}
