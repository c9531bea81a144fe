import { clamp } from "../shared/numbers.js";
import { components, rimOf, themeAround } from "./colors.js";
import { disc } from "./discs.js";
import { Marks } from "./marks.js";
import { Plot } from "./plot.js";
import { View } from "./view.js";

/** @typedef {import("./colors.js").Theme} Theme */
/** @typedef {"axes" | "places" | "points"} Layer axes have the points drawn again; places are the points' */

const FAINT = 0.16; // opacity of the points that are not selected

/** What is drawn of a map, on two canvases over each other: each with the next frame of the screen, and only if stale. */
export class Layers {
  /** @param {import("./latent_map.js").LatentMap} map
   * @param {HTMLElement} surface
   * @param {HTMLCanvasElement} points
   * @param {HTMLCanvasElement} marks */
  constructor(map, surface, points, marks) {
    this.map = map;
    this.surface = surface;
    this.plot = new Plot(points);
    this.marks = marks;
    this.theme = themeAround(surface);
    /** @type {View | null} null while there is no room */
    this.view = null;
    /** @type {Set<Layer>} */
    this.stale = new Set();
    /** @type {number | undefined} the frame of the screen that is asked for */
    this.asked = undefined;
    new ResizeObserver(() => this.ask("axes")).observe(surface);
  }

  /** Have the marks drawn, with all axes and points if asked for.
   * @param {Layer[]} layers */
  ask(...layers) {
    for (const layer of layers) this.stale.add(layer);
    this.asked ??= requestAnimationFrame(() => this.draw());
  }

  /** Take over the room there is. */
  measure() {
    const { clientWidth, clientHeight } = this.surface;
    const { data, memory } = this.map;
    this.view = clientWidth ? new View(data.cloud.bounds, clientWidth, clientHeight, memory.look) : null;
  }

  draw() {
    this.asked = undefined;
    this.measure();
    const { map, view, stale, plot, theme } = this;
    if (!view) return; // asked again when there is room
    this.stale = new Set();
    const { axes, grid, cloud } = map.data;
    if (stale.has("places")) map.shown.place(map.cloud, cloud.range, map.player.position);
    if (stale.has("axes")) plot.drawAxes(view, theme, axes, grid, clamp(devicePixelRatio, 1, 2));
    if (stale.has("axes") || stale.has("points")) this.drawPoints(plot, view, theme);
    map.showSpot(view);
  }

  /** @param {Plot} plot
   * @param {View} view
   * @param {Theme} theme */
  drawPoints(plot, view, theme) {
    const { shown, data, settled } = this.map;
    const room = Math.sqrt((view.width * view.height) / data.cloud.points); // pixels between points
    const radius = plot.ratio * clamp(0.55 * room * view.zoom ** 0.4, 2.8, 7);
    /** @param {number} opacity */
    const discs = (opacity) =>
      data.cloud.colors.map((color) => {
        const fill = components(color);
        return disc(radius, fill, rimOf(fill, theme.dark), opacity);
      });
    plot.drawPoints(view, shown, discs(1), settled.chosen ? discs(FAINT) : [], settled.chosen);
  }

  /** @param {HTMLCanvasElement} canvas
   * @param {View} view
   * @param {Theme} theme
   * @param {number} ratio
   * @param {number | null} on the point that is pointed at */
  drawMarks(canvas, view, theme, ratio, on) {
    const { line, cross, tool, shown } = this.map;
    const { path, z } = this.map.settled;
    const { circle } = this.map.data;
    const at = on === null ? null : shown.at(on);
    const closed = tool === "lasso";
    const followed = this.map.pointer.at || cross ? null : this.map.followedSpot;
    new Marks(canvas, view, theme, ratio).draw({ circle, path, z, line, closed, cross, followed, at });
  }

  rest() {
    if (this.asked !== undefined) cancelAnimationFrame(this.asked);
    this.asked = undefined;
  }
}
