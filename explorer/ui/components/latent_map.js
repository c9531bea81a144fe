// A map of a latent space: points over frames, and the image under the pointer. Everything happens here, without the
// server: Python is told where the user settled (`frame`, `z`, `path`, `selection`), and moves the frame or z by
// sending a new token with where to go. What it is drawn with is in latent_plot.js.

const CLOUDS_KEPT = 6;
const SPEEDS = [1, 2, 5, 10]; // frames a second
const KEY_PAUSE = 250; // milliseconds without a key before the frame counts as settled
const NEAR = 9; // pixels around a point where the pointer counts as on it
const CLICK = 4; // pixels that a click may slip
const STEP = 8; // pixels that an arrow key moves the cross; with Shift LEAP
const LEAP = 48;
const NOTCH = 1.5; // how much larger a key or a button makes the map
const FAINT = 0.16; // opacity of the points that are not selected

const clouds = new Map(); // content hash -> decoded cloud, least recently used first
const memories = new Map(); // key -> what Python was told last, the view, the filter; outlives a visit to another page
const maps = new WeakMap(); // root element -> LatentMap

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".latent-map");
  if (!maps.has(root)) maps.set(root, new LatentMap(root));
  const map = maps.get(root);
  const turn = map.update(data, setStateValue);
  // An outdated call is cleaned up too, while a newer one has the map in use.
  return () => map.turn === turn && map.rest();
}

function icon(path, className = "") {
  return `<svg class="${className}" viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"/></svg>`;
}

const ICONS = {
  move: icon("M8 0 10.5 3H9v4h4V5.5L16 8l-3 2.5V9H9v4h1.5L8 16l-2.5-3H7V9H3v1.5L0 8l3-2.5V7h4V3H5.5z"),
  path: icon(
    "M3 10a3 3 0 1 1-1.5 5.5A3 3 0 0 1 3 10zm10-10a3 3 0 1 1-1.5 5.5A3 3 0 0 1 13 0zM4.5 10.5 5.6 9.2" +
      "C8 11.5 9.5 10 8.5 8 7 5 9.5 2.5 11 4.2L9.9 5.5C9.5 5.2 9.2 5.6 10 7.2c1.8 3.5-1.8 6.8-5.5 3.3z",
  ),
  lasso: icon(
    "M8 1c4.2 0 7.5 2.2 7.5 5S12.2 11 8 11c-.8 0-1.5-.1-2.2-.2-.2 1.5-.8 3-2.3 4.2l-1-1.3c1-.9 1.4-2 1.5-3.3" +
      "C1.9 9.5.5 7.9.5 6 .5 3.2 3.8 1 8 1zm0 1.6C4.7 2.6 2.1 4.1 2.1 6S4.7 9.4 8 9.4 13.9 7.9 13.9 6 11.3 2.6 8 2.6z",
  ),
  closer: icon("M7 2h2v5h5v2H9v5H7V9H2V7h5z"),
  farther: icon("M2 7h12v2H2z"),
  whole: icon("M1 1h5v2H3v3H1zm9 0h5v5h-2V3h-3zM1 10h2v3h3v2H1zm12 0h2v5h-5v-2h3z"),
  clear: icon("M3.4 2 8 6.6 12.6 2 14 3.4 9.4 8 14 12.6 12.6 14 8 9.4 3.4 14 2 12.6 6.6 8 2 3.4z"),
  save: icon("M7 1h2v7h3L8 12 4 8h3zM2 13h12v2H2z"),
  play: icon("M4 2 14 8 4 14z", "to-play"),
  pause: icon("M3 2h4v12H3zM9 2h4v12H9z", "to-pause"),
};

/** Six digits are more than a pixel. */
const rounded = ([x, y]) => [Number(x.toPrecision(6)), Number(y.toPrecision(6))];

/** The slider below the map, which also plays: `show` is called at each frame and between two, `settle` with the one
 * that the user comes to rest on, null for the last one, however many there are. */
