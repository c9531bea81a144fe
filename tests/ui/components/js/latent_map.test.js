import assert from "node:assert/strict";
import { test } from "node:test";

import { rimOf } from "#browser/latent_map/colors.js";
import { between, covers, interpolate, unstacked } from "#browser/latent_map/decoder.js";
import { blend, disc } from "#browser/latent_map/discs.js";
import { Link } from "#browser/latent_map/links.js";
import * as points from "#browser/latent_map/points.js";
import { signed, ticks, View } from "#browser/latent_map/view.js";

/** Check that numbers are as expected, up to rounding. */
function near(actual, expected, within = 1e-9) {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of actual.entries()) {
    assert.ok(Math.abs(value - expected[i]) <= within, `${actual} is not ${expected}`);
  }
}

// the view ------------------------------------------------------------------------------------------------------------

const BOUNDS = [
  [-4, 4],
  [-3, 3],
];

test("pixels and latent positions are each other's inverse at any zoom", () => {
  for (const look of [{ zoom: 1 }, { x: 1, y: -2, zoom: 7.5 }]) {
    const view = new View(BOUNDS, 600, 500, look);
    for (const position of [
      [0, 0],
      [-3.5, 2.25],
    ])
      near(view.latent(view.pixel(position)), position);
    assert.ok(view.pixel([1, 0])[0] > view.pixel([0, 0])[0] && view.pixel([0, 1])[1] < view.pixel([0, 0])[1]);
  }
});

test("a view shows all of its bounds at first, and is never left of or below them", () => {
  const view = new View(BOUNDS, 600, 500, { zoom: 1 });
  for (const corner of [
    [-4, -3],
    [4, 3],
  ])
    assert.ok(view.holds(view.pixel(corner).map((pixel) => Math.round(pixel))));
  const far = new View(BOUNDS, 600, 500, { x: 99, y: -99, zoom: 1e9 });
  assert.deepEqual([far.x, far.y, far.zoom], [4, -3, 200]);
});

test("zooming keeps what is under the pointer there", () => {
  const view = new View(BOUNDS, 600, 500, { zoom: 1 });
  const pointer = [200, 100];
  const closer = new View(BOUNDS, 600, 500, view.zoomed(3, pointer));
  near(closer.latent(pointer), view.latent(pointer));
  assert.equal(closer.zoom, 3);
});

test("pixels outside of the axes are held at the nearest ones between them", () => {
  const view = new View(BOUNDS, 600, 500, { zoom: 1 });
  assert.ok(!view.holds([0, 0]));
  assert.ok(view.holds(view.hold([-50, 9999])));
  assert.deepEqual(view.hold([300, 200]), [300, 200]);
});

test("numbers have a true minus sign, and zero none", () => {
  assert.deepEqual(
    [-1.25, -0.001, 3].map((value) => signed(value, 1)),
    ["−1.3", "0.0", "3.0"],
  );
});

test("ticks are round, evenly apart, and inside", () => {
  assert.deepEqual(
    ticks(-1, 1, 160).map(([, text]) => text),
    ["−1.0", "−0.5", "0.0", "0.5", "1.0"],
  );
  assert.deepEqual(
    ticks(-1, 1, 80).map(([, text]) => text),
    ["−1", "0", "1"],
  );
  for (const scale of [0.7, 3, 55, 1e4]) {
    const values = ticks(-100 / scale, 900 / scale, scale).map(([value]) => value * scale);
    assert.ok(values.length >= 4);
    for (let i = 1; i < values.length; i += 1)
      assert.ok(values[i] - values[i - 1] >= 79.9 && values[i] - values[i - 1] <= 201);
  }
});

// points --------------------------------------------------------------------------------------------------------------

const base64 = (array) => Buffer.from(array.buffer).toString("base64");

/** Two points in two frames: the first moves from end to end, the second has no place in the second frame. */
function moving() {
  const positions = Uint16Array.of(0, 65534, 32767, 32767, 65534, 0, 65535, 65535);
  const cloud = points.decodeCloud({ positions: base64(positions), classes: base64(Uint8Array.of(0, 1)) });
  const shown = new points.Points(2);
  shown.shown = Uint8Array.of(1, 1);
  return {
    cloud,
    shown,
    range: [
      [-2, 2],
      [0, 10],
    ],
  };
}

test("points are where they are in a frame, and on their way between two", () => {
  const { cloud, shown, range } = moving();
  shown.place(cloud, range, 0);
  near([...shown.at(0), ...shown.at(1)], [-2, 10, 0, 5], 1e-6);
  shown.place(cloud, range, 0.25);
  near(shown.at(0), [-1, 7.5], 1e-6);
  assert.deepEqual(shown.at(1), [Number.NaN, Number.NaN]);
  shown.place(cloud, range, 1);
  near(shown.at(0), [2, 0], 1e-6);
});

test("the nearest point is one that is shown and has a place", () => {
  const { cloud, shown, range } = moving();
  shown.place(cloud, range, 0);
  assert.deepEqual(shown.nearest([0, 5.5]), { index: 1, distance: 0.5 });
  shown.shown = Uint8Array.of(1, 0);
  assert.equal(shown.nearest([0, 5.5]).index, 0);
  shown.shown = Uint8Array.of(0, 1);
  shown.place(cloud, range, 1);
  assert.equal(shown.nearest([0, 5]).index, -1);
});

