import assert from "node:assert/strict";
import { test } from "node:test";

import { advanced, goalOf } from "#browser/shared/player.js";

test("a player keeps its speed", () => {
  let position = 0;
  for (let i = 0; i < 60; i += 1) position = advanced(position, Math.floor(position), 1000 / 60, 25);
  assert.ok(Math.abs(position - 25) < 1e-9);
});

test("a tab that slept goes on where it was", () => {
  assert.equal(advanced(3, 3, 60_000, 10), 4);
  assert.equal(advanced(3, 3, -5, 10), 3);
});

test("what was drawn slowly is not raced through afterwards", () => {
  let position = 0;
  for (let shown = 0; shown < 50; shown += 1) position = advanced(position, shown, 100, 25); // 2.5 frames for each one
  assert.ok(position <= 49 + 1 + 2.5);
});

test("keys go to frames, and not beyond the first and the last", () => {
  const from = (shown) => ["ArrowLeft", "ArrowRight", "Home", "End", "a"].map((key) => goalOf(key, shown, 4));
  assert.deepEqual(from(2), [1, 3, 0, 4, undefined]);
  assert.deepEqual(from(0), [0, 1, 0, 4, undefined]);
  assert.deepEqual(from(4), [3, 4, 0, 4, undefined]);
});
