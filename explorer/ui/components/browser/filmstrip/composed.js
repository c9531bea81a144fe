import { drawingOn, element } from "../shared/dom.js";

const MARGIN = 16; // pixels
const LINE = 28;
const HEIGHT = 560; // pixels that a picture has at least
const BAR_WIDTH = 160; // pixels of a scale
const BAR_HEIGHT = 14;
const NOTE_LINE = 20;

/** The frame as it is shown, the panels in the rows they stand in under the label, on white as slides are; below each
 * its scale, and below all what they are of.
 * @param {import("./picture.js").Picture[]} pictures
 * @param {string} label
 * @param {string} note
 * @param {string} font */
export function composed(pictures, label, note, font) {
  const parts = pictures.map((picture) => ({ canvas: picture.copy(HEIGHT), panel: picture.panel }));
  const top = pictures[0].figure.offsetTop;
  const perRow = pictures.filter((picture) => picture.figure.offsetTop === top).length;
  const rows = [];
  for (let i = 0; i < parts.length; i += perRow) rows.push(parts.slice(i, i + perRow));
  const widths = rows.map((row) => row.reduce((sum, part) => sum + part.canvas.width + MARGIN, MARGIN));
  const heights = rows.map((row) => Math.max(...row.map((part) => part.canvas.height)) + 2 * LINE + MARGIN);
  const canvas = element("canvas", "", { width: Math.max(...widths), height: 1 });
  const context = drawingOn(canvas);
  const noteFont = `15px ${font}`;
  context.font = noteFont;
  const lines = wrapped(note, (text) => context.measureText(text).width, canvas.width - 2 * MARGIN);
  const above = heights.reduce((sum, height) => sum + height, MARGIN + LINE);
  canvas.height = above + (lines.length ? MARGIN + lines.length * NOTE_LINE : 0); // which also forgets the font
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#000";
  context.textBaseline = "top";
  context.font = `600 20px ${font}`;
  context.fillText(label, MARGIN, MARGIN, canvas.width - 2 * MARGIN);
  context.font = `16px ${font}`;
  let y = MARGIN + LINE;
  rows.forEach((row, r) => {
    const shifted = pictures[r * perRow].figure.offsetLeft - pictures[0].figure.offsetLeft > MARGIN;
    let left = shifted ? canvas.width - widths[r] + MARGIN : MARGIN;
    for (const part of row) {
      context.fillText(part.panel.title, left, y, part.canvas.width);
      context.drawImage(part.canvas, left, y + LINE);
      drawBar(context, part.panel.bar, left, y + LINE + part.canvas.height + LINE / 2, part.canvas.width);
      left += part.canvas.width + MARGIN;
    }
    y += heights[r];
  });
  context.font = noteFont;
  lines.forEach((line, number) => {
    context.fillText(line, MARGIN, above + number * NOTE_LINE);
  });
  return canvas;
}

/** A scale with the values of its ends and what it stands for, around a height, as wide as there is room.
 * @param {CanvasRenderingContext2D} context
 * @param {import("./picture.js").Bar} bar
 * @param {number} left
 * @param {number} middle
 * @param {number} room */
function drawBar(context, bar, left, middle, room) {
  context.textBaseline = "middle";
  context.fillText(bar.low, left, middle);
  const from = left + context.measureText(bar.low).width + MARGIN / 2;
  const ramp = context.createLinearGradient(from, 0, from + BAR_WIDTH, 0);
  bar.colors.forEach((color, i) => {
    ramp.addColorStop(i / (bar.colors.length - 1), color);
  });
  context.fillStyle = ramp;
  context.fillRect(from, middle - BAR_HEIGHT / 2, BAR_WIDTH, BAR_HEIGHT);
  context.fillStyle = "#000";
  const after = from + BAR_WIDTH + MARGIN / 2;
  context.fillText(`${bar.high}  ${bar.meaning}`.trimEnd(), after, middle, Math.max(1, left + room - after));
  context.textBaseline = "top";
}

/** The lines of a text, each as wide as there is room; a word that is wider stands alone.
 * @param {string} text
 * @param {(text: string) => number} widthOf
 * @param {number} room
 * @returns {string[]} */
export function wrapped(text, widthOf, room) {
  /** @type {string[]} */
  const lines = [];
  for (const paragraph of text.split("\n").filter(Boolean)) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      const longer = line ? `${line} ${word}` : word;
      if (line && widthOf(longer) > room) {
        lines.push(line);
        line = word;
      } else {
        line = longer;
      }
    }
    lines.push(line);
  }
  return lines;
}
