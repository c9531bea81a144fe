import assert from "node:assert/strict";
import { test } from "node:test";

import { Drawing } from "#browser/digit_canvas/drawing.js";
import * as ink from "#browser/digit_canvas/ink.js";
import { amountOf, greyOf, shadeOf } from "#browser/digit_canvas/paper.js";

/** Ink on a square sheet: a filled box, its ends excluded. */
function box(side, left, top, right, bottom) {
  const drawn = new Float32Array(side * side);
  for (let y = top; y < bottom; y += 1) for (let x = left; x < right; x += 1) drawn[y * side + x] = 255;
  return drawn;
}

test("a bounding box holds all ink, and there is none without any", () => {
  assert.deepEqual(ink.boundingBox(box(20, 3, 5, 9, 6), 20, 20), { left: 3, top: 5, right: 9, bottom: 6 });
  assert.equal(ink.boundingBox(new Float32Array(400).fill(15), 20, 20), null);
});

test("the centre of mass is that of the pixels' areas", () => {
  assert.deepEqual(ink.centreOfMass(box(20, 3, 5, 9, 6), 20), [6, 5.5]);
});

test("each cell is covered once by the pixels it lies on", () => {
  for (const [start, size] of [
    [0, 2.5],
    [0.3, 1.7],
    [2, 0.4],
  ]) {
    const found = ink.overlaps(start, size, 20, 5);
    for (let cell = 0; cell < 5; cell += 1) {
      const shares = found.filter(([, at]) => at === cell).map(([, , share]) => share);
      assert.ok(Math.abs(shares.reduce((sum, share) => sum + share) - 1) < 1e-9);
    }
  }
  assert.deepEqual(ink.overlaps(-4, 2, 20, 1), []);
});

test("resampling keeps the mean of what is cut out", () => {
  const drawn = Float32Array.from({ length: 144 }, (_, i) => (i * 37) % 256);
  const cells = ink.resample(drawn, 12, 12, { left: 0, top: 0, size: 2.4, rows: 5, columns: 5 });
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  assert.ok(Math.abs(mean(cells) - mean(drawn)) < 1e-3);
});

test("a drawing is fitted into 20 of 28 pixels with its mass in the middle", () => {
  const drawn = box(280, 100, 30, 140, 230); // 40 by 200
  drawn.set(box(280, 100, 190, 180, 230).map((value, i) => Math.max(value, drawn[i])));
  const picture = Float32Array.from(ink.normalise(drawn, 280, 280, 28, 28, 140));
  const fitted = ink.boundingBox(picture, 28, 28);
  assert.ok(fitted.bottom - fitted.top >= 20 && fitted.bottom - fitted.top <= 21);
  const [x, y] = ink.centreOfMass(picture, 28);
  assert.ok(Math.hypot(x - 14, y - 14) < 0.5);
  assert.equal(Math.max(...picture), 255);
});

test("a dot stays small, and no ink is no picture", () => {
  const picture = Float32Array.from(ink.normalise(box(280, 130, 130, 150, 150), 280, 280, 28, 28, 140));
  const { left, right } = ink.boundingBox(picture, 28, 28);
  assert.ok(right - left <= 4);
  assert.equal(ink.normalise(new Float32Array(280 * 280), 280, 280, 28, 28, 140), null);
});

test("bytes survive as hexadecimal digits", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.equal(ink.toHex(bytes).slice(0, 8), "00010203");
  assert.deepEqual(ink.fromHex(ink.toHex(bytes)), bytes);
});

test("ink is the same on any paper", () => {
  for (const paper of [
    { background: 0, ink: 255 },
    { background: 255, ink: 0 },
    { background: 200, ink: 0 },
  ]) {
    assert.equal(shadeOf(0, paper), paper.background);
    assert.equal(shadeOf(255, paper), paper.ink);
    for (let amount = 0; amount < 256; amount += 1) {
      const exact = Math.abs(paper.ink - paper.background) === 255;
      assert.ok(Math.abs(amountOf(shadeOf(amount, paper), paper) - amount) <= (exact ? 0 : 1));
    }
  }
  assert.equal(amountOf(255, { background: 200, ink: 0 }), 0); // no less than none
  assert.equal(greyOf(7), "rgb(7 7 7)");
});

test("each step of a drawing can be gone back to", () => {
  const drawing = new Drawing("token", Uint8Array.of(1));
  assert.equal(drawing.description, "a picture");
  drawing.begin({ x: 1, y: 1 }).points.push({ x: 2, y: 2 });
  drawing.begin({ x: 3, y: 3 });
  assert.equal(drawing.description, "2 strokes");
  drawing.clear();
  assert.deepEqual([drawing.blank, drawing.description], [true, "empty"]);
  drawing.clear(); // of nothing is no step
  const seen = [];
  while (drawing.earlier.length) {
    drawing.undo();
    seen.push(drawing.description);
  }
  assert.deepEqual(seen, ["2 strokes", "1 stroke", "a picture"]);
  drawing.undo();
  assert.equal(drawing.description, "a picture");
});

test("a drawing remembers its last hundred steps", () => {
  const drawing = new Drawing("token", null);
  for (let i = 0; i < 150; i += 1) drawing.begin({ x: i, y: i });
  assert.equal(drawing.earlier.length, 100);
  assert.equal(drawing.earlier[0].strokes.length, 50);
});
