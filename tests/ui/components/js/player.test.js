import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { advanced, goalOf, Player } from "#browser/shared/player.js";
import { controls, press, Screen } from "./screen.js";

const LABELS = ["a", "b", "c", "d", "e"];

/** A player at rest on a frame, what it has shown since, and where it has settled. */
function player({ at = 0, follow = false, labels = LABELS, ...options } = {}) {
  const [seen, settled] = [[], []];
  const root = controls();
  const made = new Player(root, {
    keys: root,
    speeds: [5],
    speed: 5,
    show: () => seen.push(made.position),
    settle: (index) => settled.push(index),
    ...options,
  });
  made.place(at);
  made.update("Weights", labels, follow, {});
  seen.length = 0;
  return { made, seen, settled };
}

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

test("each frame is shown for its time, then the player rests and says so", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const screen = new Screen();
  const { made, seen, settled } = player();
  made.toggle();
  assert.equal(made.play.attributes.get("aria-label"), "Pause");
  screen.pass(500);
  assert.deepEqual([made.shown, seen], [2, [1, 2]]);
  screen.pass(5000);
  assert.deepEqual(seen, [1, 2, 3, 4, 4]);
  assert.equal(made.play.attributes.get("aria-label"), "Play");
  assert.equal(screen.asked.size, 0);
  context.mock.timers.runAll();
  assert.deepEqual(settled, [4]);
});

test("one that glides shows what is between frames, unless little motion is wanted", () => {
  const between = (reduced) => {
    const screen = new Screen(reduced);
    const { made, seen } = player({ glides: true });
    made.toggle();
    screen.pass(1500);
    return seen.some((position) => !Number.isInteger(position));
  };
  assert.deepEqual([between(false), between(true)], [true, false]);
});

test("at the end it begins anew, and follows frames that are added", () => {
  const screen = new Screen();
  const { made, seen } = player({ at: null, follow: true });
  assert.equal(made.shown, 4);
  made.update("Weights", [...LABELS, "f"], true, {});
  assert.equal(made.label, "f");
  made.toggle();
  assert.equal(seen.at(-1), 0);
  screen.pass(5000);
  assert.equal(made.at, null);
});

test("a key while it plays goes on from the frame that is shown", () => {
  const screen = new Screen();
  const { made } = player({ glides: true });
  made.toggle();
  screen.pass(450); // at 2.25
  assert.ok(press(made, "ArrowRight"));
  assert.deepEqual([made.shown, screen.asked.size], [3, 0]);
  made.rest();
});

test("keys are left to what has a meaning of its own for them", () => {
  new Screen();
  const { made, seen } = player({ at: 2 });
  assert.equal(press(made, "ArrowLeft", { prevented: true }), false); // a tile of a filmstrip has taken it
  assert.equal(press(made, "ArrowLeft", { on: "SELECT" }), false);
  assert.equal(press(made, "ArrowLeft", { on: "INPUT" }), false); // the slider moves by itself
  assert.equal(press(made, " ", { on: "BUTTON" }), false);
  assert.equal(press(made, "ArrowLeft", { ctrlKey: true }), false);
  assert.deepEqual([made.shown, made.ticking, seen], [2, undefined, []]);
  assert.ok(press(made, "ArrowLeft", { on: "BUTTON" }));
  assert.equal(made.shown, 1);
  made.rest();
});

test("a single frame has no keys", () => {
  const { made } = player({ labels: ["only"] });
  assert.equal(press(made, " "), false);
});

test("a script that moves the player stops it", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const screen = new Screen();
  const settle = mock.fn();
  const { made } = player({ settle });
  made.toggle();
  screen.pass(300);
  made.place(3);
  made.update("Weights", LABELS, false, {});
  screen.pass(3000);
  context.mock.timers.runAll();
  assert.deepEqual([made.shown, settle.mock.callCount()], [3, 0]);
});
