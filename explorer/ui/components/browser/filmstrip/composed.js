import { drawingOn, element } from "../shared/dom.js";

const MARGIN = 16; // pixels
const LINE = 28;
const HEIGHT = 560; // pixels that a picture has at least

/** The frame as it is shown, the panels in the rows they stand in under the label, on white as slides are.
 * @param {import("./picture.js").Picture[]} pictures
 * @param {string} label
 * @param {string} font */
export function composed(pictures, label, font) {
  const parts = pictures.map((picture) => ({ canvas: picture.copy(HEIGHT), title: picture.panel.title }));
  const top = pictures[0].figure.offsetTop;
  const perRow = pictures.filter((picture) => picture.figure.offsetTop === top).length;
  const rows = [];
  for (let i = 0; i < parts.length; i += perRow) rows.push(parts.slice(i, i + perRow));
  const widths = rows.map((row) => row.reduce((sum, part) => sum + part.canvas.width + MARGIN, MARGIN));
  const heights = rows.map((row) => Math.max(...row.map((part) => part.canvas.height)) + LINE + MARGIN);
  const canvas = element("canvas", "", {
    width: Math.max(...widths),
    height: heights.reduce((sum, height) => sum + height, MARGIN + LINE),
  });
  const context = drawingOn(canvas);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#000";
  context.textBaseline = "top";
  context.font = `600 20px ${font}`;
  context.fillText(label, MARGIN, MARGIN, canvas.width - 2 * MARGIN);
  context.font = `16px ${font}`;
  let y = MARGIN + LINE;
  rows.forEach((row, r) => {
    let left = MARGIN;
    for (const part of row) {
      context.fillText(part.title, left, y, part.canvas.width);
      context.drawImage(part.canvas, left, y + LINE);
      left += part.canvas.width + MARGIN;
    }
    y += heights[r];
  });
  return canvas;
}
