"""The course's explorers, a folder each. Whatever follows the pointer is computed in the page (page.js), on what they share (core/)."""

from vae_helpers.widgets.be_the_generator import BeTheGenerator
from vae_helpers.widgets.beat_the_encoder import BeatTheEncoder
from vae_helpers.widgets.complete_the_digit import CompleteTheDigit
from vae_helpers.widgets.cover_the_digit import CoverTheDigit
from vae_helpers.widgets.curve_in_plane import CurveInPlane
from vae_helpers.widgets.drag_q import DragQ
from vae_helpers.widgets.draw_digit import DrawDigit
from vae_helpers.widgets.gaussian_to_ring import GaussianToRing
from vae_helpers.widgets.hold_the_noise import HoldTheNoise
from vae_helpers.widgets.hold_the_style import HoldTheStyle
from vae_helpers.widgets.itemized_bill import ItemizedBill
from vae_helpers.widgets.latent_plane import LatentPlane
from vae_helpers.widgets.latent_sliders import LatentSliders
from vae_helpers.widgets.noise_to_digit import NoiseToDigit
from vae_helpers.widgets.rate_distortion_dial import RateDistortionDial
from vae_helpers.widgets.two_gaussians import TwoGaussians

__all__ = [
    "BeTheGenerator",
    "BeatTheEncoder",
    "CompleteTheDigit",
    "CoverTheDigit",
    "CurveInPlane",
    "DragQ",
    "DrawDigit",
    "GaussianToRing",
    "HoldTheNoise",
    "HoldTheStyle",
    "ItemizedBill",
    "LatentPlane",
    "LatentSliders",
    "NoiseToDigit",
    "RateDistortionDial",
    "TwoGaussians",
]
