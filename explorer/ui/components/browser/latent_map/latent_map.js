// A map of a latent space: points over frames, and the image under the pointer. Everything happens here, without the
// server: Python is told where the user settled (`frame`, `z`, `path`, `selection`), and moves the frame or z by
// sending a new token with where to go.

import { component } from "../shared/component.js";
import { download, part } from "../shared/dom.js";
import { Kept } from "../shared/kept.js";
import { clamp } from "../shared/numbers.js";
import { Player } from "../shared/player.js";
import { themeAround } from "./colors.js";
import { composed } from "./composed.js";
import { Keyboard, NOTCH } from "./keyboard.js";
import { Layers } from "./layers.js";
import { MARKUP } from "./layout.js";
import { Legend } from "./legend.js";
import { Link } from "./links.js";
import { Pictures } from "./pictures.js";
import { Pointer } from "./pointer.js";
import { decodeCloud, Points } from "./points.js";
import { Settled } from "./settled.js";

const SPEEDS = [1, 2, 5, 10]; // frames a second
const NEAR = 9; // pixels around a point where the pointer counts as on it

/** @typedef {import("./layout.js").Tool} Tool */
/** @typedef {import("./links.js").Pointed} Pointed */
/** @typedef {import("./types.js").Data} Data */
/** @typedef {import("./types.js").Memory} Memory */
/** @typedef {import("./view.js").Position} Position */
/** @typedef {import("./view.js").View} View */

/** @type {Kept<import("./points.js").Cloud>} */
const clouds = new Kept(6);
/** @type {Map<string, Memory>} by the component's key; outlives a visit to another page */
const memories = new Map();

/** @param {import("./types.js").PackedCloud} packed */
const cloudOf = (packed) => clouds.get(packed.hash, () => decodeCloud(packed));

/** @param {string} key
 * @returns {Memory} */
function memoryOf(key) {
  const memory = memories.get(key) ?? { hidden: new Set(), look: { zoom: 1 }, told: {} };
  memories.set(key, memory);
  return memory;
}

