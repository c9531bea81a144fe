import { SharedValues } from "../shared/shared_value.js";
import { resample, rounded } from "./points.js";

/** @typedef {import("./view.js").Position} Position */
/** @typedef {import("./types.js").Values} Values */

/** What Python is told of a map: where the user settled. */
export class Settled {
  /** @param {import("./latent_map.js").LatentMap} map
   * @param {HTMLButtonElement} clear the button that clears path and selection */
  constructor(map, clear) {
    this.map = map;
    this.clear = clear;
    /** @type {SharedValues<Values>} */
    this.values = new SharedValues();
    /** @type {Position | null} */
    this.z = null;
    /** @type {Position[]} */
    this.path = [];
    /** @type {number[]} */
    this.selection = [];
    /** @type {Uint8Array | null} for each point whether it is selected; null if none is */
    this.chosen = null;
  }

  /** Stay where the user is, unless a token says that Python moved something.
   * @param {import("./types.js").Data} data
   * @param {import("./types.js").Memory} memory */
  recall({ frame, z, path, selection }, memory) {
    const { frame: at, ...moved } = this.values.take({ frame, z, path, selection }, memory.told);
    if (at !== undefined) this.map.player.place(at);
    Object.assign(this, moved);
    this.choose();
  }

  /** Note which points are selected. */
  choose() {
    const { points } = this.map.data.cloud;
    const selection = this.selection.filter((index) => index < points);
    this.chosen = selection.length ? new Uint8Array(points) : null;
    for (const index of selection) this.chosen?.fill(1, index, index + 1);
    this.clear.disabled = !selection.length && !this.path.length;
  }

  /** @param {number | null} at null for the last frame, however many there are */
  setFrame(at) {
    if (this.values.told.frame?.value !== at) this.values.report("frame", at);
  }

  /** @param {Position} z */
  setZ(z) {
    this.z = rounded(z);
    this.values.report("z", this.z);
    this.map.say(`Set ${this.map.spotText(z)}`);
  }

  /** A line that was drawn becomes the path, or selects what is inside.
   * @param {Position[]} line */
  setLine(line) {
    if (this.map.tool === "path") this.setPath(resample(line, this.map.data.path_points).map(rounded));
    else this.select(this.map.shown.within(line));
  }

  /** @param {Position[]} path */
  setPath(path) {
    this.path = path;
    this.values.report("path", path);
    this.choose();
    this.map.say(path.length ? "Path set" : "Path cleared");
    this.map.ask();
  }

  /** @param {number[]} selection */
  select(selection) {
    const before = this.selection.length;
    this.selection = selection;
    if (selection.length || before) this.values.report("selection", selection);
    this.choose();
    this.map.say(`${selection.length} points selected`);
    this.map.ask("points");
  }

  /** Clear path and selection. */
  forget() {
    if (this.path.length) this.setPath([]);
    if (this.selection.length) this.select([]);
  }
}