class Frames {
  constructor(root, show, settle) {
    Object.assign(this, { root, show, settle });
    for (const name of ["play", "slider", "label", "speed"]) this[name] = root.querySelector(`.${name}`);
    for (const speed of SPEEDS) this.speed.add(new Option(`${speed} fps`, speed));
    this.at = null;
    this.slider.addEventListener("input", () => {
      this.stop();
      this.goTo(Number(this.slider.value));
    });
    this.slider.addEventListener("pointerdown", () => (this.byKey = false));
    this.slider.addEventListener("keydown", () => (this.byKey = true));
    // A key held down changes the slider many times a second: report once it rests.
    this.slider.addEventListener("change", () => this.report(this.byKey ? KEY_PAUSE : 0));
    this.play.addEventListener("click", () => this.toggle());
    this.speed.addEventListener("change", () => (this.memory.speed = this.speed.value));
    root.addEventListener("keydown", (event) => this.onKey(event));
  }

  update(labels, follow, memory) {
    Object.assign(this, { labels, follow, memory });
    this.root.hidden = labels.length < 2;
    this.slider.max = this.last;
    this.speed.value = memory.speed ?? 2;
    // the longest label keeps its room, so that the slider does not change its length under the pointer
    this.label.style.minWidth = `${Math.max(1, ...labels.map((label) => label.length))}ch`;
    this.moveTo(this.ticking ? this.position : this.index);
  }

  get last() {
    return Math.max(0, this.labels.length - 1);
  }

  get index() {
    return this.at === null ? this.last : clamp(this.at, 0, this.last);
  }

  /** The frame that is shown, or the nearer one of two. */
  get shown() {
    return Math.round(this.position);
  }

  goTo(index) {
    const at = clamp(index, 0, this.last);
    this.at = this.follow && at === this.last ? null : at;
    this.moveTo(at);
  }

  moveTo(position) {
    this.position = clamp(position, 0, this.last);
    const label = this.labels[this.shown] ?? "";
    this.slider.value = this.shown;
    this.slider.style.setProperty("--done", `${(100 * this.position) / Math.max(1, this.last)}%`);
    this.slider.setAttribute("aria-valuetext", label);
    this.label.textContent = label;
    this.setPlaying(Boolean(this.ticking));
    this.show();
  }

  report(pause) {
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.settle(this.at), pause);
  }

  toggle() {
    if (this.ticking) {
      this.stop();
      this.report(0);
    } else {
      this.start();
    }
  }

  start() {
    clearTimeout(this.pending);
    if (this.index === this.last) this.goTo(0);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let [position, before] = [this.index, performance.now()];
    const tick = (now) => {
      position += (clamp(now - before, 0, 100) / 1000) * this.speed.value; // a tab that slept goes on where it was
      before = now;
      this.ticking = requestAnimationFrame(tick);
      this.moveTo(still ? Math.floor(position) : position);
      if (position >= this.last) this.toggle();
    };
    this.ticking = requestAnimationFrame(tick);
    this.setPlaying(true);
  }

  /** Stop at the nearest frame. */
  stop() {
    if (!this.ticking) return;
    this.rest();
    this.goTo(this.shown);
  }

  setPlaying(playing) {
    this.play.classList.toggle("playing", playing);
    this.play.setAttribute("aria-label", playing ? "Pause" : "Play");
    this.play.title = playing ? "Pause (space)" : "Play (space)";
  }

  /** Keys but where they have a meaning of their own: space on buttons, arrows on the slider and the menu. */
  onKey(event) {
    const at = event.target.tagName;
    if (event.ctrlKey || event.metaKey || event.altKey || at === "SELECT") return;
    if (event.key === " " && at !== "BUTTON") {
      event.preventDefault();
      this.toggle();
    }
    const goal = { ArrowLeft: this.index - 1, ArrowRight: this.index + 1, Home: 0, End: this.last }[event.key];
    if (goal === undefined || at === "INPUT") return;
    event.preventDefault();
    this.stop();
    this.goTo(goal);
    this.report(KEY_PAUSE);
  }

  rest() {
    cancelAnimationFrame(this.ticking);
    clearTimeout(this.pending);
    this.ticking = null;
    this.setPlaying(false);
  }
}

/** The classes with their colours: a click shows or hides one, a double click or one with a modifier shows only it. */
class Legend {
  constructor(root, changed) {
    this.root = root;
    this.changed = changed;
  }

  update(names, hues, hidden) {
    const content = JSON.stringify([names, hues]);
    if (this.content !== content) {
      this.root.replaceChildren(...names.map((name, index) => this.button(name, hues[index], index)));
      this.root.hidden = names.length < 2;
    }
    Object.assign(this, { content, names, hidden });
    this.show();
  }