/** The whole component: the map, what is beside and below it, and what they agree on. */
export class LatentMap {
  /** @param {HTMLElement} root
   * @param {Data} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.memory = memoryOf(data.key);
    this.cloud = cloudOf(data.cloud);
    this.shown = new Points(data.cloud.points);
    this.skipped = ""; // which points are not shown in this frame, in words
    /** @type {Tool} */
    this.tool = "move";
    /** @type {Position | null} the keyboard's, while it is in use */
    this.cross = null;
    /** @type {Pointed | null} what a map beside this one is pointed at */
    this.followed = null;
    this.link = new Link(this);
    /** @type {Position[] | null} the path or lasso that is being drawn */
    this.line = null;
    this.spotIsNew = false; // whether the keyboard moved it, which is said aloud
    root.setAttribute("role", "group");
    root.innerHTML = MARKUP;
    this.empty = part(root, ".empty", HTMLElement);
    this.body = part(root, ".body", HTMLElement);
    this.map = part(root, ".map", HTMLElement);
    this.points = part(root, ".points", HTMLCanvasElement);
    this.controls = part(root, ".controls", HTMLElement);
    this.where = part(root, ".where", HTMLElement);
    this.notes = part(root, ".notes", HTMLElement);
    this.spoken = part(root, "[aria-live]", HTMLElement);
    this.layers = new Layers(this, this.map, this.points, part(root, ".marks", HTMLCanvasElement));
    this.settled = new Settled(this, part(root, ".clear", HTMLButtonElement));
    this.pictures = new Pictures(part(root, ".side", HTMLElement), () => this.ask());
    this.legend = new Legend(part(root, ".legend", HTMLElement), () => this.filter());
    this.pointer = new Pointer(this, this.map);
    this.keyboard = new Keyboard(this, this.map);
    this.player = new Player(this.controls, {
      keys: this.controls,
      speeds: SPEEDS,
      speed: 2,
      glides: true,
      show: () => this.showFrame(),
      settle: (at) => this.settled.setFrame(at),
    });
    this.listenToTools();
    this.take(this.tool);
  }

  listenToTools() {
    /** @param {string} selector
     * @param {() => void} act */
    const on = (selector, act) => part(this.root, selector, HTMLButtonElement).addEventListener("click", act);
    for (const tool of /** @type {Tool[]} */ (["move", "path", "lasso"])) {
      on(`[data-tool=${tool}]`, () => this.take(tool));
    }
    on(".closer", () => this.zoom(NOTCH));
    on(".farther", () => this.zoom(1 / NOTCH));
    on(".whole", () => this.look({ zoom: 1 }));
    on(".clear", () => this.clearLines());
    on(".save", () => this.download());
  }

  /** Take over new data. The map is drawn at once, its pictures come when the browser has fetched them.
   * @param {Data} data
   * @param {import("../shared/component.js").Tell} tell */
  update(data, tell) {
    const { cloud, grid, images } = data;
    this.data = data;
    this.memory = memoryOf(data.key);
    this.cloud = cloudOf(cloud);
    if (this.shown.x.length !== cloud.points) this.shown = new Points(cloud.points);
    this.settled.values.tell = tell;
    this.settled.recall(data, this.memory);
    this.empty.hidden = Boolean(cloud.points && cloud.frames);
    this.body.hidden = !this.empty.hidden;
    this.controls.hidden = cloud.labels.length < 2;
    this.layers.theme = themeAround(this.root);
    this.legend.update(cloud.names, cloud.colors, this.memory.hidden);
    this.shown.shown = this.legend.shown;
    this.link.join(data.group);
    this.pictures.update(grid, images);
    this.player.update(data.alt, cloud.labels, data.frame.follow, this.memory);
    this.ask("axes");
  }

  /** Names and counts that belong to the frame. */
  showFrame() {
    const { points, missing, outside } = this.data.cloud;
    const { shown, label } = this.player;
    const [across, up] = this.data.axes;
    const described = [this.data.alt, `${up} against ${across}`, `${points} points`, label].filter(Boolean).join(", ");
    for (const named of [this.points, this.root]) named.setAttribute("aria-label", described);
    this.map.setAttribute("aria-label", this.data.alt);
    const left = [
      missing[shown] ? `${missing[shown]} have no position (not a number)` : "",
      outside[shown] ? `${outside[shown]} lie far outside` : "",
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

  /** Have a screen reader say something.
   * @param {string} text */
  say(text) {
    this.spoken.textContent = text;
  }

  /** Have the map drawn.
   * @param {import("./layers.js").Layer[]} layers */
  ask(...layers) {
    this.layers.ask(...layers);
  }

  get view() {
    return this.layers.view;
  }

  /** @param {Tool} tool */
  take(tool) {
    this.tool = tool;
    this.line = null;
    this.map.dataset.tool = tool;
    for (const button of this.root.querySelectorAll(".tool")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-tool") === tool));
    }
    this.ask();
  }

  /** Zoom around pixels, by default around the keyboard's cross or the middle.
   * @param {number} factor
   * @param {Position} [at] */
  zoom(factor, at) {
    const { view } = this;
    if (view) this.look(view.zoomed(factor, at ?? view.pixel(this.cross ?? [view.x, view.y])));
  }

  /** Look at the map, and at those beside it with the same axes, so.
   * @param {import("./view.js").Look} look */
  look(look) {
    this.lookAlike(look);
    if (this.data.same_axes) for (const other of this.link.others) other.lookAlike(look);
  }

  /** @param {import("./view.js").Look} look */
  lookAlike(look) {
    this.memory.look = look;
    this.layers.measure();
    this.ask("axes");
  }

  /** Show what another map is pointed at: the same place, or the same image where axes are each map's own.
   * @param {Pointed | null} pointed */
  follow(pointed) {
    this.followed = pointed;
    this.ask();
  }

  /** Where that is on this map.
   * @returns {Position | null} */
  get followedSpot() {
    if (this.followed && this.data.same_axes) return this.followed.spot;
    const point = this.followedPoint;
    return point === null ? null : this.shown.at(point);
  }

  /** @param {Position} z */
  setZ(z) {
    this.settled.setZ(z);
    this.spotIsNew = false;
    this.ask();
  }

  endLine() {
    const { line } = this;
    if (!line) return;
    this.line = null;
    this.spotIsNew = false;
    this.settled.setLine(line);
  }

  /** Give up the line that is being drawn; if there is none, path and selection. */
  clearLines() {
    if (this.line) {
      this.line = null;
      this.pointer.press = null;
    } else {
      this.settled.forget();
    }
    this.ask();
  }

  /** The position that is decoded: under the pointer or the cross, of this map or of one beside it, else z, else the
   * middle.
   * @param {View} view
   * @returns {Position} */
  spot(view) {
    if (this.pointer.at) return view.latent(this.pointer.at);
    const [[left, right], [bottom, top]] = this.data.cloud.bounds;
    return this.cross ?? this.followedSpot ?? this.settled.z ?? [clamp(0, left, right), clamp(0, bottom, top)];
  }

  /** @param {Position} spot */
  spotText([x, y]) {
    const [first, second] = this.data.axes;
    return `${first}: ${this.view?.format(x)}, ${second}: ${this.view?.format(y)}`;
  }

  /** Show what is at the spot: marks on the map, pictures beside it, and words.
   * @param {View} view */
  showSpot(view) {
    const { pictures, layers } = this;
    const { cloud, grid, images } = this.data;
    const spot = this.spot(view);
    const text = this.spotText(spot);
    const { index, distance } = this.shown.nearest(spot);
    const pointing = Boolean(this.pointer.at || this.cross);
    const own = pointing && distance * view.scale <= NEAR ? index : null;
    this.link.tell(pointing ? { spot, index: own, images: images?.hash } : null);
    const on = pointing ? own : this.followedPoint;
    const name = index < 0 ? "none" : cloud.names[this.shown.classes[on ?? index]];
    layers.drawMarks(layers.marks, view, layers.theme, layers.plot.ratio, on);
    if (grid) pictures.showDecoded(spot, text, this.decodedBy(grid));
    else if (images) pictures.showNearest(index, name);
    if (on === null) pictures.hidePair();
    else pictures.showPair(on, this.shown.at(on), name);
    const nearest = on === null ? `Nearest class: ${name}` : `Point ${on}, class ${name}`;
    this.where.textContent = grid ? nearest : `${text} · ${nearest}`;
    this.notes.textContent = [pictures.failure, this.skipped].filter(Boolean).join(" ");
    this.notes.hidden = !this.notes.textContent;
    if (this.spotIsNew) this.say(`${text}, nearest class ${name}`);
    this.spotIsNew = false;
  }

  /** Whose decoder made the pictures, if it is not that of the frame that is shown.
   * @param {import("./decoder.js").Grid} grid */
  decodedBy({ frame }) {
    if (frame === null || frame === this.player.shown) return "";
    return `decoded by ${this.data.cloud.labels[frame] ?? "another frame"}`;
  }

  /** The point of the image that another map is pointed at, if it is shown here.
   * @returns {number | null} */
  get followedPoint() {
    const { index = null, images } = this.followed ?? {};
    if (index === null || images !== this.data.images?.hash || index >= this.data.cloud.points) return null;
    return this.shown.shown[this.shown.classes[index]] && this.shown.at(index).every(Number.isFinite) ? index : null;
  }

  async download() {
    if (this.view) await download(composed(this, this.view), `${this.data.file_name} ${this.player.label}`);
  }

  rest() {
    this.link.leave();
    this.player.rest();
    this.layers.rest();
  }
}

export default component("latent-map", LatentMap);
