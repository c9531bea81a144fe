// Strokes on the large canvas, and bytes as pictures.

import { drawingOn, element } from "../shared/dom.js";
import { amountOf, greyOf, shadeOf } from "./paper.js";

/** @typedef {import("./paper.js").Paper} Paper */

const BRUSH = 26; // pixels: about two and a half of MNIST's, at the size digits are usually drawn
const SOFT = 2; // pixels of blur at the brush's edge

/** What the large canvas is drawn on with; its pixels are read after each stroke.
 * @param {HTMLCanvasElement} canvas */
export const penOn = (canvas) => drawingOn(canvas, { willReadFrequently: true });

/** @param {CanvasRenderingContext2D} context
 * @param {import("./drawing.js").Stroke} stroke
 * @param {Paper} paper */
export function drawStroke(context, { points: [first, ...rest] }, paper) {
  const color = greyOf(paper.ink);
  context.strokeStyle = color;
  context.shadowColor = color;
  context.shadowBlur = SOFT;
  context.lineWidth = BRUSH;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  if (!rest.length) {
    // a dot: some browsers draw nothing for a line without length
    context.fillStyle = color;
    context.arc(first.x, first.y, BRUSH / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.moveTo(first.x, first.y);
  for (const { x, y } of rest) context.lineTo(x, y);
  context.stroke();
}

/** How much ink there is at each pixel, from 0 to 255.
 * @param {HTMLCanvasElement} canvas
 * @param {Paper} paper */
export function inkOf(canvas, paper) {
  const { data } = penOn(canvas).getImageData(0, 0, canvas.width, canvas.height);
  return Float32Array.from({ length: canvas.width * canvas.height }, (_, i) => amountOf(data[4 * i], paper));
}

/** A canvas with so much ink, in bytes, on paper; empty paper without any.
 * @param {Uint8Array | null} bytes
 * @param {number} rows
 * @param {number} columns
 * @param {Paper} paper */
export function inkCanvas(bytes, rows, columns, paper) {
  const canvas = element("canvas", "", { width: columns, height: rows });
  const image = new ImageData(columns, rows);
  for (let i = 0; i < rows * columns; i += 1) {
    const grey = shadeOf(bytes?.[i] ?? 0, paper);
    image.data.set([grey, grey, grey, 255], 4 * i);
  }
  drawingOn(canvas).putImageData(image, 0, 0);
  return canvas;
}