  button(name, hue, index) {
    const button = element("button", "class", { type: "button" });
    button.title = "Click to show or hide; double click or Shift-click to show only this, or all again";
    button.append(element("span", "swatch"), name);
    button.firstChild.style.background = hue;
    const modified = (event) => event.shiftKey || event.ctrlKey || event.metaKey || event.altKey;
    button.addEventListener("click", (event) => (modified(event) ? this.only(index) : this.toggle(index)));
    button.addEventListener("dblclick", (event) => modified(event) || this.only(index)); // after two cancelling clicks
    return button;
  }

  /** For each class whether it is shown. */
  get shown() {
    return Uint8Array.from(this.names, (_, index) => !this.hidden.has(index));
  }

  show() {
    Array.from(this.root.children, (button, index) => button.setAttribute("aria-pressed", !this.hidden.has(index)));
  }

  toggle(index) {
    if (!this.hidden.delete(index)) this.hidden.add(index);
    this.show();
    this.changed();
  }

  only(index) {
    const already = this.shown.every((shown, other) => Boolean(shown) === (other === index));
    this.names.forEach((_, other) => (already || other === index ? this.hidden.delete(other) : this.hidden.add(other)));
    this.show();
    this.changed();
  }
}

/** The pictures beside the map: what is decoded, and the test image that the pointer is on with what is decoded there,
 * which with two latents is its reconstruction. */
class Pictures {
  constructor(side, ask) {
    this.ask = ask;
    for (const name of ["here", "decoded", "pair", "original", "again"]) this[name] = side.querySelector(`.${name}`);
    this.caption = this.here.querySelector("figcaption");
  }

  /** Fetch what has not been fetched, the large sheet of test images after the map has been drawn. */
  update(grid, images) {
    this.failure = "";
    if (this.grid?.hash !== grid?.hash) this.decoder = null;
    if (this.decoder) this.decoder.grid = grid;
    if (this.images?.hash !== images?.hash) this.sheet = null;
    Object.assign(this, { grid, images });
    this.here.hidden = !(grid || images);
    this.pair.hidden = !(grid && images);
    this.size(this.decoded, grid ?? images);
    this.size(this.original, images);
    this.size(this.again, grid);
    if (grid && !this.decoder) this.fetch(grid, (sheet) => greyLevels(sheet, grid), this.takeLevels);
    if (images && !this.sheet) setTimeout(() => this.fetch(images, (sheet) => sheet, this.takeSheet), 50);
  }

  fetch(sheet, make, take) {
    const wanted = () => this.grid?.hash === sheet.hash || this.images?.hash === sheet.hash;
    sheetOf(sheet, make)
      .then((made) => wanted() && take.call(this, made))
      .catch((error) => wanted() && (this.failure = `The pictures cannot be shown: ${error.message}.`))
      .then(this.ask);
  }

  takeLevels(levels) {
    this.decoder = new Decoder(this.grid, levels);
  }

  takeSheet(sheet) {
    this.sheet = sheet;
  }

  /** What to say while there is no picture. */
  get excuse() {
    return this.failure ? "no picture" : "fetching the pictures …";
  }

  showDecoded(spot, text, decodedBy) {
    const outside = this.decoder && !this.decoder.covers(spot) ? "outside the decoded area: its nearest edge" : "";
    const said = [text, outside, decodedBy].filter(Boolean);
    this.caption.textContent = this.decoder ? said.join(" · ") : this.excuse;
    this.decoded.setAttribute("aria-label", `Decoded at ${said.join(", ")}`);
    if (this.decoder) this.decodeOn(this.decoded, spot);
  }

  /** Without decoded images, the nearest test image stands for them. */
  showNearest(index, name) {
    this.caption.textContent = this.sheet ? "nearest test image" : this.excuse;
    this.decoded.setAttribute("aria-label", index < 0 ? "No test image" : `Nearest test image ${index}: ${name}`);
    this.copyOn(this.decoded, index);
  }

  /** A test image beside what is decoded where it is, or neither. */
  showPair(index, place, name) {
    const none = index === null;
    this.pair.classList.toggle("off", none);
    this.original.setAttribute("aria-label", none ? "No test image" : `Test image ${index}: ${name}`);
    this.again.setAttribute("aria-label", none ? "No picture" : `Decoded where test image ${index} lies`);
    if (none) return;
    this.copyOn(this.original, index);
    if (this.decoder) this.decodeOn(this.again, place);
  }