test("a lasso takes what is inside, by the even-odd rule", () => {
  const bow = [
    [0, 0],
    [2, 2],
    [2, 0],
    [0, 2],
  ]; // two triangles that meet at (1, 1)
  assert.deepEqual(
    [
      [0.2, 1],
      [1.8, 1],
      [1, 0.2],
      [3, 1],
    ].map((at) => points.inside(bow, at)),
    [true, true, false, false],
  );
  const { cloud, shown, range } = moving();
  shown.place(cloud, range, 0);
  const all = [
    [-9, -9],
    [9, -9],
    [9, 19],
    [-9, 19],
  ];
  assert.deepEqual(shown.within(all), [0, 1]);
  shown.shown = Uint8Array.of(0, 1);
  assert.deepEqual(shown.within(all), [1]);
});

test("a line is resampled at equal distances along its length", () => {
  const spaced = points.resample(
    [
      [0, 0],
      [3, 0],
      [3, 0],
      [3, 1],
    ],
    5,
  );
  near(spaced.flat(), [0, 0, 1, 0, 2, 0, 3, 0, 3, 1]);
  near(
    points
      .resample(
        [
          [1, 1],
          [1, 1],
        ],
        3,
      )
      .flat(),
    [1, 1, 1, 1, 1, 1],
  ); // a line without length
});

test("positions are told in six digits", () => {
  assert.deepEqual(points.rounded([1 / 3, -123456.789]), [0.333333, -123457]);
});

// pictures ------------------------------------------------------------------------------------------------------------

test("a place on an axis lies between two images", () => {
  assert.deepEqual(
    [-9, -1, 0.5, 1, 9].map((value) => between(value, [-1, 1], 3)),
    [
      [0, 0],
      [0, 0],
      [1, 0.5],
      [1, 1],
      [1, 1],
    ],
  );
  assert.deepEqual(between(0.5, [1, -1], 3), [0, 0.5]); // an axis that falls
  assert.deepEqual(between(7, [-1, 1], 1), [0, 0]);
});

test("an image is interpolated between four, and that of the edge is shown beyond it", () => {
  const grid = { rows: 2, columns: 2, height: 1, width: 2, x: [0, 1], y: [1, 0] };
  const levels = Uint8Array.of(0, 10, 100, 110, 40, 50, 200, 210);
  const decoded = (position) => {
    const pixels = new Uint8ClampedArray(8);
    interpolate(levels, grid, position, pixels);
    assert.deepEqual([pixels[3], pixels[7]], [255, 255]);
    assert.deepEqual([pixels[0], pixels[4]], [pixels[2], pixels[6]]);
    return [pixels[0], pixels[4]];
  };
  assert.deepEqual(decoded([0, 1]), [0, 10]);
  assert.deepEqual(decoded([1, 0]), [200, 210]);
  assert.deepEqual(decoded([0.5, 0.5]), [85, 95]);
  assert.deepEqual(decoded([9, 9]), [100, 110]);
  assert.ok(covers(grid, [0.5, 1]) && !covers(grid, [0.5, 1.01]));
});

test("images are taken off their sheet one after another", () => {
  const grid = { rows: 1, columns: 2, height: 2, width: 1 };
  const sheet = [1, 2, 3, 4].flatMap((level) => [level, 0, 0, 255]); // two rows of two pixels
  assert.deepEqual(unstacked(sheet, 2, grid), Uint8Array.of(1, 3, 2, 4));
});

test("a disc is round, and its colours cover each other as they should", () => {
  const { reach, x, y, cover, color } = disc(4, [200, 100, 50], [0, 0, 0], 1);
  assert.equal(reach, 5);
  assert.ok(Math.abs(cover.reduce((sum, each) => sum + each, 0) / 256 - Math.PI * 16) < 2);
  const center = x.findIndex((left, i) => left === 0 && y[i] === 0);
  assert.deepEqual([cover[center], color[center] >>> 0], [256, 0xff3264c8]);
  assert.equal(blend(0xff000000, 0xffffffff | 0, 128) >>> 0, 0xff7f7f7f);
  assert.equal(blend(0xff123456, 0xffffffff | 0, 0) >>> 0, 0xff123456);
});

test("a dark colour has a light rim on a dark page, and a dark one else", () => {
  assert.ok(rimOf([0, 0, 90], true)[0] > 0);
  assert.deepEqual(rimOf([100, 0, 0], false), [60, 0, 0]);
});

// maps beside each other ----------------------------------------------------------------------------------------------

class Beside {
  heard = [];
  constructor(group) {
    this.link = new Link(this);
    this.link.join(group);
  }
  follow(pointed) {
    this.heard.push(pointed);
  }
  lookAlike() {}
}

test("the others of a group follow what a map is pointed at, until it no longer is", () => {
  const [one, two, three, other] = ["maps", "maps", "maps", "elsewhere"].map((group) => new Beside(group));
  const pointed = { spot: [1, 2], index: 3, images: "a" };
  one.link.tell(pointed);
  assert.deepEqual([one.heard, two.heard, three.heard, other.heard], [[], [pointed], [pointed], []]);
  one.link.tell(null);
  assert.deepEqual(two.heard, [pointed, null]);
});

test("a map that nothing points at does not end what another one is pointed at", () => {
  const [one, two] = [new Beside("pair"), new Beside("pair")];
  one.link.tell({ spot: [0, 0], index: null, images: "a" });
  two.link.tell(null);
  assert.deepEqual([one.heard.length, two.heard.length], [0, 1]);
});

test("a map that goes is followed no more, and follows none", () => {
  const [one, two] = [new Beside("going"), new Beside("going")];
  one.link.tell({ spot: [0, 0], index: null, images: "a" });
  one.link.leave();
  assert.deepEqual(two.heard.at(-1), null);
  two.link.tell({ spot: [0, 0], index: null, images: "a" });
  assert.deepEqual([one.heard, two.link.others], [[], []]);
  one.link.join("");
  assert.deepEqual(one.link.others, []);
});
