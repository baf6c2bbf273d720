"""The course's texts beside the notebooks, and `python -m docs.build`, which makes a website of all of them."""