  decodeOn(canvas, spot) {
    canvas.getContext("2d").putImageData(this.decoder.decode(spot), 0, 0);
  }

  copyOn(canvas, index) {
    const { width, height, columns } = this.images;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    if (!this.sheet || index < 0) return;
    const [x, y] = [(index % columns) * width, Math.floor(index / columns) * height];
    context.drawImage(this.sheet, x, y, width, height, 0, 0, width, height);
  }

  size(canvas, picture) {
    if (picture && canvas.width !== picture.width) canvas.width = picture.width;
    if (picture && canvas.height !== picture.height) canvas.height = picture.height;
  }
}

/** The whole component: the map, what is beside and below it, and what they agree on. */
class LatentMap {
  constructor(root) {
    this.root = root;
    this.turn = 0;
    this.tokens = {};
    this.settled = { z: null, path: [], selection: [] };
    this.tool = "move";
    this.pointer = null; // pixels, while a pointer is over the map
    this.cross = null; // the latent position of the keyboard's cross, while it is in use
    this.line = null; // latent positions of the path or lasso that is being drawn
    this.held = new Map(); // pointer -> pixels where it is held down
    this.stale = new Set(); // what is to be drawn with the next frame of the screen
    this.build();
    this.listenToTools();
    this.listenToPointer();
    this.listenToKeys();
    this.observer = new ResizeObserver(() => this.ask("axes"));
    this.observer.observe(this.map);
  }

  build() {
    const tool = (name, text, title) =>
      `<button type="button" class="tool" data-tool="${name}" title="${title}">${ICONS[name]}${text}</button>`;
    const button = (name, title) =>
      `<button type="button" class="${name}" title="${title}" aria-label="${title}">${ICONS[name]}</button>`;
    this.root.setAttribute("role", "group");
    this.root.innerHTML = `
      <p class="empty" hidden>No points to show yet.</p>
      <div class="body">
        <div class="main">
          <div class="tools" role="group" aria-label="Tools">
            ${tool("move", "Move", "Drag to move the map; a click sets z")}
            ${tool("path", "Path", "Drag to draw a path; by keyboard, Space sets corners")}
            ${tool("lasso", "Lasso", "Drag around points to select them; by keyboard, Space sets corners")}
            <span class="apart">
              ${button("closer", "Zoom in (+)")}
              ${button("farther", "Zoom out (−)")}
              ${button("whole", "Show the whole map (0)")}
              ${button("clear", "Clear path and selection (Escape)")}
              ${button("save", "Download the map as PNG")}
            </span>
          </div>
          <div class="map" tabindex="0" role="application" aria-describedby="help">
            <canvas class="points" role="img"></canvas>
            <canvas class="marks" aria-hidden="true"></canvas>
          </div>
          <div class="controls">
            <button type="button" class="play">${ICONS.play}${ICONS.pause}</button>
            <input type="range" class="slider" min="0" step="1" value="0" aria-label="Frame">
            <output class="label"></output>
            <select class="speed" aria-label="Speed in frames per second" title="Speed"></select>
          </div>
        </div>
        <div class="side">
          <figure class="here"><canvas class="decoded" role="img"></canvas><figcaption></figcaption></figure>
          <div class="pair">
            <figure><canvas class="original" role="img"></canvas><figcaption>test image</figcaption></figure>
            <figure><canvas class="again" role="img"></canvas><figcaption>decoded there</figcaption></figure>
          </div>
          <div class="where"></div>
          <div class="legend" role="group" aria-label="Classes shown"></div>
          <p class="notes" hidden></p>
        </div>
      </div>
      <div class="spoken" id="help">
        Arrow keys move a cross, with Shift faster, and the image under it is decoded; Enter sets z there. Plus, minus
        and 0 zoom. With the path or lasso tool Space sets corners and Enter ends the line. Escape clears.
      </div>
      <div class="spoken" aria-live="polite"></div>`;
    const names = ["empty", "body", "tools", "closer", "farther", "whole", "clear", "save", "map", "points", "where"];
    for (const name of [...names, "notes"]) this[name] = this.root.querySelector(`.${name}`);
    const part = (name) => this.root.querySelector(`.${name}`);
    this.spoken = this.root.querySelector("[aria-live]");
    this.plot = new Plot(this.points);
    this.marks = new Marks(part("marks"));
    this.pictures = new Pictures(part("side"), () => this.ask());
    this.legend = new Legend(part("legend"), () => this.filter());
    this.frames = new Frames(
      part("controls"),
      () => this.showFrame(),
      (at) => this.memory.frame.value !== at && this.report("frame", at),
    );
  }

