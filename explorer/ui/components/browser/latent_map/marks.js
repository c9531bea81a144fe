import { drawingOn } from "../shared/dom.js";
import { makeRoom } from "./plot.js";

/** @typedef {import("./colors.js").Theme} Theme */
/** @typedef {import("./view.js").Position} Position */
/** @typedef {import("./view.js").View} View */

/** @typedef {object} Marked in latent units
 * @property {import("./types.js").Data["circle"]} circle
 * @property {Position[]} path
 * @property {Position | null} z
 * @property {Position[] | null} line that is being drawn
 * @property {boolean} closed whether the line is
 * @property {Position | null} cross the keyboard's
 * @property {Position | null} followed where a map beside this one is pointed at
 * @property {Position | null} at of the point that is pointed at */

/** What lies over the points. */
export class Marks {
  /** @param {HTMLCanvasElement} canvas
   * @param {View} view
   * @param {Theme} theme
   * @param {number} ratio device pixels to a pixel */
  constructor(canvas, view, theme, ratio) {
    this.view = view;
    this.theme = theme;
    makeRoom(canvas, view, ratio);
    const context = drawingOn(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.lineJoin = "round";
    context.lineCap = "round";
    this.context = context;
  }

  /** @param {Marked} marked */
  draw({ circle, path, z, line, closed, cross, followed, at }) {
    const { context, view, theme } = this;
    context.save();
    context.beginPath();
    context.rect(view.frame.left, view.frame.top, view.width, view.height);
    context.clip();
    if (circle) this.drawCircle(circle);
    if (path.length) this.drawPath(path);
    if (line) this.drawLine(cross ? [...line, cross] : line, closed);
    if (z) this.drawZ(view.pixel(z));
    if (followed) this.outline(spokes(view.pixel(followed), 5, 15), theme.text, 2.5);
    if (at) this.outline(ring(view.pixel(at), 9), theme.text, 2.5);
    if (cross) this.outline(spokes(view.pixel(cross), 4, 4000), theme.text, 1.5);
    context.restore();
  }

  /** A circle around 0, with its name above it.
   * @param {{radius: number, name: string}} circle */
  drawCircle({ radius, name }) {
    const { view, theme, context } = this;
    this.outline(ring(view.pixel([0, 0]), radius * view.scale), theme.text, 1.5);
    const [x, y] = view.pixel([0, radius]);
    context.font = `${view.frame.letters}px ${theme.font}`;
    context.textAlign = "center";
    context.strokeStyle = theme.background;
    context.lineWidth = 4;
    context.strokeText(name, x, y - 8);
    context.fillStyle = theme.text;
    context.fillText(name, x, y - 8);
  }

  /** A ring where the path begins, an arrow where it ends.
   * @param {Position[]} path */
  drawPath(path) {
    const { view, theme, context } = this;
    this.outline(this.polyline(path), theme.primary, 4);
    const start = ring(view.pixel(path[0]), 7);
    context.fillStyle = theme.background;
    context.fill(start);
    this.outline(start, theme.primary, 4);
    const [[x0, y0], [x, y]] = path.slice(-2).map((point) => view.pixel(point));
    const angle = Math.atan2(y - y0, x - x0);
    const head = new Path2D();
    head.moveTo(x + 15 * Math.cos(angle - 2.6), y + 15 * Math.sin(angle - 2.6));
    head.lineTo(x, y);
    head.lineTo(x + 15 * Math.cos(angle + 2.6), y + 15 * Math.sin(angle + 2.6));
    this.outline(head, theme.primary, 4);
  }

  /** @param {Position[]} points
   * @param {boolean} closed */
  drawLine(points, closed) {
    const { context, theme } = this;
    const line = this.polyline(points);
    if (closed) {
      line.closePath();
      context.globalAlpha = 0.15;
      context.fillStyle = theme.primary;
      context.fill(line);
      context.globalAlpha = 1;
    }
    this.outline(line, theme.primary, 3);
  }

  /** @param {Position} pixels */
  drawZ(pixels) {
    const mark = spokes(pixels, 6, 17);
    mark.addPath(ring(pixels, 11));
    this.outline(mark, this.theme.primary, 3);
  }

  /** @param {Position[]} points */
  polyline(points) {
    const line = new Path2D();
    for (const point of points) line.lineTo(...this.view.pixel(point));
    return line;
  }

  /** A line over a wider one in the background's colour, so that it shows on any point.
   * @param {Path2D} path
   * @param {string} color
   * @param {number} width */
  outline(path, color, width) {
    const { context, theme } = this;
    context.strokeStyle = theme.background;
    context.lineWidth = width + 4;
    context.stroke(path);
    context.strokeStyle = color;
    context.lineWidth = width;
    context.stroke(path);
  }
}

/** @param {Position} pixels
 * @param {number} radius */
function ring([x, y], radius) {
  const made = new Path2D();
  made.arc(x, y, radius, 0, 2 * Math.PI);
  return made;
}

/** Four lines around a place, between two distances from it.
 * @param {Position} pixels
 * @param {number} from
 * @param {number} to */
function spokes([x, y], from, to) {
  const made = new Path2D();
  for (const angle of [0, 0.5, 1, 1.5]) {
    const [right, down] = [Math.cos(angle * Math.PI), Math.sin(angle * Math.PI)];
    made.moveTo(x + from * right, y + from * down);
    made.lineTo(x + to * right, y + to * down);
  }
  return made;
}
