// Frames of one or more panels under one slider. Everything happens here, without the server: Python is told where the
// user settled (`index`, `selection`), and moves the strip by sending a new token with where to go.

import { component } from "../shared/component.js";
import { download, part, SAVE } from "../shared/dom.js";
import { clamp } from "../shared/numbers.js";
import { PLAYER, Player } from "../shared/player.js";
import { SharedValues } from "../shared/shared_value.js";
import { fetchPicture, Sheets } from "../shared/sheets.js";
import { composed } from "./composed.js";
import { Picture } from "./picture.js";
import { scaleElement, scalesOf } from "./scales.js";
import { movedBy } from "./tiles.js";

const SPEEDS = [2, 5, 10, 25]; // frames a second

/** @typedef {import("./picture.js").Panel} Panel */
/** @typedef {import("../shared/component.js").Tell} Tell */
/** @template Value
 * @typedef {import("../shared/shared_value.js").Shared<Value>} Shared */
/** @typedef {[cell: number, panel: number] | null} Selection */
/** @typedef {{index: number | null, outer: number | null, selection: Selection}} Values */
/** @typedef {{speed?: string, told: import("../shared/shared_value.js").Told<Values>}} Memory */
/** @typedef {{name: string, labels: string[]}} Outer */

/** @typedef {object} Data what filmstrip.py sends
 * @property {string} key
 * @property {string[]} labels one for each frame
 * @property {Panel[]} panels
 * @property {Shared<number | null> & {follow: boolean}} index null for the last frame, however many there are
 * @property {Shared<Selection>} selection
 * @property {Shared<number | null>} outer where another slider is; null for its end
 * @property {Outer | null} outer_slider that slider: of each of its labels there are as many frames as of `labels`
 * @property {boolean} link_cells
 * @property {boolean} always_selected
 * @property {string} file_name
 * @property {string} note what saved pictures say of themselves
 * @property {number | null} max_width
 * @property {number | null} per_row
 * @property {boolean} at_end where the panels of a last row that is not full stand
 * @property {number} least_width of a panel, in CSS pixels
 * @property {boolean} small */

/** @type {Sheets<ImageBitmap>} */
const sheets = new Sheets(24);
/** @type {Map<string, Memory>} by the component's key; outlives a visit to another page */
const memories = new Map();

const MARKUP = `
  <p class="empty" hidden></p>
  <div class="panels"></div>
  <div class="scales"></div>
  <div class="controls">
    ${PLAYER}
    <button type="button" class="save" aria-label="Download this frame as PNG" title="Download this frame">
      ${SAVE}PNG
    </button>
  </div>
  <label class="outer" hidden>
    <span class="outer-name"></span>
    <input type="range" class="outer-slider" min="0" step="1" value="0">
    <output class="outer-label"></output>
  </label>
  <div class="spoken" aria-live="polite"></div>`;