  listenToTools() {
    for (const button of this.tools.querySelectorAll(".tool")) {
      button.addEventListener("click", () => this.take(button.dataset.tool));
    }
    this.closer.addEventListener("click", () => this.zoom(NOTCH));
    this.farther.addEventListener("click", () => this.zoom(1 / NOTCH));
    this.whole.addEventListener("click", () => this.look({ zoom: 1 }));
    this.clear.addEventListener("click", () => this.clearLines());
    this.save.addEventListener("click", () => this.download());
    this.take(this.tool);
  }

  listenToPointer() {
    this.map.addEventListener("pointerdown", (event) => this.onDown(event));
    this.map.addEventListener("pointermove", (event) => this.onMove(event));
    this.map.addEventListener("pointerup", (event) => this.onUp(event));
    this.map.addEventListener("pointercancel", (event) => this.onUp(event));
    this.map.addEventListener("pointerleave", () => {
      this.pointer = null;
      this.ask();
    });
    this.map.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
  }

  listenToKeys() {
    this.map.addEventListener("keydown", (event) => this.onKey(event));
    this.map.addEventListener("focus", () => this.map.matches(":focus-visible") && this.showCross());
    this.map.addEventListener("blur", () => this.hideCross());
  }

  /** Take over new data. The map is drawn at once, its pictures come when the browser has fetched them. */
  update(data, setStateValue) {
    this.setStateValue = setStateValue;
    this.turn += 1;
    this.data = data;
    const { cloud, grid, images } = data;
    this.cloud = kept(clouds, CLOUDS_KEPT, cloud.hash, () => decodeCloud(cloud));
    if (this.shown?.x.length !== cloud.points) this.shown = new Points(cloud.points);
    this.recall();
    this.empty.hidden = Boolean(cloud.points && cloud.frames);
    this.body.hidden = !this.empty.hidden;
    const style = getComputedStyle(this.root);
    const [background, text, primary] = ["background", "text", "primary"].map((name) =>
      style.getPropertyValue(`--st-${name}-color`),
    );
    this.theme = themeOf(background, text, primary, style.fontFamily);
    this.legend.update(cloud.names, cloud.colors, this.memory.hidden);
    this.shown.shown = this.legend.shown;
    this.pictures.update(grid, images);
    this.frames.update(cloud.labels, data.frame.follow, this.memory);
    this.ask("axes");
    return this.turn;
  }

  /** Stay where the user is, unless a token says that Python moved something. */
  recall() {
    const { key } = this.data;
    if (!memories.has(key)) memories.set(key, { hidden: new Set(), view: { zoom: 1 } });
    this.memory = memories.get(key);
    for (const name of ["frame", "z", "path", "selection"]) {
      const { token, value } = this.data[name];
      if (this.tokens[name] === token) continue;
      if (this.memory[name]?.token !== token) this.memory[name] = { token, value };
      if (name === "frame") this.frames.rest();
      if (name === "frame") this.frames.at = this.memory.frame.value;
      else this.settled[name] = this.memory[name].value;
      this.tokens[name] = token;
    }
    this.choose();
  }

  /** Note which points are selected. */
  choose() {
    const { points } = this.data.cloud;
    const selection = this.settled.selection.filter((index) => index < points);
    this.chosen = selection.length ? new Uint8Array(points) : null;
    for (const index of selection) this.chosen[index] = 1;
    this.clear.disabled = !selection.length && !this.settled.path.length;
  }

  report(name, value) {
    if (name in this.settled) this.settled[name] = value;
    this.memory[name] = { token: this.tokens[name], value };
    this.setStateValue(name, this.memory[name]);
  }

  /** Names and counts that belong to the frame. */
  showFrame() {
    const { frames } = this;
    const { labels, points, missing, outside } = this.data.cloud;
    const described = [this.data.alt, `${points} points`, labels[frames.shown]].filter(Boolean).join(", ");
    for (const named of [this.points, this.root]) named.setAttribute("aria-label", described);
    this.map.setAttribute("aria-label", this.data.alt);
    const left = [
      missing[frames.shown] ? `${missing[frames.shown]} have no position (not a number)` : "",
      outside[frames.shown] ? `${outside[frames.shown]} lie far outside` : "",
    ].filter(Boolean);
    this.skipped = left.length ? `Points left out: ${left.join(", ")}.` : "";
    this.ask("places", "points");
  }

