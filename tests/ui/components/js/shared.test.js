import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { fileName } from "#browser/shared/dom.js";
import { Kept } from "#browser/shared/kept.js";
import { clamp, mix } from "#browser/shared/numbers.js";
import { SharedValues } from "#browser/shared/shared_value.js";
import { Sheets } from "#browser/shared/sheets.js";

test("a number is kept in its range, and mixed with another", () => {
  assert.deepEqual(
    [-1, 2, 9].map((value) => clamp(value, 0, 5)),
    [0, 2, 5],
  );
  assert.deepEqual(
    [0, 0.25, 1].map((share) => mix(2, 6, share)),
    [2, 3, 6],
  );
});

test("what is not used for longest is forgotten", () => {
  const kept = new Kept(2);
  const made = [];
  const get = (key) => kept.get(key, () => made.push(key));
  for (const key of ["a", "b", "a", "c", "a", "b"]) get(key);
  assert.deepEqual(made, ["a", "b", "c", "b"]);
});

test("a sheet is made once, and again after a failure", async () => {
  const sheets = new Sheets(3);
  const make = mock.fn(async () => "picture");
  assert.deepEqual(await Promise.all([sheets.get("x", make), sheets.get("x", make)]), ["picture", "picture"]);
  assert.equal(make.mock.callCount(), 1);
  const failing = mock.fn(async () => {
    throw new Error("no picture");
  });
  await assert.rejects(sheets.get("y", failing), /no picture/);
  await assert.rejects(sheets.get("y", failing), /no picture/);
  assert.equal(failing.mock.callCount(), 2);
  assert.equal(await sheets.get("y", make), "picture");
});

test("a file's name has letters of any language, and no spaces or slashes", () => {
  assert.equal(fileName("Zähler/W 1, epoch 5.png"), "Zähler-W-1-epoch-5.png");
});

test("a value stays where the user is until Python sends a new token", () => {
  const values = new SharedValues();
  const told = {};
  values.tell = mock.fn();
  assert.deepEqual(values.take({ index: { token: "t1", value: 3 } }, told), { index: 3 });
  values.report("index", 7);
  assert.deepEqual(values.tell.mock.calls[0].arguments, ["index", { token: "t1", value: 7 }]);
  assert.deepEqual(values.take({ index: { token: "t1", value: 3 } }, told), {});
  assert.deepEqual(values.take({ index: { token: "t2", value: null } }, told), { index: null });
  assert.deepEqual(told, { index: { token: "t2", value: null } });
});

test("a component that comes back is where the user was, unless Python has moved it since", () => {
  const told = {};
  const before = new SharedValues();
  before.take({ index: { token: "t1", value: 3 }, z: { token: "u", value: null } }, told);
  before.report("index", 7);
  const sent = { index: { token: "t1", value: 3 }, z: { token: "v", value: [1, 2] } };
  assert.deepEqual(new SharedValues().take(sent, told), { index: 7, z: [1, 2] });
});
