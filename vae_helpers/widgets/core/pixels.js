// Digits of 28×28 pixels: those sent by Python, rows of them, and the decoded one, its mean or a draw from P(X|z).
import { decodeMean, decodeSample, pixelNoise } from "./network.js";
import { choice, digitCanvas, element } from "./page.js";

// Image k of those in one block of bytes, 255 = ink, as numbers from 0 to 1.
export const digitAt = (bytes, k) => Float32Array.from(bytes.subarray(784 * k, 784 * (k + 1)), (v) => v / 255);

// A row of small digits: `paint(digit)` shows digit(k) in place k.
export function digitStrip(count, attributes = {}) {
  const cells = Array.from({ length: count }, () => digitCanvas(40));
  const node = element("div", { ...attributes, class: "vae-strip" }, ...cells.map((cell) => cell.node));
  return { node, paint: (digit) => cells.forEach((cell, k) => cell.paint(digit(k))) };
}

// P(X|z) shown as a digit, with the two buttons that choose what of it, in step with the trait `show`: `paint(z, show)`.
export function decodedDigit(app, layers) {
  const likelihood = app.model.get("likelihood"), digit = digitCanvas(224, "the decoded digit");
  let noise = pixelNoise(784, likelihood);
  const buttons = choice("what to show", [["means", "show mean"], ["samples", "show a sample"]], (show) => {
    noise = pixelNoise(784, likelihood);
    app.go({ show });
  });
  return {
    node: digit.node, buttons: buttons.node, name: digit.name,
    paint(z, show) {
      const mean = decodeMean(layers, z, likelihood);
      digit.paint(show === "samples" ? decodeSample(mean, likelihood, app.model.get("sigma"), noise) : mean);
      buttons.mark(show);
    },
  };
}