  filter() {
    this.shown.shown = this.legend.shown;
    const count = this.shown.shown.reduce((sum, shown) => sum + shown, 0);
    this.say(`${count} of ${this.shown.shown.length} classes shown`);
    this.ask("points");
  }

  say(text) {
    this.spoken.textContent = text;
  }

  // tools, pointer and keys -------------------------------------------------------------------------------------------

  take(tool) {
    this.tool = tool;
    this.line = null;
    this.map.dataset.tool = tool;
    for (const button of this.tools.querySelectorAll(".tool")) {
      button.setAttribute("aria-pressed", button.dataset.tool === tool);
    }
    this.ask();
  }

  place(event) {
    const box = this.map.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  onDown(event) {
    const at = this.place(event);
    if (event.button !== 0 || !this.view?.holds(at)) return;
    this.map.setPointerCapture(event.pointerId);
    this.held.set(event.pointerId, at);
    this.pointer = at;
    this.cross = this.line = null;
    const { x, y, zoom } = this.view;
    this.press = this.held.size === 1 ? { at, view: { x, y, zoom }, moved: false } : null; // a second finger zooms
    this.ask();
  }

  onMove(event) {
    if (!this.view) return;
    const at = this.place(event);
    const held = this.held.has(event.pointerId);
    this.pointer = held || this.view.holds(at) ? at : null;
    if (this.pointer && !this.line) this.cross = null; // the keyboard's line goes on until it is ended
    if (held && this.held.size === 2) this.pinch(event.pointerId, at);
    if (held) this.held.set(event.pointerId, at);
    if (held && this.press) this.drag(event, at);
    this.ask();
  }

  drag(event, [x, y]) {
    const { press } = this;
    const [right, down] = [x - press.at[0], y - press.at[1]];
    if (!press.moved && Math.hypot(right, down) <= CLICK) return;
    if (!press.moved && this.tool !== "move") this.line = [this.view.latent(press.at)];
    press.moved = true;
    if (this.tool === "move") {
      const { scale } = this.view;
      this.look({ x: press.view.x - right / scale, y: press.view.y + down / scale, zoom: press.view.zoom });
      return;
    }
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) this.line.push(this.view.latent(this.place(each)));
  }

  onUp(event) {
    if (!this.held.delete(event.pointerId)) return;
    const { press } = this;
    this.press = null;
    if (event.pointerType === "touch") this.pointer = null;
    if (event.type === "pointercancel" || !press) this.line = null;
    else if (!press.moved) this.setZ(this.view.latent(press.at));
    else if (this.line) this.endLine();
    this.ask();
  }

  /** Two fingers: the one that moves takes what is under it along, the other one keeps it. */
  pinch(moving, to) {
    const from = this.held.get(moving);
    const [, still] = [...this.held].find(([pointer]) => pointer !== moving);
    const distance = (at) => Math.max(1, Math.hypot(at[0] - still[0], at[1] - still[1]));
    this.zoom(distance(to) / distance(from), still);
  }

  onWheel(event) {
    const at = this.place(event);
    if (!this.view?.holds(at)) return;
    event.preventDefault();
    const pixels = event.deltaY * [1, 30, 400][event.deltaMode];
    this.zoom(Math.exp(-clamp(pixels, -300, 300) / 400), at);
  }

  /** Zoom around pixels, by default around the keyboard's cross or the middle. */
  zoom(factor, at = this.view.pixel(this.cross ?? [this.view.x, this.view.y])) {
    const { view } = this;
    const zoom = clamp(view.zoom * factor, FARTHEST, CLOSEST);
    const [x, y] = view.latent(at);
    const share = view.zoom / zoom;
    this.look({ x: x + (view.x - x) * share, y: y + (view.y - y) * share, zoom });
  }

  look(view) {
    this.memory.view = view;
    this.measure();
    this.ask("axes");
  }

  showCross() {
    if (this.view) this.moveCross(0, 0);
  }

  hideCross() {
    if (this.cross) this.line = null;
    this.cross = null;
    this.ask();
  }

