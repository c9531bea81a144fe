import { drawingOn, element, resize } from "../shared/dom.js";
import { blend } from "./discs.js";
import { ticks } from "./view.js";

/** @typedef {import("./colors.js").Theme} Theme */
/** @typedef {import("./decoder.js").Grid} Grid */
/** @typedef {import("./discs.js").Disc} Disc */
/** @typedef {import("./points.js").Points} Points */
/** @typedef {import("./view.js").View} View */

/** Give a canvas room for the whole map, `ratio` device pixels to a pixel.
 * @param {HTMLCanvasElement} canvas
 * @param {View} view
 * @param {number} ratio */
export function makeRoom(canvas, view, ratio) {
  const { left, right, top, bottom } = view.frame;
  resize(canvas, Math.round((view.width + left + right) * ratio), Math.round((view.height + top + bottom) * ratio));
}

/** What of the map stays while the pointer moves: axes and points. The points are written straight into the pixels,
 * which without a GPU is several times faster than drawing them as paths or images. */
export class Plot {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = drawingOn(canvas);
    this.below = drawingOn(element("canvas"), { willReadFrequently: true });
    this.ratio = 1;
    this.place = { left: 0, top: 0, width: 1, height: 1 }; // of the points, in device pixels
    this.empty = new Uint32Array(1); // the pixels there without points
    this.image = new ImageData(1, 1); // and with them
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  /** Draw the axes; the points have to be drawn again after it.
   * @param {View} view
   * @param {Theme} theme
   * @param {[horizontal: string, vertical: string]} titles
   * @param {Grid | null} grid
   * @param {number} ratio */
  drawAxes(view, theme, titles, grid, ratio) {
    this.ratio = ratio;
    const context = this.below;
    for (const { canvas } of [this.context, context]) makeRoom(canvas, view, ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = theme.background;
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    context.fillStyle = theme.text;
    context.strokeStyle = theme.text;
    this.drawTicks(context, view, theme);
    if (grid && grid.rows > 1 && grid.columns > 1) this.drawReach(context, view, grid);
    this.drawTitles(context, view, theme, titles);
    this.context.drawImage(context.canvas, 0, 0);
    const sizes = [view.frame.left, view.frame.top, view.width, view.height];
    const [left, top, width, height] = sizes.map((size) => Math.round(size * ratio));
    this.place = { left, top, width, height };
    this.empty = new Uint32Array(context.getImageData(left, top, width, height).data.buffer);
    if (this.image.width === width && this.image.height === height) return;
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  /** @param {CanvasRenderingContext2D} context
   * @param {View} view
   * @param {Theme} theme */
  drawTicks(context, view, theme) {
    const { left: start, top, letters } = view.frame;
    const [bottom, right] = [top + view.height, start + view.width];
    const [[left, low], [far, high]] = [view.latent([start, bottom]), view.latent([right, top])];
    /** @param {[x: number, y: number, width: number, height: number]} box
     * @param {number} opacity */
    const line = (box, opacity) => {
      context.globalAlpha = opacity;
      context.fillRect(...box);
      context.globalAlpha = 1;
    };
    context.font = `${letters}px ${theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const [value, text] of ticks(left, far, view.scale, view.apart)) {
      const x = Math.round(view.pixel([value, 0])[0]);
      line([x, top, 1, view.height], value ? 0.13 : 0.4);
      context.fillText(text, x, bottom + 7);
    }
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const [value, text] of ticks(low, high, view.scale, view.apart)) {
      const y = Math.round(view.pixel([0, value])[1]);
      line([start, y, view.width, 1], value ? 0.13 : 0.4);
      context.fillText(text, start - 7, y);
    }
    context.globalAlpha = 0.4;
    context.strokeRect(start + 0.5, top + 0.5, view.width - 1, view.height - 1);
    context.globalAlpha = 1;
  }

  /** The edge of the grid of decoded images.
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   * @param {Grid} grid */
  drawReach(context, view, { x, y }) {
    const [[left, top], [right, bottom]] = [view.pixel([x[0], y[0]]), view.pixel([x[1], y[1]])];
    context.save();
    context.beginPath();
    context.rect(view.frame.left, view.frame.top, view.width, view.height);
    context.clip();
    context.setLineDash([6, 5]);
    context.globalAlpha = 0.6;
    context.strokeRect(left, top, right - left, bottom - top);
    context.restore();
  }

  /** @param {CanvasRenderingContext2D} context
   * @param {View} view
   * @param {Theme} theme
   * @param {[horizontal: string, vertical: string]} titles */
  drawTitles(context, view, theme, [horizontal, vertical]) {
    const { left, top, bottom, title } = view.frame;
    context.font = `600 ${title}px ${theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.fillText(horizontal, left + view.width / 2, top + view.height + bottom - 9, view.width);
    context.translate(title, top + view.height / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(vertical, 0, 0, view.height);
  }

  /** Draw the points over the axes: `discs` has one for each class, `faint` one for points that are not chosen.
   * @param {View} view
   * @param {Points} points
   * @param {Disc[]} discs
   * @param {Disc[]} faint
   * @param {Uint8Array | null} chosen for each point whether it is; null if there is no choice */
  drawPoints(view, points, discs, faint, chosen) {
    this.pixels.set(this.empty);
    if (chosen) this.drawEach(view, points, faint, (i) => !chosen[i]);
    this.drawEach(view, points, discs, (i) => !chosen || Boolean(chosen[i]));
    this.context.putImageData(this.image, this.place.left, this.place.top);
  }

  /** @param {View} view
   * @param {Points} points
   * @param {Disc[]} discs
   * @param {(index: number) => boolean} wanted */
  drawEach(view, { x, y, classes, shown }, discs, wanted) {
    const scale = view.scale * this.ratio;
    const { width, height } = this.place;
    for (let i = 0; i < x.length; i += 1) {
      if (!shown[classes[i]] || !wanted(i)) continue;
      const left = width / 2 + (x[i] - view.x) * scale;
      const top = height / 2 - (y[i] - view.y) * scale;
      // false for a point without a place too
      if (left > -30 && left < width + 30 && top > -30 && top < height + 30) {
        this.stamp(discs[classes[i]], Math.floor(left), Math.floor(top));
      }
    }
  }

  /** @param {Disc} disc
   * @param {number} left of its centre, in device pixels
   * @param {number} top */
  stamp({ reach, x, y, color, cover }, left, top) {
    const { pixels } = this;
    const { width, height } = this.place;
    const cut = left < reach || left >= width - reach || top < reach || top >= height - reach;
    const center = top * width + left;
    for (let i = 0; i < x.length; i += 1) {
      if (cut && (left + x[i] < 0 || left + x[i] >= width || top + y[i] < 0 || top + y[i] >= height)) continue;
      const at = center + y[i] * width + x[i];
      pixels[at] = cover[i] === 256 ? color[i] : blend(pixels[at] | 0, color[i], cover[i]);
    }
  }
}
