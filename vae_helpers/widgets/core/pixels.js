// A decoded digit, its mean or a draw from P(X|z): what the explorers of the latent space share.
import { decodeMean, decodeSample, pixelNoise } from "./network.js";
import { choice, digitCanvas } from "./page.js";

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