  /** Move the cross by pixels; at first it is at z or in the middle. */
  moveCross(right, down) {
    const { view } = this;
    const [x, y] = view.pixel(this.cross ?? this.settled.z ?? [view.x, view.y]);
    this.cross = view.latent(view.hold([x + right, y + down]));
    this.pointer = null;
    this.spotIsNew = true;
    this.ask();
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.view) return;
    const step = event.shiftKey ? LEAP : STEP;
    const keys = {
      ArrowLeft: () => this.moveCross(-step, 0),
      ArrowRight: () => this.moveCross(step, 0),
      ArrowUp: () => this.moveCross(0, -step),
      ArrowDown: () => this.moveCross(0, step),
      Enter: () => this.onEnter(),
      " ": () => this.onSpace(),
      "+": () => this.zoom(NOTCH),
      "=": () => this.zoom(NOTCH),
      "-": () => this.zoom(1 / NOTCH),
      0: () => this.look({ zoom: 1 }),
      Escape: () => this.clearLines(),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    keys[event.key]();
    event.preventDefault();
    event.stopPropagation();
  }

  onEnter() {
    this.showCross();
    if (this.line) {
      this.line.push(this.cross);
      this.endLine();
    } else {
      this.setZ(this.cross);
    }
  }

  /** Set a corner of a path or lasso; with the other tool the same as Enter. */
  onSpace() {
    if (this.tool === "move") {
      this.onEnter();
      return;
    }
    this.showCross();
    this.spotIsNew = false;
    this.line = [...(this.line ?? []), this.cross];
    this.say(`Corner ${this.line.length}`);
  }

  setZ(z) {
    this.report("z", rounded(z));
    this.spotIsNew = false;
    this.say(`Set ${this.spotText(z)}`);
    this.ask();
  }

  /** The line that was drawn becomes the path, or selects what is inside. */
  endLine() {
    const { line } = this;
    this.line = null;
    this.spotIsNew = false;
    if (this.tool === "path") this.setPath(resample(line, this.data.path_points).map(rounded));
    else this.select(this.shown.within(line));
  }

  setPath(path) {
    this.report("path", path);
    this.choose();
    this.say(path.length ? "Path set" : "Path cleared");
    this.ask();
  }

  select(selection) {
    if (selection.length || this.settled.selection.length) this.report("selection", selection);
    this.choose();
    this.say(`${selection.length} points selected`);
    this.ask("points");
  }

  /** Give up the line that is being drawn; if there is none, path and selection. */
  clearLines() {
    if (this.line) {
      this.line = this.press = null;
    } else {
      if (this.settled.path.length) this.setPath([]);
      if (this.settled.selection.length) this.select([]);
    }
    this.ask();
  }

  // drawing -----------------------------------------------------------------------------------------------------------

  /** Have the marks drawn with the next frame of the screen, with all axes and points if asked for. */
  ask(...what) {
    for (const each of what) this.stale.add(each);
    this.asked ??= requestAnimationFrame(() => this.draw());
  }

  measure() {
    const { clientWidth, clientHeight } = this.map;
    this.view = clientWidth ? new View(this.data.cloud.bounds, clientWidth, clientHeight, this.memory.view) : null;
  }

  draw() {
    this.asked = null;
    this.measure();
    if (!this.view) return; // asked again when there is room
    const { stale, data } = this;
    this.stale = new Set();
    const axes = stale.has("axes");
    if (stale.has("places")) this.shown.place(this.cloud, data.cloud.range, this.frames.position);
    if (axes) this.plot.drawAxes(this.view, this.theme, data.axes, data.grid, clamp(devicePixelRatio, 1, 2));
    if (axes || stale.has("points")) this.drawPoints(this.plot, this.theme);
    this.showSpot();
  }

  drawPoints(plot, theme) {
    const { view } = this;
    const room = Math.sqrt((view.width * view.height) / this.data.cloud.points); // pixels between points
    const radius = plot.ratio * clamp(0.55 * room * view.zoom ** 0.4, 2.8, 7);
    const discs = (opacity) =>
      this.data.cloud.colors.map((color) => {
        const fill = components(color);
        return disc(radius, fill, rimOf(fill, theme), opacity);
      });
    plot.drawPoints(view, this.shown, discs(1), this.chosen && discs(FAINT), this.chosen);
  }

  /** The position that is decoded: under the pointer or the cross, else z, else the middle. */
  get spot() {
    if (this.pointer) return this.view.latent(this.pointer);
    return this.cross ?? this.settled.z ?? this.data.cloud.bounds.map(([low, high]) => clamp(0, low, high));
  }

