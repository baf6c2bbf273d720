"""Reference implementation and helpers of a hands-on course on variational autoencoders."""
