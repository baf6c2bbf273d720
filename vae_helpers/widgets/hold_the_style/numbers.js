// One z under ten classes, and the z of a drawing.
import { decodeMeans, encode, octets } from "../core/network.js";
import { digitAt } from "../core/pixels.js";

// A class as y: 1 for it, 0 for the others.
export const oneHot = (label) => Array.from({ length: 10 }, (_, k) => (k === label ? 1 : 0));

// The mean of P(X|z, y) for each class.
export const tenDigits = (decoder, z, likelihood) =>
  decodeMeans(decoder, Array.from({ length: 10 }, (_, label) => [...z, ...oneHot(label)]), likelihood);

// The mean of Q(z|X, y) of an image, 784 bytes.
export const styleOf = (encoder, pixels, label) =>
  Array.from(encode(encoder, [...digitAt(octets(pixels), 0), ...oneHot(label)]).mu);

// States, in which z follows whenever the drawing or its class have changed, and else is what the state says. A blank
// page has no style: z stays.
export function styles(encoder, start) {
  const sourceOf = ({ pixels, label }) => [label, ...octets(pixels)];
  let source = sourceOf(start);
  return (state) => {
    const next = sourceOf(state), changed = next.some((v, i) => v !== source[i]);
    source = next;
    const drawn = next.some((v, i) => i > 0 && v > 0);
    return changed && drawn ? { ...state, z: styleOf(encoder, state.pixels, state.label) } : state;
  };
}
