import assert from "node:assert/strict";
import { test } from "node:test";

import { wrapped } from "#browser/filmstrip/composed.js";
import { scalesOf } from "#browser/filmstrip/scales.js";
import { cellAt, movedBy, placeOf } from "#browser/filmstrip/tiles.js";

const GRID = { count: 5, columns: 3, rows: 2, height: 8, width: 6, gap: 2 }; // the last tile of row 2 is missing

test("a position is on a tile, the gap after it counts as its own", () => {
  assert.equal(cellAt(GRID, 0, 0), 0);
  assert.equal(cellAt(GRID, 7.9, 9.9), 0);
  assert.equal(cellAt(GRID, 8, 0), 1);
  assert.equal(cellAt(GRID, 9, 11), 4);
  assert.equal(cellAt(GRID, 17, 11), null);
  assert.equal(cellAt(GRID, 500, -500), 2);
});

test("a mark lies where its tile is", () => {
  assert.deepEqual(placeOf(GRID, 4, 20, 40), { left: "40%", top: "25%", width: "30%", height: "20%" });
  for (let cell = 0; cell < GRID.count; cell += 1) {
    const { left, top } = placeOf(GRID, cell, 100, 100);
    assert.equal(cellAt(GRID, Number.parseFloat(left), Number.parseFloat(top)), cell);
  }
});

test("arrow keys move among the tiles, and stop at the edges", () => {
  const moves = (from) =>
    ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].map((key) => movedBy(key, from, GRID));
  assert.deepEqual(moves(0), [0, 1, 0, 3, 0, 4]);
  assert.deepEqual(moves(4), [3, 4, 1, 4, 0, 4]);
  assert.deepEqual(moves(2), [1, 3, 2, 2, 0, 4]);
  assert.equal(movedBy("x", 1, GRID), undefined);
});

test("a note is broken between words, a long word stands alone", () => {
  const widthOf = (text) => text.length;
  assert.deepEqual(wrapped("one two three\nfour", widthOf, 7), ["one two", "three", "four"]);
  assert.deepEqual(wrapped("incomprehensible words", widthOf, 5), ["incomprehensible", "words"]);
  assert.deepEqual(wrapped("", widthOf, 5), []);
});

test("of the panels' scales those with a meaning are shown, each of them once", () => {
  const bar = (high, meaning) => ({ colors: ["#000", "#fff"], low: "0", high, meaning });
  const panels = [bar("1", ""), bar("on", "state"), bar("2", "weight"), bar("on", "state"), bar("3", "weight")];
  const shown = scalesOf(panels.map((each) => ({ bar: each })));
  assert.deepEqual(
    shown.map(({ high, meaning }) => `${meaning} ${high}`),
    ["state on", "weight 2", "weight 3"],
  );
});
