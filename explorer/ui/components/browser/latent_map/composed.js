import { drawingOn, element } from "../shared/dom.js";
import { themeOf } from "./colors.js";
import { Plot } from "./plot.js";

const LINE = 34; // pixels

/** The map as it is shown, under its label and over its legend, on white as slides are.
 * @param {import("./latent_map.js").LatentMap} map
 * @param {import("./view.js").View} view */
export function composed(map, view) {
  const ratio = Math.max(2, map.layers.plot.ratio);
  const theme = themeOf("#fff", "#000", map.layers.theme.primary, map.layers.theme.font);
  const plot = new Plot(element("canvas"));
  plot.drawAxes(view, theme, map.data.axes, map.data.grid, ratio);
  map.layers.drawPoints(plot, view, theme);
  const marks = element("canvas");
  map.layers.drawMarks(marks, view, theme, ratio, null);
  const { width, height } = plot.canvas;
  const { names, colors } = map.data.cloud;
  const shown = names.map((name, index) => ({ name, color: colors[index] })).filter((_, i) => map.shown.shown[i]);
  const font = `15px ${theme.font}`;
  const rows = inRows(shown, view.width, font);
  const canvas = element("canvas", "", { width, height: height + (1 + rows.length) * LINE * ratio });
  const context = drawingOn(canvas);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, canvas.height);
  for (const layer of [plot.canvas, marks]) context.drawImage(layer, 0, LINE * ratio);
  context.scale(ratio, ratio);
  context.fillStyle = theme.text;
  context.textBaseline = "middle";
  context.font = `600 17px ${theme.font}`;
  context.fillText(map.player.label, view.frame.left, LINE / 2 + 2, view.width);
  context.font = font;
  rows.forEach((row, index) => {
    writeLegend(context, row, theme.text, view.frame.left, height / ratio + (index + 1.5) * LINE);
  });
  return canvas;
}

/** The classes of a legend in as many rows as they need.
 * @template {{name: string}} Class
 * @param {Class[]} classes
 * @param {number} width in pixels
 * @param {string} font
 * @returns {Class[][]} */
export function inRows(classes, width, font) {
  const context = drawingOn(element("canvas"));
  context.font = font;
  /** @type {Class[][]} */
  const rows = [];
  let left = Number.POSITIVE_INFINITY;
  for (const each of classes) {
    const wide = widthOf(context, each.name);
    if (left + wide > width) {
      rows.push([]);
      left = 0;
    }
    rows[rows.length - 1]?.push(each);
    left += wide;
  }
  return rows;
}

/** The width of a class in a legend.
 * @param {CanvasRenderingContext2D} context
 * @param {string} name */
function widthOf(context, name) {
  return context.measureText(name).width + 31;
}

/** @param {CanvasRenderingContext2D} context
 * @param {{name: string, color: string}[]} classes
 * @param {string} color of the text
 * @param {number} left where it begins, in pixels
 * @param {number} middle of the line, in pixels from the top */
function writeLegend(context, classes, color, left, middle) {
  let at = left;
  for (const each of classes) {
    context.fillStyle = each.color;
    context.beginPath();
    context.arc(at + 6, middle, 6, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = color;
    context.fillText(each.name, at + 17, middle + 1);
    at += widthOf(context, each.name);
  }
}