/** The whole strip: pictures, player, buttons, and what they agree on. */
class Filmstrip {
  /** @param {HTMLElement} root
   * @param {Data} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    /** @type {Picture[]} */
    this.pictures = [];
    this.updates = 0;
    /** @type {SharedValues<Values>} */
    this.values = new SharedValues();
    /** @type {{cell: number | null, picture: Picture | null}} */
    this.hovering = { cell: null, picture: null };
    /** @type {Selection} */
    this.selection = null;
    this.cursor = 0; // the tile that the keyboard is on
    root.setAttribute("role", "group");
    root.innerHTML = MARKUP;
    this.empty = part(root, ".empty", HTMLElement);
    this.panels = part(root, ".panels", HTMLElement);
    this.scales = part(root, ".scales", HTMLElement);
    this.controls = part(root, ".controls", HTMLElement);
    this.spoken = part(root, ".spoken", HTMLElement);
    this.outer = part(root, ".outer", HTMLLabelElement);
    this.outerSlider = part(root, ".outer-slider", HTMLInputElement);
    /** @type {number | null} where the other slider is; null for its end */
    this.outerAt = null;
    this.outerSlider.addEventListener("input", () => {
      const at = Number(this.outerSlider.value);
      this.outerAt = at === Number(this.outerSlider.max) ? null : at;
      this.show();
    });
    this.outerSlider.addEventListener("change", () => this.values.report("outer", this.outerAt));
    part(root, ".save", HTMLButtonElement).addEventListener("click", () => this.download());
    this.player = new Player(this.controls, {
      keys: root,
      speeds: SPEEDS,
      speed: 5,
      show: () => this.show(),
      settle: (at) => {
        if (this.values.told.index?.value !== at) this.values.report("index", at);
      },
    });
  }

  /** Take over new data, with the pictures only once they are decoded, so that nothing flickers.
   * @param {Data} data
   * @param {Tell} tell */
  update(data, tell) {
    this.updates += 1;
    const update = this.updates;
    this.values.tell = tell;
    if (update === 1) this.apply(data, []); // takes up its room at once
    Promise.all(data.panels.map(({ hash, sheet }) => sheets.get(hash, () => fetchPicture(sheet))))
      .then((bitmaps) => update === this.updates && this.apply(data, bitmaps))
      .catch((error) => update === this.updates && this.say(`These pictures cannot be shown: ${error.message}`));
  }

  /** @param {Data} data
   * @param {ImageBitmap[]} bitmaps */
  apply(data, bitmaps) {
    const { labels, panels } = data;
    this.data = data;
    const memory = this.recall(data);
    this.root.style.setProperty("--count", String(data.per_row ?? panels.length));
    const widest = Math.max(1e-3, ...panels.map(({ width, height }) => width / height));
    this.root.style.setProperty("--aspect", String(widest));
    this.root.style.setProperty("--least", `${data.least_width}px`);
    this.root.style.setProperty("--max-width", data.max_width ? `${data.max_width}px` : "100vw");
    this.panels.classList.toggle("at-end", data.at_end);
    this.scales.replaceChildren(...scalesOf(panels).map(scaleElement));
    this.adjustPictures(panels);
    this.pictures.forEach((picture, i) => {
      picture.update(panels[i], bitmaps[i]);
      picture.title.hidden = !panels.some((panel) => panel.title);
    });
    this.say(panels.length && labels.length ? "" : "No frames to show yet.");
    this.controls.hidden = !panels.length || !labels.length;
    this.controls.classList.toggle("small", data.small);
    this.controls.classList.toggle("still", labels.length < 2); // a single frame can only be downloaded
    this.updateOuter(data.outer_slider);
    this.player.update(this.name, labels, data.index.follow, memory);
    this.mark();
  }

  /** @param {Outer | null} outer */
  updateOuter(outer) {
    const last = (outer?.labels.length ?? 1) - 1;
    this.outer.hidden = last < 1;
    part(this.outer, ".outer-name", HTMLElement).textContent = outer?.name ?? "";
    this.outerSlider.max = String(last);
    this.outerSlider.value = String(clamp(this.outerAt ?? last, 0, last));
  }

  /** Stay where the user is, unless a token says that Python moved the slider or the selection.
   * @param {Data} data */
  recall({ key, index, outer, selection }) {
    const memory = memories.get(key) ?? { told: {} };
    memories.set(key, memory);
    const moved = this.values.take({ index, outer, selection }, memory.told);
    if (moved.index !== undefined) this.player.place(moved.index);
    if (moved.outer !== undefined) this.outerAt = moved.outer;
    if (moved.selection !== undefined) this.selection = moved.selection;
    return memory;
  }

  /** @param {Panel[]} panels */
  adjustPictures(panels) {
    for (const picture of this.pictures.splice(panels.length)) picture.remove();
    for (const panel of panels.slice(this.pictures.length)) {
      const picture = new Picture(this, panel);
      this.pictures.push(picture);
      this.panels.append(picture.figure);
    }
  }

  /** Show a message instead of the pictures, or these again without one.
   * @param {string} message */
  say(message) {
    this.empty.textContent = message;
    this.empty.hidden = !message;
    this.panels.hidden = Boolean(message);
  }

  /** What the pictures show, in words. */
  get name() {
    return [...new Set(this.data.panels.map(({ alt }) => alt))].join("; ");
  }

  /** The label of the frame that is shown, with that of the other slider. */
  get label() {
    const outer = this.data.outer_slider?.labels[Number(this.outerSlider.value)];
    return [this.player.label, outer].filter(Boolean).join(", ");
  }

  show() {
    const { label } = this;
    const first = Number(this.outerSlider.value) * this.data.labels.length;
    for (const picture of this.pictures) picture.show(first + this.player.shown, label);
    const outer = this.data.outer_slider?.labels[Number(this.outerSlider.value)] ?? "";
    part(this.outer, ".outer-label", HTMLOutputElement).textContent = outer;
    this.outerSlider.setAttribute("aria-valuetext", outer);
    this.outerSlider.style.setProperty(
      "--done",
      `${(100 * Number(this.outerSlider.value)) / Math.max(1, Number(this.outerSlider.max))}%`,
    );
    this.root.setAttribute("aria-label", [this.name, label].filter(Boolean).join(", "));
  }

  /** @param {number | null} cell
   * @param {Picture} picture */
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

  /** @param {number} cell
   * @param {Picture} picture */
  isSelected(cell, picture) {
    if (!this.selection || cell !== this.selection[0]) return false;
    return this.data.link_cells || this.pictures[this.selection[1]] === picture;
  }

  /** @param {number | null} cell
   * @param {Picture} picture */
  select(cell, picture) {
    if (cell === null && this.data.always_selected) return;
    this.selection = cell === null ? null : [cell, this.pictures.indexOf(picture)];
    if (cell !== null) this.cursor = cell;
    this.mark();
    this.values.report("selection", this.selection);
  }

  /** Move and select by the keyboard.
   * @param {KeyboardEvent} event
   * @param {Picture} picture */
  onTileKey(event, picture) {
    const { grid, notes } = picture.panel;
    if (!grid) return;
    const goal = movedBy(event.key, this.cursor, grid);
    if (event.key === "Enter") {
      this.select(clamp(this.cursor, 0, grid.count - 1), picture);
    } else if (event.key === "Escape") {
      if (this.selection) this.select(null, picture);
    } else if (goal !== undefined) {
      this.cursor = goal;
      this.hover(goal, picture);
      const note = notes?.[goal];
      this.spoken.textContent = `Tile ${goal + 1} of ${grid.count}${note ? `: ${note}` : ""}`;
    } else {
      return;
    }
    event.preventDefault();
  }

  async download() {
    const { label } = this;
    const { fontFamily } = getComputedStyle(this.root);
    await download(composed(this.pictures, label, this.data.note, fontFamily), `${this.data.file_name} ${label}`);
  }

  rest() {
    this.player.rest();
  }
}

export default component("filmstrip", Filmstrip);