  spotText([x, y]) {
    const [first, second] = this.data.axes;
    return `${first} ${this.view.format(x)}, ${second} ${this.view.format(y)}`;
  }

  /** Show what is at the spot: marks on the map, pictures beside it, and words. */
  showSpot() {
    const { spot, pictures } = this;
    const { cloud, grid, images } = this.data;
    const { index, distance } = this.shown.nearest(spot);
    const pointed = (this.pointer || this.cross) && distance * this.view.scale <= NEAR;
    const on = pointed ? index : null;
    const name = index < 0 ? "none" : cloud.names[this.shown.classes[index]];
    this.drawMarks(this.marks, this.theme, this.plot.ratio, on);
    if (grid) pictures.showDecoded(spot, this.spotText(spot), this.decodedBy);
    else if (images) pictures.showNearest(index, name);
    if (grid && images) pictures.showPair(on, on === null ? null : this.shown.at(on), name);
    const nearest = on === null ? `Nearest class: ${name}` : `Point ${on}, class ${name}`;
    this.where.textContent = grid ? nearest : `${this.spotText(spot)} · ${nearest}`;
    this.notes.textContent = [pictures.failure, this.skipped].filter(Boolean).join(" ");
    this.notes.hidden = !this.notes.textContent;
    if (this.spotIsNew) this.say(`${this.spotText(spot)}, nearest class ${name}`);
    this.spotIsNew = false;
  }

  /** Whose decoder made the pictures, if it is not that of the frame that is shown. */
  get decodedBy() {
    const { grid, cloud } = this.data;
    if (grid.frame === null || grid.frame === this.frames.shown) return "";
    return `decoded by ${cloud.labels[grid.frame] ?? "another frame"}`;
  }

  drawMarks(marks, theme, ratio, on) {
    marks.draw(this.view, theme, ratio, {
      ...this.settled,
      line: this.line,
      closed: this.tool === "lasso",
      cross: this.cross,
      at: on === null ? null : this.shown.at(on),
    });
  }

  /** The map as it is shown, under its label and over its legend, on white as slides are. */
  composed() {
    const line = 34; // pixels
    const { view } = this;
    const ratio = Math.max(2, this.plot.ratio);
    const theme = themeOf("#fff", "#000", this.theme.primary, this.theme.font);
    const plot = new Plot(element("canvas", ""));
    plot.drawAxes(view, theme, this.data.axes, this.data.grid, ratio);
    this.drawPoints(plot, theme);
    const marks = new Marks(element("canvas", ""));
    this.drawMarks(marks, theme, ratio, null);
    const { width, height } = plot.canvas;
    const canvas = element("canvas", "", { width, height: height + 2 * line * ratio });
    const context = canvas.getContext("2d");
    context.fillStyle = theme.background;
    context.fillRect(0, 0, width, canvas.height);
    for (const part of [plot.canvas, marks.canvas]) context.drawImage(part, 0, line * ratio);
    context.scale(ratio, ratio);
    context.fillStyle = theme.text;
    context.textBaseline = "middle";
    context.font = `600 17px ${theme.font}`;
    context.fillText(this.frames.label.textContent, LEFT, line / 2 + 2, view.width);
    context.font = `15px ${theme.font}`;
    this.writeLegend(context, theme, canvas.height / ratio - line / 2);
    return canvas;
  }

  writeLegend(context, theme, middle) {
    let left = LEFT;
    this.data.cloud.names.forEach((name, index) => {
      if (!this.shown.shown[index]) return;
      context.fillStyle = this.data.cloud.colors[index];
      context.beginPath();
      context.arc(left + 6, middle, 6, 0, 2 * Math.PI);
      context.fill();
      context.fillStyle = theme.text;
      context.fillText(name, left + 17, middle + 1);
      left += context.measureText(name).width + 31;
    });
  }

  async download() {
    const blob = await new Promise((resolve) => this.composed().toBlob(resolve, "image/png"));
    const link = element("a", "", { href: URL.createObjectURL(blob) });
    link.download = `${this.data.file_name} ${this.frames.label.textContent}.png`.replace(/[^\p{L}\p{N}._-]+/gu, "-");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  /** Let nothing run on; the rest goes with the element. */
  rest() {
    this.frames.rest();
    cancelAnimationFrame(this.asked);
    this.asked = null;
  }
}
