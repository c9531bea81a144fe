// What latent_map.py sends, and what is remembered of a map.

import type { Shared, Told } from "../shared/shared_value.js";
import type { Grid } from "./decoder.js";
import type { Images } from "./pictures.js";
import type { Look, Position, Range } from "./view.js";

/** What both Python and the user set; a frame of null is the last one, however many there are. */
export type Values = {
  frame: number | null;
  z: Position | null;
  path: Position[];
  selection: number[];
};

/** A cloud as latent_layers.py packs it. */
export interface PackedCloud {
  positions: string;
  classes: string;
  hash: string;
  frames: number;
  points: number;
  labels: string[];
  names: string[];
  colors: string[];
  range: Range[];
  bounds: Range[];
  missing: number[];
  outside: number[];
}

export interface Data {
  key: string;
  cloud: PackedCloud;
  grid: Grid | null;
  images: Images | null;
  frame: Shared<number | null> & { follow: boolean };
  z: Shared<Position | null>;
  path: Shared<Position[]>;
  selection: Shared<number[]>;
  axes: [horizontal: string, vertical: string];
  group: string; // maps of one group are linked; "" for none
  same_axes: boolean; // in the group
  circle: { radius: number; name: string } | null; // around 0, in latent units
  alt: string;
  path_points: number;
  file_name: string;
}

export interface Memory {
  hidden: Set<number>; // classes
  look: Look;
  speed?: string;
  told: Told<Values>;
}
