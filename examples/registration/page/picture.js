// A picture of a key, to tell keys apart at a glance. Keys can be searched for that look alike: who
// wants to be sure compares the key.

import {decode} from '/client.js';

const svg = 'http://www.w3.org/2000/svg';
const side = 5;  // cells; the right half mirrors the left

function shape(name, attributes) {
  const node = document.createElementNS(svg, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** An SVG element; `key` is base64url of 32 bytes. */
export function pictureOf(key) {
  const bytes = decode(key);
  const hue = Math.round(bytes[0] * 360 / 256);
  const picture = shape('svg', {viewBox: '-1 -1 7 7', class: 'picture', 'aria-hidden': 'true'});
  picture.append(shape('rect', {x: -1, y: -1, width: 7, height: 7, fill: `hsl(${hue} 45% 88%)`}));
  for (let row = 0; row < side; ++row)
    for (let column = 0; column < side; ++column) {
      const cell = row * 3 + Math.min(column, side - 1 - column);
      if (bytes[1 + (cell >> 3)] >> (cell & 7) & 1)
        picture.append(shape('rect', {
          x: column, y: row, width: 1.02, height: 1.02, fill: `hsl(${hue} 60% 38%)`,
        }));
    }
  return picture;
}
